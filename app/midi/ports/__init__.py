"""The MIDI system: port is what is asked of it, system opens it, rtmidi_system answers, port_names tells equal ports
apart, jack_watch spaces what JACK does not bear closer and tells which ports came back.
"""
