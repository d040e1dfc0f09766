"""The chunk loop and what stands by it, on the engine thread.

supervisor       builds the generator, runs the loop, and goes on when a generator fails
plan             which generator plays, in whose place, and what plays after a fault; pure
runner           one boundary and its chunk: wait, commit, generate, publish
preparer         makes the openings of scenes ahead, where there is time
armed_scenes     the openings that lie ready, and which are wanted
fallback         a generator that plays in another's place, at the nearest of its own scenes
prompt_prefetch  names the prompts that come next
snapshot_caches  the generator's caches of moments that were stored
ports            what the loop is wired to
"""
