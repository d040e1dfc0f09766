"""How the families of checkpoints name the same tensors; everything is translated to Wan's own names."""

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final


class KeyNaming(Enum):
    """What a file turned out to be; the value is what a person calls it."""

    WAN = "Wan 2.1"
    PREFIXED = "Wan 2.1 under model. (Self-Forcing and its kin)"
    DIFFUSERS = "diffusers"
    VACE_MODULE = "VACE module"
    LORA_PEFT = "LoRA (PEFT)"
    LORA_KOHYA = "LoRA (kohya)"
    LORA_DIFFUSERS = "LoRA (old diffusers)"
    LORA_DIFFERENCES = "LoRA (differences alone)"
    LOHA = "LoHa"
    LOKR = "LoKr"
    OFT = "OFT"


ADAPTERS: Final = frozenset(
    {
        *(KeyNaming.LORA_PEFT, KeyNaming.LORA_KOHYA, KeyNaming.LORA_DIFFUSERS, KeyNaming.LORA_DIFFERENCES),
        *(KeyNaming.LOHA, KeyNaming.LOKR, KeyNaming.OFT),
    }
)
"""What is added to a model, and is none by itself."""

_ADAPTER_MARKS: Final = (
    (KeyNaming.LOHA, re.compile(r"\.hada_w\d")),
    (KeyNaming.LOKR, re.compile(r"\.lokr_w\d")),
    (KeyNaming.OFT, re.compile(r"\.oft_(blocks|diag|[rR])\b")),
    (KeyNaming.LORA_KOHYA, re.compile(r"\.lora_(down|up)\.weight$")),
    (KeyNaming.LORA_DIFFUSERS, re.compile(r"\.lora\.(down|up)\.weight$")),
    (KeyNaming.LORA_PEFT, re.compile(r"\.lora_[AB]\.")),
    (KeyNaming.LORA_DIFFERENCES, re.compile(r"\.diff(_b|_m)?$")),
)
"""Names that only adapters have; the first that is there counts."""

UNMERGED: Final = ".base_layer."
"""PEFT's name for the layer that its adapters hang on."""


_WRAPPERS: Final = ("_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_orig_mod.")
"""Left in names by FSDP, activation checkpointing and torch.compile."""

_PREFIXES: Final = ("model.", "module.", "diffusion_model.", "base_model.")

_TOP: Final = (
    ("text_embedding.0.", "condition_embedder.text_embedder.linear_1."),
    ("text_embedding.2.", "condition_embedder.text_embedder.linear_2."),
    ("time_embedding.0.", "condition_embedder.time_embedder.linear_1."),
    ("time_embedding.2.", "condition_embedder.time_embedder.linear_2."),
    ("time_projection.1.", "condition_embedder.time_proj."),
    ("head.head.", "proj_out."),
    ("head.modulation", "scale_shift_table"),
)
"""Wan's and diffusers' names of what stands outside the blocks, by how they begin."""

_INNER: Final = (
    (".modulation", ".scale_shift_table"),
    (".self_attn.", ".attn1."),
    (".cross_attn.", ".attn2."),
    (".q.", ".to_q."),
    (".k.", ".to_k."),
    (".v.", ".to_v."),
    (".o.", ".to_out.0."),
    (".ffn.0.", ".ffn.net.0.proj."),
    (".ffn.2.", ".ffn.net.2."),
    (".norm3.", ".norm2."),  # diffusers counts the three norms in the order they act; the others have no weights
    (".before_proj.", ".proj_in."),
    (".after_proj.", ".proj_out."),
)
"""The same inside a block: fragments of the name."""


def to_diffusers(name: str) -> str:
    """The diffusers name of a tensor named as in Wan's own checkpoints."""
    return _renamed(name, _TOP, _INNER)


def from_diffusers(name: str) -> str:
    """Wan's own name of a tensor named as in diffusers."""
    return _renamed(name, [(b, a) for a, b in _TOP], [(b, a) for a, b in _INNER])


def _renamed(name: str, top: Sequence[tuple[str, str]], inner: Sequence[tuple[str, str]]) -> str:
    for old, new in top:
        if name.startswith(old):
            return new + name.removeprefix(old)
    for old, new in inner:
        name = name.replace(old, new)
    return name


def bare(key: str) -> str:
    """A key without the wrappers and prefixes that training and packing leave on it."""
    for wrapper in _WRAPPERS:
        key = key.replace(wrapper, "")
    stripped = True
    while stripped:
        stripped = False
        for prefix in _PREFIXES:
            if key.startswith(prefix):
                key, stripped = key.removeprefix(prefix), True
    return key


def detect(keys: Iterable[str]) -> KeyNaming | None:
    """What a file with these keys is; None if it is nothing of this family."""
    names = set(keys)
    bared = {bare(key) for key in names}
    for layout, mark in _ADAPTER_MARKS:
        if any(mark.search(name) for name in names):
            return layout
    if any(name.startswith("condition_embedder.") for name in bared):
        return KeyNaming.DIFFUSERS
    if "patch_embedding.weight" in bared and any(name.startswith("time_projection.") for name in bared):
        return KeyNaming.WAN if "patch_embedding.weight" in names else KeyNaming.PREFIXED
    if any(name.startswith("vace_blocks.") for name in bared):
        return KeyNaming.VACE_MODULE
    return None


def translation(keys: Iterable[str], layout: KeyNaming) -> dict[str, str]:
    """Wan's own name of every key of a file."""
    names = {key: bare(key) for key in keys}
    if layout is KeyNaming.DIFFUSERS:
        return {key: from_diffusers(name) for key, name in names.items()}
    return names
