"""When things change: pure decisions over an injected clock, without torch or sleeping.

commit_scheduler  the one place where anything that shapes generation changes
boundary_draft    a chunk boundary while it is being committed
commit            what a boundary decides
live              where every value and the prompt are, and where they are going
glides            values that travel
sequences         where a playlist or a cue list is
waiting           cuts that wait for their beat
tempo             taps, beats and bars
chunk_pacing      when to begin the next chunk, and how long its frames are seen
frame_phase_lock  which capture instants a chunk asks its source for
publish_time      when to publish a cut so that it is on the output at its beat
"""
