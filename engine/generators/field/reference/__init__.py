"""The field in torch: on CUDA, on a CPU without compiled loops, and what those are held against.

afterimage   what comes after the head: the carried picture mixed in, and the glow laid over
backend      how torch computes, told with reasons: measured on a two-core x86-64 server with
             AVX-512
forms        the lattice stage: the network's inputs, its outputs, and where the material and the
             last picture are read
head         the head: from lattice features, material and input to colour, pixel by pixel
network      the network evaluated by torch: three layers over a lattice of points, channels first
painter      paints with torch; on a CPU through OpenCV where that is faster
raster       full-resolution work: enlarging, reading tiles, tables and pictures at given places,
             halos, bytes
"""
