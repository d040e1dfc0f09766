"""The field in torch: on CUDA, on a CPU without compiled loops, and what those are held against."""
