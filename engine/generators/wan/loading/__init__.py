"""From files into a model.

weights          every tensor of a checkpoint to its place in the model
lora             low-rank adapters, merged or live
random_weights   weights from a seed, for tests and benchmarks
"""
