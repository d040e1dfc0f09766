"""Weights drawn from a seed, for tests and for measuring speed where no checkpoint is at hand.

Scaled so that activations stay of order one through any depth; the pictures are noise all the same.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.generators.wan.codecs.codec import CodecConfig, random_codec
from engine.generators.wan.codecs.layouts import CodecLayout, their_name
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.files.key_names import KeyNaming, to_diffusers
from engine.generators.wan.model.transformer import CausalWan

_TORCH_WRAPPINGS: dict[str, Callable[[dict[str, Tensor]], object]] = {
    "generator_ema": lambda state: {"generator_ema": state, "step": 600},
    "generator": lambda state: {"generator": state},
    "": lambda state: state,
}


def fill_random(model: CausalWan, seed: int) -> None:
    """Fill every tensor of a model in place, on its device; the same seed on another kind of device differs."""
    draw = torch.Generator(model.device).manual_seed(seed)
    for name, slot in model.slots().items():
        if name.endswith("modulation"):
            slot.normal_(0.0, model.dims.dim**-0.5, generator=draw)
        elif "norm" in name and name.endswith("weight"):
            slot.normal_(1.0, 0.1, generator=draw)
        elif name.endswith("bias"):
            slot.normal_(0.0, 0.02, generator=draw)
        else:
            slot.normal_(0.0, slot[0].numel() ** -0.5, generator=draw)


def in_layout(model: CausalWan, layout: KeyNaming) -> dict[str, Tensor]:
    """A model's tensors under the names of a layout.

    Raises:
        ValueError: the layout is a LoRA's.
    """
    tensors = {name: slot.clone() for name, slot in model.slots().items()}
    match layout:
        case KeyNaming.WAN:
            return tensors
        case KeyNaming.PREFIXED:
            return {f"model.{name}": tensor for name, tensor in tensors.items()}
        case KeyNaming.DIFFUSERS:
            return {to_diffusers(name): tensor for name, tensor in tensors.items()}
        case KeyNaming.VACE_MODULE:
            return {name: tensor for name, tensor in tensors.items() if name.startswith("vace_")}
    raise ValueError(f"{layout.value} holds no model")


def write_codec(path: Path, config: CodecConfig, seed: int) -> None:
    """Write a codec of random weights in a published layout, to be loaded as such: bfloat16, safetensors."""
    codec = random_codec(config, seed, torch.device("cpu"), torch.bfloat16)
    layout = CodecLayout.WAN if isinstance(config, WanVaeConfig) else CodecLayout.TAEHV
    tensors = {
        their_name(layout, f"{side}.{name}"): tensor.contiguous()
        for side, network in (("encoder", codec.encoder), ("decoder", codec.decoder))
        for name, tensor in network.state_dict().items()
    }
    write_checkpoint(path, tensors)


def write_checkpoint(path: Path, tensors: dict[str, Tensor], *, wrapping: str = "") -> None:
    """Write tensors as the families do: safetensors by suffix, else torch.save inside `wrapping`."""
    if path.suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(_TORCH_WRAPPINGS[wrapping](tensors), path)
