"""MIDI clock: receive follows one that arrives, send times the ticks of ours, outputs are the ports that follow it, and
clocks holds all of it for the midi thread.
"""
