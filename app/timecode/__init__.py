"""External timecode: from bytes and sound to a line that the engine follows (engine/scheduling/chase plays the cues).

mtc reads MIDI timecode, ltc the timecode that is a sound; follower makes one steady line of what either reads, through
jumps and drop-outs; service is the thread hardcut-timecode, to which the midi thread and whoever has the sound hand
what they hear.
"""
