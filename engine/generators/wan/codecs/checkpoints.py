"""Codec checkpoints: found out by their keys, loaded strictly, straight onto the device in the wanted dtype."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.codecs.codec import CodecConfig, VideoCodec, build_codec, place
from engine.generators.wan.codecs.layouts import CodecLayout, detect_layout, our_names, our_shape
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.codecs.taehv import TAEW2_1, TaehvConfig
from engine.generators.wan.codecs.wan_vae import WAN_VAE, WanVaeConfig
from engine.generators.wan.files.entries import PLAIN
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.tensor_file import TensorFile

NAMES_SHOWN: Final = 6
"""Of missing or unexpected keys in a message; the rest is counted."""

_REMEDY: Final = "Choose the codec's file as it was published, or another codec."

_WIDEST: Final = 4096
"""Channels that a width may claim before a network is laid out for it."""


def load_codec(path: Path, device: torch.device, dtype: torch.dtype, *, raw_latents: bool = False) -> VideoCodec:
    """Load a Wan VAE of any width, or a tiny autoencoder, in any published layout.

    Args:
        raw_latents: for the tiny autoencoder, as in TaehvConfig: True for lighttaew2_1.

    Raises:
        GeneratorError: not readable, not a codec, not exactly the tensors that its layout has, or NaN in them.
    """
    with TensorFile.open(path, device) as file:
        return read_codec(file, device, dtype, raw_latents=raw_latents)


def read_codec(file: TensorFile, device: torch.device, dtype: torch.dtype, *, raw_latents: bool = False) -> VideoCodec:
    """The same from a file that is open; every tensor is read once, straight to the device."""
    codec, _, names = fit_codec(file, raw_latents=raw_latents)
    for side, network in _sides(codec):
        own = {name: f"{side}.{name}" for name in network.state_dict()}
        tensors = {name: our_shape(key, file.read_finite(names[key], device)) for name, key in own.items()}
        place(network, tensors, device, dtype)
    return codec


def outline_codec_in(path: Path, dtype: torch.dtype, raw_latents: bool) -> VideoCodec:
    """The codec that a file holds, without storage, as it will be in this dtype: what it needs is told by it.

    Raises:
        GeneratorError: see `fit_codec`.
    """
    with TensorFile.open(path) as file:
        codec, _, _ = fit_codec(file, raw_latents=raw_latents)
    for _, network in _sides(codec):
        network.to(dtype)
    return codec


def fit_codec(file: TensorFile, *, raw_latents: bool = False) -> tuple[VideoCodec, CodecLayout, dict[str, str]]:
    """The codec that a file holds, without storage; its layout; and the file's key for each of our names.

    Raises:
        GeneratorError: it holds no codec, or not exactly the tensors that its layout has: each fault is named.
    """
    layout = detect_layout(file.entries)
    if layout is None:
        raise GeneratorError(
            "The file holds no video codec that is known here",
            where=str(file.path),
            remedy=f"Known are: {'; '.join(known.value for known in CodecLayout)}.",
        )
    names = our_names(layout, file.entries)
    if len(names) != len(file.entries):
        raise GeneratorError("The codec's file names a tensor twice", where=str(file.path), remedy=_REMEDY)
    if whole := sorted(key for key, entry in file.entries.items() if not entry.dtype.is_floating_point):
        raise GeneratorError(
            f"The codec's file has whole numbers in {listed(whole)}", where=str(file.path), remedy=PLAIN
        )
    outlines = {name: torch.empty(file.entries[key].shape, device="meta") for name, key in names.items()}
    ours = {name: our_shape(name, outline) for name, outline in outlines.items()}
    with torch.device("meta"):
        codec = build_codec(_config(layout, ours, raw_latents))
    expected = {
        f"{side}.{name}": tensor for side, network in _sides(codec) for name, tensor in network.state_dict().items()
    }
    _require_equal(expected, ours, names, f"{file.path}, read as {layout.value}")
    return codec, layout, names


def _sides(codec: VideoCodec) -> tuple[tuple[str, AnyNetwork], ...]:
    return ("encoder", codec.encoder), ("decoder", codec.decoder)


def _config(layout: CodecLayout, tensors: Mapping[str, Tensor], raw_latents: bool) -> CodecConfig:
    """The size of the network, read from its tensors; what is missing is told by the comparison that follows."""

    def width(name: str, usual: int) -> int:
        claimed = tensors[name].shape[0] if name in tensors and tensors[name].ndim else usual
        return claimed if 0 < claimed <= _WIDEST else usual

    if layout is not CodecLayout.TAEHV:
        return WanVaeConfig(width("encoder.conv_in.weight", WAN_VAE.width))
    first, second, third, last = TAEW2_1.decoder_widths
    return TaehvConfig(
        width("encoder.conv_in.weight", TAEW2_1.encoder_width),
        (
            width("decoder.conv_in.weight", first),
            width("decoder.stages.0.space.weight", second),
            width("decoder.stages.1.space.weight", third),
            width("decoder.stages.2.space.weight", last),
        ),
        raw_latents,
    )


def _require_equal(
    expected: Mapping[str, Tensor], found: Mapping[str, Tensor], theirs: Mapping[str, str], where: str
) -> None:
    """Refuse a checkpoint that lacks a tensor, has one too many, or one of another shape."""
    missing = sorted(expected.keys() - found.keys())
    unexpected = sorted(theirs[name] for name in found.keys() - expected.keys())
    misshapen = [
        f"{theirs[name]} {list(found[name].shape)} instead of {list(expected[name].shape)}"
        for name in sorted(expected.keys() & found.keys())
        if expected[name].shape != found[name].shape
    ]
    faults = [
        f"{len(names)} {kind}: {', '.join(names[:NAMES_SHOWN])}{' …' if len(names) > NAMES_SHOWN else ''}"
        for kind, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen))
        if names
    ]
    if faults:
        raise GeneratorError(f"The codec's tensors do not fit ({'; '.join(faults)})", where=where, remedy=_REMEDY)
