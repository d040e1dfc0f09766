"""The names that published codec checkpoints give to their tensors, and ours."""

import re
from collections.abc import Callable, Iterable
from enum import Enum

from torch import Tensor

from engine.generators.wan.codecs.wan_vae import RESIDUAL_BLOCKS


class CodecLayout(Enum):
    """How a checkpoint names its tensors."""

    WAN = "Wan VAE, original layout (Wan2.1_VAE.pth, lightvaew2_1)"
    DIFFUSERS = "Wan VAE, diffusers layout (AutoencoderKLWan)"
    TAEHV = "tiny autoencoder (taew2_1, lighttaew2_1)"


_MARKS = {
    CodecLayout.WAN: "encoder.downsamples.0.residual.0.gamma",
    CodecLayout.DIFFUSERS: "encoder.down_blocks.0.norm1.gamma",
    CodecLayout.TAEHV: "decoder.3.conv.0.weight",
}

Rule = tuple[str, str | Callable[[re.Match[str]], str]]

_WAN_RULES: tuple[Rule, ...] = (
    (r"^conv1\.", "encoder.quant."),
    (r"^conv2\.", "decoder.post_quant."),
    (r"^(encoder|decoder)\.conv1\.", r"\1.conv_in."),
    (r"\.(downsamples|upsamples)\.", ".blocks."),
    (r"\.residual\.0\.", ".norm1."),
    (r"\.residual\.2\.", ".conv1."),
    (r"\.residual\.3\.", ".norm2."),
    (r"\.residual\.6\.", ".conv2."),
    (r"\.to_qkv\.", ".qkv."),
    (r"\.proj\.", ".out."),
    (r"\.resample\.1\.", ".space."),
    (r"\.time_conv\.", ".time."),
    (r"\.head\.0\.", ".norm_out."),
    (r"\.head\.2\.", ".conv_out."),
)

_UP_BLOCK = RESIDUAL_BLOCKS + 2
"""Blocks per resolution of the decoder: one residual block more than the encoder has, and the upsampling."""

_DIFFUSERS_RULES: tuple[Rule, ...] = (
    (r"^quant_conv\.", "encoder.quant."),
    (r"^post_quant_conv\.", "decoder.post_quant."),
    (r"\.down_blocks\.", ".blocks."),
    (r"\.up_blocks\.(\d{1,3})\.resnets\.(\d{1,3})\.", lambda m: f".blocks.{_UP_BLOCK * int(m[1]) + int(m[2])}."),
    (r"\.up_blocks\.(\d{1,3})\.upsamplers\.0\.", lambda m: f".blocks.{_UP_BLOCK * (int(m[1]) + 1) - 1}."),
    (r"\.mid_block\.resnets\.(\d{1,3})\.", lambda m: f".middle.{2 * int(m[1])}."),
    (r"\.mid_block\.attentions\.0\.", ".middle.1."),
    (r"\.conv_shortcut\.", ".shortcut."),
    (r"\.to_qkv\.", ".qkv."),
    (r"\.proj\.", ".out."),
    (r"\.resample\.1\.", ".space."),
    (r"\.time_conv\.", ".time."),
)

_TAEHV_STAGE = 5
"""Stage s of the encoder: time, space and three memory blocks, from layer 2 + 5s; they follow conv and ReLU."""

_TAEHV_UP_STAGE = 6
"""Stage s of the decoder: three memory blocks, upsampling, time, space, from layer 3 + 6s; before it clamp,
conv and ReLU."""


def _taehv_encoder(match: re.Match[str]) -> str:
    stage, place = divmod(int(match[1]) - 2, _TAEHV_STAGE)
    parts = ("time.", "space.", "memory.0.", "memory.1.", "memory.2.")
    return f"encoder.stages.{stage}.{parts[place]}"


def _taehv_decoder(match: re.Match[str]) -> str:
    stage, place = divmod(int(match[1]) - 3, _TAEHV_UP_STAGE)
    parts = ("memory.0.", "memory.1.", "memory.2.", "upsample.", "time.", "space.")
    return f"decoder.stages.{stage}.{parts[place]}"


_TAEHV_RULES: tuple[Rule, ...] = (
    (r"^encoder\.0\.", "encoder.conv_in."),
    (r"^encoder\.17\.", "encoder.conv_out."),
    (r"^decoder\.1\.", "decoder.conv_in."),
    (r"^decoder\.22\.", "decoder.conv_out."),
    (r"^encoder\.([2-9]|1[0-6])\.", _taehv_encoder),
    (r"^decoder\.([3-9]|1\d|20)\.", _taehv_decoder),
    (r"\.conv\.0\.", ".conv1."),
    (r"\.conv\.2\.", ".conv2."),
    (r"\.conv\.4\.", ".conv3."),
    # A stage's own 1×1 convolution over time is wrapped once more than its spatial one.
    (r"\.time\.conv\.", ".time."),
)

_RULES = {
    CodecLayout.WAN: _WAN_RULES,
    CodecLayout.DIFFUSERS: _DIFFUSERS_RULES,
    CodecLayout.TAEHV: _TAEHV_RULES,
}


