"""From noise and a prompt to the next block.

sampler    the denoising steps of one block
noise      Gaussian noise keyed by (seed, epoch, chunk, step)
kv_cache   keys and values of the blocks that attention sees
context    how a finished block becomes the context of the next
"""
