"""Where the paced pictures go: NDI, nowhere, or where another package takes them.

registry      the sinks by id: how each is written, which formats it takes, how it is built
base          the interface of a sink, and what is known of one
ndi, null     the built-in ones
"""
