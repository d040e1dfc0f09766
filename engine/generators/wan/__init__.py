"""The causal Wan 2.1 generator: a video diffusion transformer that dreams block by block over a KV cache.

    config, names, checkpoint, loading, lora     what there is, and how it gets from a file into a model
    transformer, blocks, linear, rope, vace      one pass over one block of latent frames
    attention                                    the kernels, proved on the machine before they are used
    kv_cache, context                            what a block can see of those before it
    sampler, noise, embeddings                   from noise, a picture and a prompt to the next block
    codecs                                       between latents and pictures

Importing this package costs no torch.
"""
