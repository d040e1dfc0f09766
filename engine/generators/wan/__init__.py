"""The causal Wan 2.1 generator: a video diffusion transformer that dreams block by block over a KV cache."""
