"""Generators: what dreams the chunks.

base        their one interface
registry    the generators by name; other packages add theirs
scenes      the scenes of a generator, wherever they lie
field, wan  the built-in neural field; the causal Wan 2.1 models

    graph_capture    records work on fixed buffers as a graph, to be replayed by one launch
    headroom         whether there is memory for one
    kernel_errors    what a kernel may raise on an unsupported device
    torch_settings   what generators set in torch for the whole process, each in one place. Called
                     on the engine thread
    transfers        host to device and back through page-locked memory
"""
