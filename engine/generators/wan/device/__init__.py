"""How work runs on a device.

side_stream     a CUDA stream beside the current one
run_ahead       bounds how far the CPU runs ahead of the GPU
transfers       host to device and back through page-locked memory
graph_capture   records work on fixed buffers as a CUDA graph
trial           calls a kernel as a show will, before it is chosen
kernel_errors   what a kernel may raise on an unsupported device
numerics        how far one result is from another
"""
