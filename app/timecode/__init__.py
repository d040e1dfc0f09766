"""External timecode: from bytes and sound to a line that the engine follows (engine/scheduling/chase plays the cues).

mtc reads MIDI timecode, ltc the timecode that is a sound; a reading is one place that either found. follower makes one
steady line of them, through jumps and drop-outs; service is the thread hardcut-timecode, to which the midi thread and
whoever has the sound hand what they hear.
"""
