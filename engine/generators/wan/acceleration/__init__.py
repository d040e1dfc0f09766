"""What makes a loaded model fast, in one order: adapters, row kernels, fp8, compiled stages, graphs.

plan             which tools this device offers, applied in order
quantise         fp8 layers, each held against the plain layer
choose_compile   whether to compile, held against the plain pass
compile_stages   torch.compile of a block's stages
graphed_pass     passes replayed from CUDA graphs
graphed_stream   codec pushes replayed from CUDA graphs
execution        plain or replayed: how passes and codec streams run
probe            a pass to compare two ways of computing by
decisions        what was left out, and why
"""
