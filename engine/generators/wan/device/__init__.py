"""How work runs on a device.

side_stream     a CUDA stream beside the current one
run_ahead       bounds how far the CPU runs ahead of the GPU
trial           calls a kernel as a show will, before it is chosen
numerics        how far one result is from another
"""
