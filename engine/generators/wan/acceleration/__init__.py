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

Each step is chosen by what the device can do (`Tools`), held against the plain way on this machine with this model
(`matmul_fp8`'s check, `quantise`'s guard layer by layer, `probe` pass by pass), undone where it does not come out
right, and told as a `BackendChoice`: in the window, the log, the session and the report. Of products that are right
the faster one is used. A card may turn a step off, or demand it; a demand that cannot be met is an error. `execution`
is what comes of it: the running video and the one aside each have recordings of their own, for every shape that a
show can meet, and a codec stream that replays its pushes (`graphed_stream`) still resets, keeps and restores as any
other. The warm-up rehearses cuts and openings past the point where the window is full. What is compiled or recorded
after that comes as a note with its chunk. Compiled kernels are kept in the user's cache folder, so the second start
does not compile. Kernels of our own (`triton_kernels`, `triton_matmul_fp8`) are operators that the compiler calls as
they are. Tests run all of it on the CPU, with a recorder that calls again in place of one that records.
"""
