"""Kernels between the attention calls.

rows                the row kernels' interface: norm, quantise, rotate; torch's way and the choice
triton_rows         the same as Triton operators
triton_kernels      the Triton code of the row kernels
matmul_fp8          scaled fp8 matmul: interface, torch's way and the choice
triton_matmul_fp8   the same in Triton
product_plan        how its tiles are dealt over the multiprocessors
triton_crossing     by which processes write into each other's memory
float8              the fp8 format
rope                rotary position embedding
"""
