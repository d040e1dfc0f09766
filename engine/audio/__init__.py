"""Sound: heard, analysed, and handed to the chunk loop as features.

listener        the program's end: starts the audio process, keeps the newest features
host            the audio process
listening       one input: opened, analysed, opened again when it is back
wire            what both say to each other
devices         the inputs there are; port_audio and jack_input open them; file_sound and ndi_sound: the sound of what
                plays
ring            from a driver's thread to the analysis, and the bell that wakes it
pace            when it is analysed: just before boundaries
spec            how inputs are named

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
