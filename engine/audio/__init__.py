"""Sound: heard, analysed, and handed to the chunk loop as features.

track       features resampled to the frames of a chunk; pure
"""
