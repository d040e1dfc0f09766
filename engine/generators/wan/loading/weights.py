"""From a checkpoint into a model, strictly: every tensor of the one has its place in the other."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Final

from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.families import known_dims
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.entries import PLAIN
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.key_names import ADAPTERS, KeyNaming, translation
from engine.generators.wan.model.transformer import CausalWan

_BRANCH: Final = "vace_"
_LONGEST_NUMBER: Final = 4
"""Digits of a layer's number."""

_IMAGE: Final = re.compile(r"(^|\.)(img_emb|image_embedder|k_img|v_img|norm_k_img|add_k_proj|add_v_proj)\.")
"""What only image-to-video models have, as Wan and as diffusers name it."""

_INPUT: Final = "patch_embedding.weight"
_IMAGE_CHANNELS: Final = 36

_WITHIN: Final = ("vae.", "first_stage_model.", "text_encoders.", "cond_stage_model.")
"""What ComfyUI's files of several models put before the names of the others."""


class Part(Enum):
    """What of a model a file is to fill. A file that holds both serves each; the other half stays unread."""

    MAIN = "transformer"
    BRANCH = "depth branch"


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """After each tensor: how many of how many are in place."""

    done: int
    total: int


def recognise(checkpoint: Checkpoint) -> ModelDims:
    """Which of the known sizes a transformer's file is.

    Raises:
        GeneratorError: it is a LoRA, a module only, or of another size.
    """
    if checkpoint.layout in (*ADAPTERS, KeyNaming.VACE_MODULE):
        raise GeneratorError(
            f"This is a {checkpoint.layout.value}, which belongs onto a model and is none by itself",
            where=str(checkpoint.path),
        )
    names = translation(checkpoint.shapes, checkpoint.layout)
    shapes = {names[key]: shape for key, shape in checkpoint.shapes.items()}
    dim = next(iter(shapes.get("patch_embedding.weight", ())), 0)
    layers = 1 + max((int(name.split(".")[1]) for name in shapes if _numbered(name)), default=-1)
    for dims in known_dims():
        if (dims.dim, dims.layers) == (dim, layers):
            return dims
    known = ", ".join(f"{dims.name} ({dims.dim} wide, {dims.layers} layers)" for dims in known_dims())
    raise GeneratorError(
        f"This transformer is {dim} wide and has {layers} layers; known are {known}", where=str(checkpoint.path)
    )


def load(model: CausalWan, checkpoint: Checkpoint, part: Part) -> Iterator[LoadProgress]:
    """Fill one part of a model, tensor by tensor, cast on the model's device; yields after each.

    Names and shapes are checked before the first byte is written.

    Raises:
        GeneratorError: a tensor is missing, left over or of another shape, each named; cannot be read; or holds NaN
            or infinity.
    """
    wanted = slots_of(model, part)
    key_of = fit(model, checkpoint, part)
    for done, (name, slot) in enumerate(wanted.items(), start=1):
        slot.copy_(checkpoint.file.read_finite(key_of[name], slot.device))
        yield LoadProgress(done, len(wanted))


def slots_of(model: CausalWan, part: Part) -> dict[str, Tensor]:
    """The tensors of one part of a model, by their names in Wan's own layout."""
    return {name: slot for name, slot in model.slots().items() if _in_part(name, part)}


def fit(model: CausalWan, checkpoint: Checkpoint, part: Part) -> dict[str, str]:
    """The file's key for every tensor of one part of a model, by the tensor's name in Wan's own layout.

    Raises:
        GeneratorError: a tensor is missing, left over or of another shape: each is named.
    """
    if checkpoint.layout in ADAPTERS:
        raise GeneratorError(
            f"This is a {checkpoint.layout.value} and not a model",
            where=str(checkpoint.path),
            remedy="Add it as a LoRA.",
        )
    wanted = slots_of(model, part)
    entries = checkpoint.file.entries
    names = translation(entries, checkpoint.layout)
    key_of = {name: key for key, name in names.items() if _in_part(name, part)}
    both = [(name, entries[key_of[name]], slot) for name, slot in sorted(wanted.items()) if name in key_of]
    faults = (
        ("lacks", sorted(wanted.keys() - key_of.keys())),
        ("has unknown", sorted(key_of.keys() - wanted.keys())),
        ("has misshapen", [f"{n} {list(e.shape)} for {list(s.shape)}" for n, e, s in both if e.shape != s.shape]),
        ("has whole numbers in", [n for n, e, _ in both if not e.dtype.is_floating_point]),
    )
    if of_image_to_video(checkpoint, names.values()):
        raise GeneratorError(
            "This is an image-to-video model, which begins with a picture that it reads features of; it is not played",
            where=f"{checkpoint.path}, {checkpoint.layout.value}",
            remedy=f"Take a text-to-video model of {model.dims.name}: `hardcut models list` names those that are.",
        )
    told = [f"{what} {listed(which)}" for what, which in faults if which]
    if told or len(names) != len(set(names.values())):
        raise GeneratorError(
            f"These weights do not fit the {part.value} of {model.dims.name}: the file "
            f"{'; '.join(told) or 'names a tensor twice'}",
            where=f"{checkpoint.path}, {checkpoint.layout.value}",
            remedy=_remedy(key_of.keys() - wanted.keys(), faults[3][1]),
        )
    return key_of


def of_image_to_video(checkpoint: Checkpoint, names: Iterable[str]) -> bool:
    """Whether a transformer is one: it has layers for a picture's features (Wan 2.1), or its input has the channels of
    a picture and a mask beside its own, 36 in all (Wan 2.1 and 2.2)."""
    if any(_IMAGE.search(name) for name in names):
        return True
    channels = {shape[1] for key, shape in checkpoint.shapes.items() if key.endswith(_INPUT) and len(shape) == 5}
    return _IMAGE_CHANNELS in channels


def _remedy(unknown: AbstractSet[str], whole_numbers: list[str]) -> str:
    if any(name.startswith(_WITHIN) for name in unknown):
        return "This file packs several models in one: take each by itself."
    return PLAIN if whole_numbers else "Choose the file of this model and size."


def _in_part(name: str, part: Part) -> bool:
    return name.startswith(_BRANCH) == (part is Part.BRANCH)


def _numbered(name: str) -> bool:
    pieces = name.split(".")
    return pieces[0] == "blocks" and len(pieces) > 2 and pieces[1].isdecimal() and len(pieces[1]) <= _LONGEST_NUMBER
