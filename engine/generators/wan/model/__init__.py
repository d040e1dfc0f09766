"""The network.

transformer   one pass over one block of latent frames
blocks        the transformer block: self-attention over a window, cross-attention, MLP
linear        a linear layer with adapters
vace          the depth branch
share         how a pass is split over processes
exchange      what they give each other while it runs
swap          how that moves

A pass goes through the blocks as a `DeferredResidual`: what a block adds last is left to the one behind it, which
adds it while it reads; values are written by their product to where the window keeps them. The pass that makes a
finished block the past (`forward_kv`) ends with the last layer's keys and values.

Where processes share a pass, each works on some tokens of every frame, and attention on some heads: the window holds
these alone. Whoever runs the processes is above (`parallel`); here one exchange object stands between the stages of a
block.
"""
