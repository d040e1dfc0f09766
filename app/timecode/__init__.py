"""External timecode: readings become a line that the engine follows (engine/scheduling/chase plays the cues).

mtc reads MIDI timecode; the timecode that is a sound is read where sound is heard (engine/audio/ltc). follower makes
one steady line of the readings of either, through jumps and drop-outs; service is the thread hardcut-timecode, to which
the midi thread and the engine's events bring what was heard.
"""
