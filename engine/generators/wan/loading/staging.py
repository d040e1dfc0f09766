"""Large layers wait on the host until they are quantised: what fits in fp8 need not fit in bfloat16 first."""

from collections.abc import Iterator
from typing import Final

import torch
from torch import nn

from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.model.blocks import Block
from engine.generators.wan.model.transformer import CausalWan

HOST: Final = torch.device("cpu")


def large_places(block: Block) -> Iterator[tuple[str, nn.Module, str]]:
    """The layers of a block that are large: their names, and where they hang."""
    yield "self_attn.qkv", block.self_attn, "qkv"
    yield "self_attn.o", block.self_attn, "o"
    yield "cross_attn.q", block.cross_attn, "q"
    yield "cross_attn.o", block.cross_attn, "o"
    yield "ffn.0", block, "ffn_in"
    yield "ffn.2", block, "ffn_out"


def staged_model(
    dims: ModelDims, attention: AttentionBackend, *, device: torch.device, dtype: torch.dtype, vace: bool
) -> CausalWan:
    """A model on the device whose large layers are on the host; not yet filled."""
    with torch.device("meta"):
        model = CausalWan(dims, attention, vace=vace)
    model.to(dtype)
    large = {id(layer) for block in model.all_blocks() for layer in _large(block)}
    for module in model.modules():
        module.to_empty(device=HOST if id(module) in large else device, recurse=False)
    return model.requires_grad_(False).eval()


def is_staged(model: CausalWan) -> bool:
    """Whether large layers wait elsewhere than where the model is."""
    return any(parameter.device != model.device for parameter in model.parameters())


def bring(block: Block, device: torch.device) -> None:
    """Bring a block's large layers to the device; nothing where they are there."""
    for layer in _large(block):
        layer.to(device)


def _large(block: Block) -> Iterator[nn.Module]:
    for _, parent, child in large_places(block):
        layer = getattr(parent, child)
        assert isinstance(layer, nn.Module)
        yield layer
