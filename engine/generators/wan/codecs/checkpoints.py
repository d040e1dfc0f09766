"""Codec checkpoints: found out by their keys, loaded strictly, straight onto the device in the wanted dtype."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.codecs.codec import CodecConfig, VideoCodec, build_codec, place
from engine.generators.wan.codecs.layouts import CodecLayout, detect_layout, our_names, our_shape
from engine.generators.wan.codecs.taehv import TAEW2_1, TaehvConfig
from engine.generators.wan.codecs.wan_vae import WAN_VAE, WanVaeConfig

NAMES_SHOWN: Final = 6
"""Of missing or unexpected keys in a message; the rest is counted."""

FETCH: Final = "Fetch the file again, or choose another codec."


def load_codec(path: Path, device: torch.device, dtype: torch.dtype, *, raw_latents: bool = False) -> VideoCodec:
    """Load a Wan VAE of any width, or a tiny autoencoder, in any published layout.

    Args:
        raw_latents: for the tiny autoencoder, as in TaehvConfig: True for lighttaew2_1.

    Raises:
        GeneratorError: not readable, not a codec, or not exactly the tensors that its layout has.
    """
    tensors = read_tensors(path)
    layout = detect_layout(tensors)
    if layout is None:
        raise GeneratorError(
            "The file holds no video codec that is known here",
            where=str(path),
            remedy=f"Known are: {'; '.join(known.value for known in CodecLayout)}.",
        )
    names = our_names(layout, tensors)
    ours = {name: our_shape(name, tensors[key]) for name, key in names.items()}
    config = _config(layout, ours, raw_latents)
    with torch.device("meta"):
        codec = build_codec(config)
    expected = {
        f"{side}.{name}": tensor
        for side, network in (("encoder", codec.encoder), ("decoder", codec.decoder))
        for name, tensor in network.state_dict().items()
    }
    _require_equal(expected, ours, names, f"{path}, read as {layout.value}")
    for side, network in (("encoder", codec.encoder), ("decoder", codec.decoder)):
        own = {name: ours[f"{side}.{name}"] for name in network.state_dict()}
        place(network, own, device, dtype)
    return codec


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors or .pth file in host memory, mapped from disk where the format allows it.

    Raises:
        GeneratorError: it cannot be read, or holds anything but tensors by name.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except OSError as error:
        raise GeneratorError(f"The codec cannot be read: {error.strerror}", where=str(path), remedy=FETCH) from error
    except (pickle.UnpicklingError, SafetensorError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise GeneratorError(
            "The codec's file is damaged, or is no file of weights", where=str(path), remedy=FETCH
        ) from error
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()
    ):
        raise GeneratorError("The file holds more than named tensors", where=str(path), remedy=FETCH)
    return content


def _config(layout: CodecLayout, tensors: Mapping[str, Tensor], raw_latents: bool) -> CodecConfig:
    """The size of the network, read from its tensors; what is missing is told by the comparison that follows."""

    def width(name: str, usual: int) -> int:
        return tensors[name].shape[0] if name in tensors and tensors[name].ndim else usual

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
        raise GeneratorError(f"The codec's tensors do not fit ({'; '.join(faults)})", where=where, remedy=FETCH)
