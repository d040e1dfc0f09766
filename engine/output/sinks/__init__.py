"""Where the paced pictures go: NDI, a film, nowhere, or where another package takes them.

registry      the sinks by id: how each is written, which formats it takes, how it is built
base          the interface of a sink, and what is known of one
ndi, null     the built-in ones that live in the output process
recorder      a film of what goes out; like every isolated sink it lives in a process of its own:
isolated      that process as the output process sees it
worker        that process: `python -m engine.output.sinks.worker`
exchange      what passes between the two
"""