_TO_WAN: tuple[Rule, ...] = (
    (r"^(encoder|decoder)\.conv_in\.", r"\1.conv1."),
    (r"^encoder\.quant\.", "conv1."),
    (r"^decoder\.post_quant\.", "conv2."),
    (r"^encoder\.blocks\.", "encoder.downsamples."),
    (r"^decoder\.blocks\.", "decoder.upsamples."),
    (r"(\.\d+)\.norm1\.", r"\1.residual.0."),
    (r"(\.\d+)\.conv1\.", r"\1.residual.2."),
    (r"(\.\d+)\.norm2\.", r"\1.residual.3."),
    (r"(\.\d+)\.conv2\.", r"\1.residual.6."),
    (r"\.qkv\.", ".to_qkv."),
    (r"\.middle\.1\.out\.", ".middle.1.proj."),
    (r"\.space\.", ".resample.1."),
    (r"\.time\.", ".time_conv."),
    (r"\.norm_out\.", ".head.0."),
    (r"\.conv_out\.", ".head.2."),
)


def _up_block(match: re.Match[str]) -> str:
    stage, place = divmod(int(match[1]), _UP_BLOCK)
    part = f"resnets.{place}" if place <= RESIDUAL_BLOCKS else "upsamplers.0"
    return f"decoder.up_blocks.{stage}.{part}."


_TO_DIFFUSERS: tuple[Rule, ...] = (
    (r"^encoder\.quant\.", "quant_conv."),
    (r"^decoder\.post_quant\.", "post_quant_conv."),
    (r"^encoder\.blocks\.", "encoder.down_blocks."),
    (r"^decoder\.blocks\.(\d{1,3})\.", _up_block),
    (r"\.middle\.1\.qkv\.", ".middle.1.to_qkv."),
    (r"\.middle\.1\.out\.", ".middle.1.proj."),
    (r"\.middle\.1\.", ".mid_block.attentions.0."),
    (r"\.middle\.([02])\.", lambda m: f".mid_block.resnets.{int(m[1]) // 2}."),
    (r"\.shortcut\.", ".conv_shortcut."),
    (r"\.space\.", ".resample.1."),
    (r"\.time\.", ".time_conv."),
)


def _taehv_layer(match: re.Match[str]) -> str:
    """The encoder's or decoder's numbered layer of a part of a stage; the way back from the two above."""
    side, stage, part, index = match[1], int(match[2]), match[3], int(match[4] or 0)
    if side == "encoder":
        place = {"time": 0, "space": 1, "memory": 2 + index}[part]
        number = 2 + _TAEHV_STAGE * stage + place
    else:
        place = {"memory": index, "time": 4, "space": 5}[part]
        number = 3 + _TAEHV_UP_STAGE * stage + place
    return f"{side}.{number}.{'conv.' if part == 'time' else ''}"


_TO_TAEHV: tuple[Rule, ...] = (
    (r"^encoder\.conv_in\.", "encoder.0."),
    (r"^encoder\.conv_out\.", "encoder.17."),
    (r"^decoder\.conv_in\.", "decoder.1."),
    (r"^decoder\.conv_out\.", "decoder.22."),
    (r"^(encoder|decoder)\.stages\.(\d+)\.(time|space|memory)\.(?:(\d+)\.)?", _taehv_layer),
    (r"\.conv1\.", ".conv.0."),
    (r"\.conv2\.", ".conv.2."),
    (r"\.conv3\.", ".conv.4."),
)

_BACK = {CodecLayout.WAN: _TO_WAN, CodecLayout.DIFFUSERS: _TO_DIFFUSERS, CodecLayout.TAEHV: _TO_TAEHV}


def their_name(layout: CodecLayout, name: str) -> str:
    """The name in a layout of the tensor that we call so: the way back from `our_name`."""
    for pattern, replacement in _BACK[layout]:
        name = re.sub(pattern, replacement, name)
    return name


_PREFIXES = ("model.", "module.", "first_stage_model.", "vae.")
"""What training and packing put before a name, in any order."""

_OF_A_MODEL = "patch_embedding.weight"


def _bare(key: str) -> str:
    while prefix := next((prefix for prefix in _PREFIXES if key.startswith(prefix)), None):
        key = key.removeprefix(prefix)
    return key


def detect_layout(keys: Iterable[str]) -> CodecLayout | None:
    """Which layout these keys are of, prefixes of packing aside; None: of no codec known here, or of more than one."""
    known = {_bare(key) for key in keys}
    if any(key.endswith(_OF_A_MODEL) for key in known):
        return None
    return next((layout for layout, mark in _MARKS.items() if mark in known), None)


def our_name(layout: CodecLayout, key: str) -> str:
    """The name that the tensor has here; a key that belongs to no layout comes back as it is, but for prefixes."""
    key = _bare(key)
    for pattern, replacement in _RULES[layout]:
        key = re.sub(pattern, replacement, key)
    return key


def our_names(layout: CodecLayout, keys: Iterable[str]) -> dict[str, str]:
    """Our name to theirs."""
    return {our_name(layout, key): key for key in keys}


def our_shape(name: str, tensor: Tensor) -> Tensor:
    """View a tensor as we store it: gains as vectors, the attention's 1×1 convolutions as matrices."""
    if name.endswith(".gamma"):
        return tensor.flatten()
    if name.endswith((".qkv.weight", ".middle.1.out.weight")) and tensor.ndim > 1:
        return tensor.flatten(1)
    return tensor
