"""The chunk loop: wait, commit, generate, publish.

supervisor        the engine thread: builds, warms up and restarts the generator
watchdog          notices that a generator does not return, and has another thread take over
patience          how long one is waited for, and what is told meanwhile; pure
chunk_check       whether what a generator returned is a chunk
device_fault      whether a fault means that the GPU answers this process no more
lease             lends the ports to one thread, and takes them back from one that hangs
plan              which generator plays, in whose place, and what plays after a fault; pure
planner           moves that plan: by what is chosen, and by faults
fault_words       what the performer is told of a fault
runner            the loop itself
ports             what the loop is wired to
preparer          makes the openings of armed scenes in spare time
armed_scenes      which scenes are kept ready
snapshot_caches   the caches of stored snapshots
quality_control   what the governor decides, committed and followed
prompt_prefetch   names the prompts that come next to the generator
trial_build       tells whether a generator can be built, beside another that plays
fallback          lets a generator with other parameters play the show's scenes

A chunk's life
--------------
1. Wait. `ChunkPacing` knows how long chunks have taken and what the output still has to show, and picks the latest
   start that will not run dry. A cut ends the wait; so does the launch of one that waits for its beat. Meanwhile the
   openings of armed scenes are prepared; see below.
2. Commit. `CommitScheduler.boundary` applies everything that has arrived. The result is a frozen `Commit` with a
   version. This is the only moment at which anything that shapes generation changes, and only a cut resets a cache.
   See `engine.scheduling`.
3. Generate. The generator gets a frozen `ChunkRequest`: input frames resampled in time, the newest control map with
   its age, values, prompt blend, and the key (seed, epoch, index) that all noise is drawn from. A cut that arrives
   now makes it stop at its next safe point, with its caches as before. The chunk that opens an epoch is always
   finished.
4. Publish. The frames enter the ring with their epoch and content period. The output discards what is older than the
   newest epoch it has seen, so that no frame of the old scene follows the first of the new.
5. Play. The output process shows frames at absolute deadlines, at content rate. When nothing is there it holds the
   last frame and says so in a counter; afterwards its clock starts from now and never hurries to catch up.

Instant cuts
------------
A scene is *armed* when its opening chunk and the caches right after it lie ready. A cut to it commits as any other
does, puts the caches in place and publishes the opening at once; the loop goes on with the chunk after it. The cut is
on the output at its next frame.

- When. The generator makes an opening aside, in steps as long as between two of its safe points (`Preparing` in
  `generators/base`). The loop takes a step only where the wait before the next chunk covers the longest but one of
  the steps remembered (`SlackPolicy`). If a frame is repeated for want of a chunk, nothing is prepared for two
  seconds, then four, …
- Which. The bank of pads in front (`ArmBank`) and single scenes (`ArmScene`); a scene whose cut waits for its beat
  first, then those cut to most lately. Where memory is short the last give way: 512 MiB, or for a generator that
  knows better (`MemoryBudget`) half of what it has left on its device. While the machine's own memory is short
  (`engine.memory_watch`) none is kept, unless they lie on a device. `ArmedChanged` tells the state of each, and
  why one is not armed.
- Valid. An opening is shown only if it is what the cut asks for: made of the same values, prompt and noise, from
  input that is at most four seconds old; it is made anew after two. So an edit, a knob turned together with the pad,
  or another visit make it an ordinary cut, never a wrong one. Its frames carry the capture times of the input they
  were dreamt from.
- Noise. Since nobody knows in which epoch an opening will be shown, opening chunks, prepared or not, are keyed by
  scene and by how often it had been begun before (`opening_key`). A recorded session holds the request as it was
  used, and replays it by a reset and the same request, which makes the same bytes.
- On the beat. The output's deadlines are known. A quantised cut is published within the period before the deadline
  nearest to its beat: an armed one is committed just then, ending the chunk in flight; any other a chunk's time
  earlier, its finished frames held back until then.

Quality
-------
Each generator declares steps that make its chunks cheaper (`GeneratorSpec.quality_steps`), and so does the chain before
it: how often the stage draws and depth is estimated. The governor (`engine.scheduling.governor`) holds chunk times
against playing times and says which are taken. What it says enters a boundary as a command, is held by the commit and
the request, and is never a cut: what a generator carries lives on. So a session replays it. A performer pins steps,
forbids them, or holds a number of them; `QualityChanged` tells how things stand, and why.

When things fail
----------------
- A source is lost: its last frame stays, it is marked lost, it comes back by itself. A new source replaces the old
  one only once its first frame is there.
- Depth is slow, stuck or broken: chunks use the newest map there is and fade its influence with its age.
- The performer chooses another format: the generator is built anew in it, in a new epoch, and source, maps and canvas
  follow (`RunnerPorts.use_format`). If it does not start, the one before is started again, in the format before.
- The generator fails: the supervisor builds it anew, in a new epoch, and tells why; after its
  fourth failure in a row the built-in one plays on at the nearest scene, until a pad, panic or the menu tries again.
  Four failures and the builds after them take less than the two seconds after which a still picture is an emergency;
  where the built-in one fails too, what goes on failing is tried ever more seldom.
- The generator does not return: after half a minute, or six seconds if somebody asked for another picture, the
  watchdog leaves its thread behind, and the built-in generator plays on in another. A start without progress is told
  from a minute on and given up after ten (the built-in one's after five). After four that hang still, the next are
  given ever more time, after sixteen no other is started, and both are told. The program can always be ended.
- There is no room for the generator, before it is loaded or later: `NotEnoughMemoryError` names smaller ones whose
  files are there, and the supervisor starts the first; without any, the built-in one at its defaults
  (`FallbackGenerator`), with the show's prompts, input and cuts. It says so, and whatever plays the same scenes and
  knobs may be chosen again in the window.
- The engine dies: the output process goes on with its last good frame; the next `hardcut` attaches to it, and the NDI
  sender is never restarted.
- A call keeps Python's own lock for ever, so that no thread of the engine runs: the output process sees that no sign
  comes, goes on and tells it in its log; the next `hardcut` ends the program that hangs and attaches
  (`engine.output.leader`).
- The output dies or hangs: another process takes its place, with its picture, freeze, blackout and level
  (`engine.output.keeper`).
"""
