"""Where the paced pictures go: NDI, a film, nowhere, or where another package takes them.

registry      the sinks by id: how each is written, which formats it takes, how it is built
base          the interface of a sink, and what is known of one
outside       which address a show of somebody else or the network may name
built_in      those that come with the program
ndi, null     they live in the output process
recorder      a film of what goes out
display       a display in full; sdl: displays and windows, x11: the focus stays where it is
x11_pictures  a server of windows reads the pictures from where they were drawn
warp          corners, crop, turn and flip of the picture on a display; a pattern to align it by
camera        a virtual camera; spout, syphon: other programs on the same machine
              like every isolated sink these live in processes of their own:
isolated      that process as the output process sees it
worker        that process: `python -m engine.output.sinks.worker`
exchange      what passes between the two; pictures stay where they are drawn (engine.output.shared_images)
"""
