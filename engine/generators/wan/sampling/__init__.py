"""From noise and a prompt to the next block.

sampler    the denoising steps of one block
noise      Gaussian noise keyed by (seed, epoch, chunk, step)
kv_cache   keys and values of the blocks that attention sees
renewing_cache  the same with positions that stay, and a sink that is renewed
context    how a finished block becomes the context of the next
"""
