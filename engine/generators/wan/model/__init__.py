"""The network.

transformer   one pass over one block of latent frames
blocks        the transformer block: self-attention over a window, cross-attention, MLP
linear        a linear layer with adapters
vace          the depth branch
"""
