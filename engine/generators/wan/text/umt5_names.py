"""How files name the tensors of a UMT5 encoder, and what other text encoders are called; transformers' names are ours.

A folder of transformers says its sizes in a config; a single file has none, so they are read off its tensors. Wan's
own file names them as its code does (Wan2.1, wan/modules/t5.py), and so do its fp8 copies for ComfyUI's wrapper;
ComfyUI's own files keep the names of transformers, and carry the tokenizer beside them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from engine.errors import GeneratorError
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.key_names import bare, detect
from engine.generators.wan.files.tensor_file import TensorFile

SHARED: Final = "shared.weight"
SAME: Final = "encoder.embed_tokens.weight"
"""The word embeddings' other name: files hold either, or both."""

_FROM_WAN: Final = (
    (re.compile(r"^token_embedding\."), "shared."),
    (re.compile(r"^norm\."), "encoder.final_layer_norm."),
    (re.compile(r"^blocks\.(\d+)\.norm1\."), r"encoder.block.\1.layer.0.layer_norm."),
    (re.compile(r"^blocks\.(\d+)\.attn\.([qkvo])\."), r"encoder.block.\1.layer.0.SelfAttention.\2."),
    (
        re.compile(r"^blocks\.(\d+)\.pos_embedding\.embedding\."),
        r"encoder.block.\1.layer.0.SelfAttention.relative_attention_bias.",
    ),
    (re.compile(r"^blocks\.(\d+)\.norm2\."), r"encoder.block.\1.layer.1.layer_norm."),
    (re.compile(r"^blocks\.(\d+)\.ffn\.gate\.0\."), r"encoder.block.\1.layer.1.DenseReluDense.wi_0."),
    (re.compile(r"^blocks\.(\d+)\.ffn\.fc1\."), r"encoder.block.\1.layer.1.DenseReluDense.wi_1."),
    (re.compile(r"^blocks\.(\d+)\.ffn\.fc2\."), r"encoder.block.\1.layer.1.DenseReluDense.wo."),
)
"""Wan's own names; the gated half of its feed-forward layer is the one that transformers counts as the first."""

_ASIDE: Final = ("decoder.", "lm_head.", "spiece_model")
"""The other half of a whole UMT5, and the tokenizer that ComfyUI packs: not read."""

_BLOCK: Final = re.compile(r"^encoder\.block\.(\d{1,4})\.")
_BIAS: Final = "layer.0.SelfAttention.relative_attention_bias.weight"
_FIRST: Final = "encoder.block.0."

_OTHERS: Final = (
    (re.compile(r"(^|\.)text_model\.encoder\.layers\.\d+\."), "a CLIP text encoder"),
    (re.compile(r"^(visual\.(transformer|patch_embedding)|vision_model\.encoder)\."), "a CLIP image encoder"),
    (re.compile(r"(^|\.)layers\.\d+\.self_attn\.q_proj\."), "a language model (Qwen, Llama, Gemma or their kin)"),
)
"""Encoders of other models that people keep beside UMT5."""

REMEDY: Final = (
    "Choose UMT5-XXL: the folder text_encoder of a Wan 2.1 in the layout of diffusers, Wan's own "
    "models_t5_umt5-xxl-enc-bf16.pth, or ComfyUI's umt5_xxl as safetensors."
)


def is_text_encoder(keys: Iterable[str]) -> bool:
    """Whether a file with these keys is a text encoder, UMT5 or not."""
    names = set(keys)
    if detect(names) is not None:
        return False
    return bool(_translated(names).keys() & {SHARED, SAME}) or bool(_other(names))


def encoder_keys(file: TensorFile) -> dict[str, str]:
    """The file's key for every tensor of the encoder by transformers' name, but for the embeddings' second one.

    Raises:
        GeneratorError: it holds no UMT5: it is named for what it is, where that is known.
    """
    found = _translated(file.entries)
    if len(found) < sum(not bare(key).startswith(_ASIDE) for key in file.entries):
        raise GeneratorError("This text encoder's file names a tensor twice", where=str(file.path), remedy=REMEDY)
    same = found.pop(SAME, None)
    if SHARED not in found and same is not None:
        found[SHARED] = same
    blocks = {match[0] for name in found if (match := _BLOCK.match(name))}
    if SHARED not in found or not blocks:
        raise _no_umt5(file)
    if len(blocks) > 1 and not any(f"{block}{_BIAS}" in found for block in blocks - {_FIRST}):
        raise GeneratorError(
            "This is T5 or mT5, whose blocks share one table of positions, and not UMT5: Wan was trained on UMT5-XXL",
            where=str(file.path),
            remedy=REMEDY,
        )
    return found


def sizes_of(file: TensorFile, keys: Mapping[str, str]) -> dict[str, int]:
    """The sizes that a config would say, from the shapes of a single file's tensors.

    Raises:
        GeneratorError: a tensor that tells one is missing, or has a shape that none has.
    """

    def shape(name: str, rank: int = 2) -> tuple[int, ...]:
        if name not in keys:
            raise GeneratorError(
                f"These weights do not fit an encoder: the file lacks {name}", where=str(file.path), remedy=REMEDY
            )
        found = file.shapes[keys[name]]
        if len(found) != rank or 0 in found:
            raise GeneratorError(
                f"These weights do not fit an encoder: the file has misshapen {name}",
                where=str(file.path),
                remedy=REMEDY,
            )
        return found

    words, width = shape(SHARED)
    buckets, heads = shape(f"{_FIRST}{_BIAS}")
    return {
        "vocab_size": words,
        "d_model": width,
        "d_kv": shape(f"{_FIRST}layer.0.SelfAttention.q.weight")[0] // heads,
        "d_ff": shape(f"{_FIRST}layer.1.DenseReluDense.wi_0.weight")[0],
        "num_layers": 1 + max(int(match[1]) for name in keys if (match := _BLOCK.match(name))),
        "num_heads": heads,
        "relative_attention_num_buckets": buckets,
    }


def _translated(keys: Iterable[str]) -> dict[str, str]:
    """The key of every tensor by transformers' name; unknown names stay."""
    found: dict[str, str] = {}
    for key in keys:
        name = bare(key)
        if name.startswith(_ASIDE):
            continue
        for pattern, ours in _FROM_WAN:
            if pattern.match(name):
                name = pattern.sub(ours, name)
                break
        found[name] = key
    return found


def _other(names: Iterable[str]) -> str:
    """What these are the weights of, for a sentence; "" if nothing known here."""
    known = set(names)
    return next((what for mark, what in _OTHERS if any(mark.search(name) for name in known)), "")


def _no_umt5(file: TensorFile) -> GeneratorError:
    layout = detect(file.entries)
    what = _other(file.entries) or (f"a Wan transformer or adapter ({layout.value})" if layout is not None else "")
    said = f"it is {what}" if what else f"it holds {listed(sorted(file.entries), 3) or 'nothing'}"
    return GeneratorError(f"This file holds no UMT5: {said}", where=str(file.path), remedy=REMEDY)
