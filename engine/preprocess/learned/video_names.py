"""The names of Video Depth Anything's published weights, and what they are called here."""

import re
from collections.abc import Mapping
from typing import Final

from torch import Tensor

_FUSION: Final = "spatial.neck.fusion_stage.layers"
_TIME: Final = r"head\.motion_modules\.(\d)\.temporal_transformer\."

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"pretrained\.(cls_token|mask_token)", r"spatial.backbone.embeddings.\1"),
        (r"pretrained\.pos_embed", "spatial.backbone.embeddings.position_embeddings"),
        (r"pretrained\.patch_embed\.proj\.", "spatial.backbone.embeddings.patch_embeddings.projection."),
        (r"pretrained\.norm\.", "spatial.backbone.layernorm."),
        (r"pretrained\.blocks\.(\d+)\.ls([12])\.gamma", r"spatial.backbone.encoder.layer.\1.layer_scale\2.lambda1"),
        (r"pretrained\.blocks\.(\d+)\.attn\.proj\.", r"spatial.backbone.encoder.layer.\1.attention.o_proj."),
        (r"pretrained\.blocks\.(\d+)\.(norm|mlp)", r"spatial.backbone.encoder.layer.\1.\2"),
        (r"head\.projects\.(\d)\.", r"spatial.neck.reassemble_stage.layers.\1.projection."),
        (r"head\.resize_layers\.(\d)\.", r"spatial.neck.reassemble_stage.layers.\1.resize."),
        (r"head\.scratch\.output_conv1\.", "spatial.head.conv1."),
        (r"head\.scratch\.output_conv2\.0\.", "spatial.head.conv2."),
        (r"head\.scratch\.output_conv2\.2\.", "spatial.head.conv3."),
        (_TIME + r"(norm|proj_in|proj_out)\.", r"temporal.\1.\2."),
        (_TIME + r"transformer_blocks\.0\.attention_blocks\.(\d)\.to_out\.0\.", r"temporal.\1.attentions.\2.to_out."),
        (_TIME + r"transformer_blocks\.0\.attention_blocks\.(\d)\.(to_[qkv])\.", r"temporal.\1.attentions.\2.\3."),
        (_TIME + r"transformer_blocks\.0\.norms\.(\d)\.", r"temporal.\1.norms.\2."),
        (_TIME + r"transformer_blocks\.0\.ff_norm\.", r"temporal.\1.forward_norm."),
        (_TIME + r"transformer_blocks\.0\.ff\.net\.0\.proj\.", r"temporal.\1.gated.widen."),
        (_TIME + r"transformer_blocks\.0\.ff\.net\.2\.", r"temporal.\1.gated.narrow."),
    )
)

_QKV: Final = re.compile(r"pretrained\.blocks\.(\d+)\.attn\.qkv\.(weight|bias)")
_NARROWED: Final = re.compile(r"head\.scratch\.layer([1-4])_rn\.")
_REFINED: Final = re.compile(r"head\.scratch\.refinenet([1-4])\.(?:(out_conv)|resConfUnit([12])\.conv([12]))\.")
_COMPUTED: Final = re.compile(r".*pos_encoder\.pe")
"""Places in time, which are computed here."""


def renamed(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return published weights under the names of VideoDepth; a name that is not known stays, and fits nowhere."""
    found: dict[str, Tensor] = {}
    for name, value in published.items():
        if _COMPUTED.fullmatch(name):
            continue
        if joined := _QKV.fullmatch(name):
            layer, kind = joined.groups()
            for part, share in zip("qkv", value.chunk(3), strict=True):
                found[f"spatial.backbone.encoder.layer.{layer}.attention.{part}_proj.{kind}"] = share
            continue
        found[_renamed(name)] = value
    return found


def _renamed(name: str) -> str:
    if narrowed := _NARROWED.match(name):
        return f"spatial.neck.convs.{int(narrowed[1]) - 1}.{name[narrowed.end() :]}"
    if refined := _REFINED.match(name):
        # Published from fine to coarse, held here in the order in which they are run.
        layer = f"{_FUSION}.{4 - int(refined[1])}"
        inside = "projection" if refined[2] else f"residual_layer{refined[3]}.convolution{refined[4]}"
        return f"{layer}.{inside}.{name[refined.end() :]}"
    for pattern, target in _RULES:
        if pattern.match(name):
            return pattern.sub(target, name, count=1)
    return name
