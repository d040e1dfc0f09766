"""What measurements stand on.

processes      programs that a bench starts, and ends again
probing        what a probe says at its end
namespace      a private network with discovery
screen         a virtual screen
midi_system    a MIDI system with virtual controllers
jack_server    a JACK server without a sound card
load           what else the machine is doing
stage_film     a film of the stage, as a camera would see it
picture_code   a number drawn into a picture, and read from it
"""
