"""`hardcut midi bench`: a controller in its own process plays the running program over a real MIDI system.

command      asks, and tells the figures
player       the engine at full speed with its MIDI service
controller   sends, and notes what comes back
"""
