"""Shows played while faults are injected (faults, soak) or sinks switched (sinks), and what a receiver saw of them.

soak          an hour of them: draws (which, from a seed), injections (what is done), soaked_show (on every sink),
              films, sizes (memory, threads, descriptors), verdict (what is wanted, and was it reached)
shortage      too little memory, for faults and the soak
bare_sender   what NDI's library does by itself when the clock is set
fuzz          hostile input, by the readers of `readers` and `kept_readers`
"""
