"""When things change: pure decisions over an injected clock, without torch, threads or sleeping.

commit_scheduler   applies what has arrived at a chunk boundary; the only place where state changes
boundary_draft     one boundary while it is being committed
commit             its result, frozen
launcher           the tempo, and the cuts that wait for its beats
scene_player       the scene that plays: cuts to others, the epochs that they open, snapshots
playlist_player    the prompt playlist: its commands, the morphs to its prompts
cue_player         the cue list: called by hand, by the cue before, by timecode
live               the live state: values, prompt, scene
glides             parameter glides, prompt morphs, the dip of a soft cut
tempo              taps and clocks to beats and bars
cut_queue          cuts that wait for their beat: added, moved with the tempo, cancelled
sequences          where a playlist or a cue list is
modulation         what moves parameters by itself, frame by frame
autopilot          where the auto-pilot goes next, and when
autopilot_seat     the auto-pilot at a boundary: its commands
sections           where the sound begins another section
chase              which cue an external timecode has reached
chunk_pacing       when to begin the next chunk
steady_mean        the mean of chunk times, which knows a step when it sees one
governor           which steps of quality are taken, by how long chunks take
quality_rules      what a performer says of those steps
frame_phase_lock   which capture instants a chunk asks its source for
publish_time       when to publish a cut so that it lands on its beat

A boundary
----------
The order is always the same, so that a replay decides the same:

1. What has arrived, in order of arrival. Parameters and prompts coalesce: of several between two other commands the
   latest wins. Cuts, snapshots and steps are one-shots: each is applied, however many there are. A cut replaces what
   was set before it and is overlaid by what was set after it. What cannot be done is refused in a sentence; nothing
   is dropped, and no queue has a bound.
2. A cue that follows by itself and is due, counted from when it was due, so that a list keeps to the beat; then the
   cue that an external timecode has reached.
3. Queued cuts that are due, the earliest first. What a cut was to was found when it was asked for, so it cannot fail
   now. When the tempo moves, what waits for a beat moves to the nearest beat of the new one.
4. The auto-pilot queues its next cut, or begins its next prompt, when it is time.
5. Prompt morph and dip take one step (the first shows 1/N, the last is exact). Values are those at the *end* of the
   chunk: a generator travels to them within it, so a knob shows in the very next chunk.

Glides. A parameter travels by a `Transition`: a span in chunks, seconds or beats and one of six curves; each spec has
a default. It runs in content time (video generated so far), not in wall time, so that it is the same in a replay. A
new target starts from where the value is: no step is larger than the curve's steepest slope allows. Morphs are from a
weighted blend of prompts to another; `PromptBlend.style` says how a generator is to mix embeddings, `lerp` or
`slerp`. The field's latent is linear: it always takes the weighted sum. A soft cut glides, morphs, and dips
`past_bias` from 1 to 0.2 and back along half cosines; a generator that attends to its past follows it, others ignore
it.

Snapshots keep values, prompt, scene and tempo in a slot. A boundary that fills slots names them in `Commit.stored`; a
cut that returns to one carries it in `Cut.snapshot`. Whoever keeps the generator's caches of that moment may put them
back instead of resetting them.

Files are never touched at a boundary. `SaveScene` takes the committed state down as a `SceneCaptured` event; the
librarian writes it (whole or not at all), posts `UseScenes`, and only then tells the pads. Playlists and cue lists
arrive as `UsePlaylist` and `UseCues`, frozen, and so stand in a recorded session too. External clocks (MIDI clock,
Link) enter as `ExternalBeat`: a tempo and the instant of a beat; `Resync` says where the bar begins.
"""
