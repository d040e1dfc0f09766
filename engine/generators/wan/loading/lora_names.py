"""How trainers name what they add to a model: which part of an addition a key is, and where it belongs.

Read are the spellings of PEFT, kohya (musubi, diffusion-pipe, VideoX-Fun), ComfyUI, OneTrainer, old diffusers, and
LightX2V's differences: Wan's or diffusers' names of layers, with dots, flattened, or half of each.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final

from engine.generators.wan.files.key_names import to_diffusers
from engine.generators.wan.model.transformer import CausalWan

_PREFIXES: Final = (
    *("base_model.", "model.", "module.", "diffusion_model.", "transformer."),
    *("lora_unet_", "lora_transformer_", "lycoris_", "_"),
)
"""What PEFT, trainers and ComfyUI put before a layer's name, in any order."""


class Role(Enum):
    """What a tensor of an adapter is; the value is how people write it."""

    DOWN = "lora_A"
    UP = "lora_B"
    ALPHA = "alpha"
    MAGNITUDE = "magnitude"
    WEIGHT = "diff"
    BIAS = "diff_b"
    MODULATION = "diff_m"


_ENDINGS: Final = (
    (Role.DOWN, re.compile(r"\.(?:lora_A(?:\.\w+)?\.weight|lora_down\.weight|lora\.down\.weight)$")),
    (Role.UP, re.compile(r"\.(?:lora_B(?:\.\w+)?\.weight|lora_up\.weight|lora\.up\.weight)$")),
    (Role.ALPHA, re.compile(r"\.alpha$")),
    (Role.MAGNITUDE, re.compile(r"\.(?:dora_scale|lora_magnitude_vector(?:\.\w+)?(?:\.weight)?)$")),
    (Role.WEIGHT, re.compile(r"\.diff$")),
    (Role.BIAS, re.compile(r"\.diff_b$")),
    (Role.MODULATION, re.compile(r"\.diff_m$")),
)

_ELSEWHERE: Final = (
    (re.compile(r"(^|[._])(lora_te\d?_|text_encoders?[._])"), "of the text encoder, which stays as it is"),
    (re.compile(r"[._](k_img|v_img|norm_k_img)\b|(^|[._])img_emb[._]"), "of an image-to-video model"),
    (re.compile(r"(^|[._])vace_"), "of a depth branch, which this model is without"),
    (re.compile(r"\.lora_mid\."), "of a LoCon with a middle convolution, which is not read here"),
    (re.compile(r"\.lora_[AB](?:\.\w+)?\.bias$"), "a bias of the adapter itself, which is not read here"),
)
"""Why a key has no place in a model of text to video."""


def role_of(key: str) -> tuple[Role | None, str]:
    """What a tensor of an adapter is, and the layer that its key names; None and the key for what is not read."""
    for role, ending in _ENDINGS:
        if found := ending.search(key):
            return role, key[: found.start()]
    return None, key


def reason(key: str) -> str:
    """The key, and why it has no place where that is known."""
    why = next((why for mark, why in _ELSEWHERE if mark.search(key)), None)
    return f"{key} ({why})" if why else key


def bare(stem: str) -> str:
    """A layer's name without prefixes, flattened, so that every way to spell it is the same."""
    while prefix := next((prefix for prefix in _PREFIXES if stem.startswith(prefix)), None):
        stem = stem.removeprefix(prefix)
    return stem.replace(".", "_")


def spellings(model: CausalWan) -> dict[str, str]:
    """Wan's own name of every layer, norm and block of a model, by each way to spell it, bare."""
    found: dict[str, str] = {}
    for slot in model.slots():
        name = slot.rpartition(".")[0]
        for spelling in (name, to_diffusers(f"{name}.").removesuffix(".")):
            found[spelling.replace(".", "_")] = name
    return found


def grouped(keys: Mapping[str, object], model: CausalWan) -> tuple[dict[str, dict[Role, str]], list[str]]:
    """The file's keys by layer and role, and those that have no place: not read, of no layer, or there twice."""
    names = spellings(model)
    groups: dict[str, dict[Role, str]] = {}
    strange: list[str] = []
    for key in keys:
        role, stem = role_of(key)
        target = names.get(bare(stem))
        if role is None or target is None:
            strange.append(reason(key))
        elif role in groups.setdefault(target, {}):
            strange.append(f"{key} (there twice)")
        else:
            groups[target][role] = key
    return groups, strange
