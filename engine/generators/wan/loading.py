"""From a checkpoint into a model, strictly: every tensor of the one has its place in the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.errors import GeneratorError
from engine.generators.wan.checkpoint import Checkpoint, listed
from engine.generators.wan.config import KNOWN_DIMS, ModelDims
from engine.generators.wan.names import Layout, translation
from engine.generators.wan.transformer import CausalWan

_BRANCH: Final = "vace_"
_LORA: Final = (Layout.LORA_PEFT, Layout.LORA_KOHYA)


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
    if checkpoint.layout in (*_LORA, Layout.VACE_MODULE):
        raise GeneratorError(
            f"This is a {checkpoint.layout.value}, which belongs onto a model and is none by itself",
            where=str(checkpoint.path),
        )
    names = translation(checkpoint.shapes, checkpoint.layout)
    shapes = {names[key]: shape for key, shape in checkpoint.shapes.items()}
    dim = shapes.get("patch_embedding.weight", (0,))[0]
    layers = 1 + max((int(name.split(".")[1]) for name in shapes if _numbered(name)), default=-1)
    for dims in KNOWN_DIMS:
        if (dims.dim, dims.layers) == (dim, layers):
            return dims
    known = ", ".join(f"{dims.name} ({dims.dim} wide, {dims.layers} layers)" for dims in KNOWN_DIMS)
    raise GeneratorError(
        f"This transformer is {dim} wide and has {layers} layers; known are {known}", where=str(checkpoint.path)
    )


def load(model: CausalWan, checkpoint: Checkpoint, part: Part) -> Iterator[LoadProgress]:
    """Fill one part of a model, tensor by tensor, cast on the model's device; yields after each.

    Everything is checked before the first byte is written.

    Raises:
        GeneratorError: a tensor is missing, left over or of another shape, each named; or cannot be read.
    """
    if checkpoint.layout in _LORA:
        raise GeneratorError(
            f"This is a {checkpoint.layout.value} and not a model",
            where=str(checkpoint.path),
            remedy="Add it as a LoRA.",
        )
    slots = model.slots()
    wanted = {name: slot for name, slot in slots.items() if name.startswith(_BRANCH) == (part is Part.BRANCH)}
    shapes = checkpoint.shapes
    names = translation(shapes, checkpoint.layout)
    key_of = {name: key for key, name in names.items() if name.startswith(_BRANCH) == (part is Part.BRANCH)}
    missing = sorted(set(wanted) - set(key_of))
    unexpected = sorted(set(key_of) - set(wanted))
    misshapen = sorted(
        f"{name} {list(shapes[key_of[name]])} for {list(slot.shape)}"
        for name, slot in wanted.items()
        if name in key_of and shapes[key_of[name]] != tuple(slot.shape)
    )
    faults = [
        f"{what} {listed(which)}"
        for what, which in (("lacks", missing), ("has unknown", unexpected), ("has misshapen", misshapen))
        if which
    ]
    if faults or len(names) != len(set(names.values())):
        raise GeneratorError(
            f"These weights do not fit the {part.value} of {model.dims.name}: the file "
            f"{'; '.join(faults) or 'names a tensor twice'}",
            where=f"{checkpoint.path}, {checkpoint.layout.value}",
            remedy="Choose the file of this model and size.",
        )
    for done, (name, slot) in enumerate(wanted.items(), start=1):
        slot.copy_(checkpoint.read(key_of[name], slot.device))
        yield LoadProgress(done, len(wanted))


def _numbered(name: str) -> bool:
    pieces = name.split(".")
    return pieces[0] == "blocks" and len(pieces) > 2 and pieces[1].isdecimal()
