"""When things change: pure decisions over an injected clock, without torch, threads or sleeping.

commit_scheduler   applies what has arrived at a chunk boundary; the only place where state changes
boundary_draft     one boundary while it is being committed
commit             its result, frozen
live               the live state: values, prompt, scene
glides             parameter glides, prompt morphs, the dip of a soft cut
tempo              taps and clocks to beats and bars
waiting            cuts that wait for their beat
sequences          where a playlist or a cue list is
chunk_pacing       when to begin the next chunk
frame_phase_lock   which capture instants a chunk asks its source for
publish_time       when to publish a cut so that it lands on its beat
"""
