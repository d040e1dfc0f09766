"""A codec: the weights of both directions, from which any number of streams is opened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.generators.wan.codecs.base import CodecStream
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.codecs.stream import NetworkStream
from engine.generators.wan.codecs.taehv import TaehvConfig, TaehvDecoder, TaehvEncoder
from engine.generators.wan.codecs.wan_vae import WanDecoder, WanEncoder, WanVaeConfig


def _as_it_is(stream: CodecStream) -> CodecStream:
    return stream


@dataclass(frozen=True, slots=True)
class VideoCodec:
    """The weights of a codec; streams share them and own their state.

    Attributes:
        wrap_encoder, wrap_decoder: what is put around every stream that is opened, e.g. one that replays its pushes.
    """

    name: str
    encoder: AnyNetwork
    decoder: AnyNetwork
    wrap_encoder: Callable[[CodecStream], CodecStream] = _as_it_is
    wrap_decoder: Callable[[CodecStream], CodecStream] = _as_it_is

    def open_encoder(self) -> CodecStream:
        """A new stream from frames to latents."""
        return self.wrap_encoder(NetworkStream(self.encoder))

    def open_decoder(self) -> CodecStream:
        """A new stream from latents to frames."""
        return self.wrap_decoder(NetworkStream(self.decoder))

    def weight_bytes(self) -> int:
        """Memory of both directions' weights, in bytes."""
        return self.encoder.weight_bytes() + self.decoder.weight_bytes()


CodecConfig = WanVaeConfig | TaehvConfig


def build_codec(config: CodecConfig) -> VideoCodec:
    """A codec without weights that mean anything; inside `with torch.device("meta")` without any at all."""
    match config:
        case WanVaeConfig():
            return VideoCodec(f"Wan VAE, width {config.width}", WanEncoder(config), WanDecoder(config))
        case TaehvConfig():
            kind = "of the VAE's latents" if config.raw_latents else "of normalised latents"
            return VideoCodec(f"TAEHV {kind}", TaehvEncoder(config), TaehvDecoder(config))


def random_codec(config: CodecConfig, seed: int, device: torch.device, dtype: torch.dtype) -> VideoCodec:
    """A codec with seeded random weights that keep signals in range: for tests and for timing."""
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        codec = build_codec(config)
    for network in (codec.encoder, codec.decoder):
        tensors = {}
        for name, like in network.state_dict().items():
            fan_in = like[0].numel() if like.ndim > 1 else 100
            scale, centre = (0.1, 1.0) if name.endswith(".gamma") else (fan_in**-0.5, 0.0)
            tensors[name] = torch.randn(like.shape, generator=generator).mul_(scale).add_(centre)
        place(network, tensors, device, dtype)
    return codec


def place(network: AnyNetwork, tensors: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype) -> None:
    """Give a network without storage its weights, moved onto the device one by one, and freeze it."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    placed = {
        name: tensor.to(
            device=device, dtype=dtype, memory_format=formats.get(tensor.ndim, torch.preserve_format), copy=True
        )
        for name, tensor in tensors.items()
    }
    network.load_state_dict(placed, strict=True, assign=True)
    network.materialise_constants(device, dtype)
    network.eval().requires_grad_(False)
