"""Sound: heard, analysed, and handed to the chunk loop as features.

analysis        sound to features, block by block; what follows is its parts, all pure
resampler       any rate and number of channels to one channel at the analysis rate
spectrum        frames and their bands
onsets          strokes of kick, snare and hat
beat_states     the distribution over tempo and phase
beat_grid       beats fitted to onsets
beats           tempo and beat
bars            where bars begin
levels          gain, levels and bands for the eye
sound_clock     the sound's own clock against the machine's
ltc             the timecode that is a sound
track           features resampled to the frames of a chunk
"""
