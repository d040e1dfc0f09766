"""The two latent spaces of Wan 2.1: the VAE's own, and the normalised one of the transformer."""

from typing import Final

from engine.generators.wan.codecs.layers import LatentAffine

# Mean and standard deviation of the VAE's latents, per channel, as published with Wan 2.1 (wan/modules/vae.py).
LATENT_MEAN: Final = (
    *(-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508),
    *(0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921),
)
LATENT_STD: Final = (
    *(2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743),
    *(3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160),
)


def normalise() -> LatentAffine:
    """From the VAE's space to the transformer's: (x - mean) / std."""
    shifts = (-mean / std for mean, std in zip(LATENT_MEAN, LATENT_STD, strict=True))
    return LatentAffine(tuple(1 / std for std in LATENT_STD), tuple(shifts))


def denormalise() -> LatentAffine:
    """From the transformer's space to the VAE's: x * std + mean."""
    return LatentAffine(LATENT_STD, LATENT_MEAN)
