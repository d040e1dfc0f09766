"""The chunk loop: wait, commit, generate, publish.

supervisor        the engine thread: builds, warms up and restarts the generator
runner            the loop itself
ports             what the loop is wired to
preparer          makes the openings of armed scenes in spare time
armed_scenes      which scenes are kept ready
snapshot_caches   the caches of stored snapshots
prompt_prefetch   names the prompts that come next to the generator
fallback          a generator in the place of another
"""
