"""DMX over the network, in: a lighting desk's channels play parameters, pads and switches.

Bytes become levels (packets: ArtDmx and E1.31), the sources of a universe become one (merge), bindings says which
channel is what and keeps it in dmx.toml (bindings, learn), surface makes commands of what moved. core does all of it
without a thread; the dmx thread owns the sockets (service; sockets opens them). Nothing is ever sent.
"""
