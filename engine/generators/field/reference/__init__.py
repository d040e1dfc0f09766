"""The field in torch: on GPUs, on a CPU without compiled loops, and what those are held against.

afterimage      what comes after the head: the carried picture mixed in, and the glow laid over
backend         how torch computes, told with reasons: measured on a two-core x86-64 server with
                AVX-512
forms           the lattice stage: the network's inputs, its outputs, and where the material and the
                last picture are read
halo_products   the halo's blurs as products with matrices
head            the head: from lattice features, material and input to colour, pixel by pixel
inputs          what a frame is computed from, at fixed places, brought there in one transfer a frame
launches        all that is computed for one frame, on memory that stays where it is
network         the network evaluated by torch: three layers over a lattice of points, channels first
numbers         the numbers that change from frame to frame, by place in what goes up to the device
painter         paints with torch; on a CPU through OpenCV where that is faster
raster          full-resolution work: enlarging, reading tiles, tables and pictures at given places,
                halos, bytes
replay          one recorded graph a frame, tried against plain launches before it is chosen
trial           made-up frames that go through everything, to try a graph with
"""
