"""Streaming codecs between pixel frames and Wan 2.1 latents: the Wan VAE (any width) and the tiny autoencoder.

base           the interface of a streaming codec: reset / push / flush, and what goes in and
               comes out
checkpoints    codec checkpoints: found out by their keys, loaded strictly, straight onto the
               device in the wanted dtype
codec          A codec: the weights of both directions, from which any number of streams is
               opened
history        what a causal network remembers of its past: for each layer the last frames of its
               input
latent_space   the two latent spaces of Wan 2.1: the VAE's own, and the normalised one of the
               transformer
layers         layers and layouts that the causal codecs share. All tensors are [B, C, T, H, W]
               in channels_last_3d
layouts        the names that published codec checkpoints give to their tensors, and ours
network        what a codec's encoder and decoder have in common, so that one stream can run all
               of them
stream         A stream: one direction of a codec over one video, cut into the groups that the
               network codes at a time
taehv          the tiny autoencoder for Wan 2.1, streaming (TAEHV by Ollin Boer Bohan,
               github.com/madebyollin/taehv, MIT)
wan_blocks     blocks of the Wan 2.1 VAE (arXiv 2503.20314, section 4.1; reference: Wan-
               Video/Wan2.1, wan/modules/vae.py)
wan_vae        the Wan 2.1 VAE, streaming, at any width (LightVAE is the same network at a
               quarter of the width)
"""
