"""Streaming codecs between pixel frames and Wan 2.1 latents: the Wan VAE (any width) and the tiny autoencoder."""
