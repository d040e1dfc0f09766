"""Shows played while faults are injected (faults, soak) or sinks switched (sinks), and what a receiver saw of them.

soak          an hour of them: draws (which, from a seed), injections (what is done), soaked_show (on every sink),
              films, sizes (memory, threads, descriptors), verdict (what is wanted, and was it reached)
fuzz          hostile input, by the readers of `readers` and `kept_readers`
"""
