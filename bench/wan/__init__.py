"""`hardcut bench --generator wan-…`: the program's causal Wan generator on this machine, against its floor.

command    measures and tells: two figures side by side, the bare model and the generator as the program runs it
options    the command line
model      the program's generator of a model card, with random weights in place of files
measure    both figures; the stages of the bare model
timing     marks in time on the device
sharing    what it costs that several processes share a pass
ceilings   what the machine can do, measured
audit      whatever a chunk moves, waits for, converts or copies (audit_watch), against what it may (audit_list)
against    the same small model by another library, without a cache
playing    a model by its name, asked as a show asks, for what is measured of a whole program and of a model alone
transfers  what goes between host and device; energy: what the GPU has used

Needs torch, numpy, OpenCV, safetensors, psutil and tomli-w only, so that `python -m bench.wan` runs in a bare checkout
on any machine that has them.
"""
