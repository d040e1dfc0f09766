"""Files of weights from one layout, container or dtype to another, tensor by tensor.

What comes out is a single safetensors file. Transformers and Wan's VAE have two layouts to choose from; tiny
autoencoders, depth branches and LoRA files keep the names they have.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.codecs.checkpoints import fit_codec
from engine.generators.wan.codecs.layouts import CodecLayout, detect_layout, their_name
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.entries import all_finite
from engine.generators.wan.files.key_names import ADAPTERS, KeyNaming, to_diffusers
from engine.generators.wan.files.tensor_file import TensorFile
from engine.generators.wan.files.tensor_writer import TensorOutline, write_tensors
from engine.generators.wan.library.inspection import check_branch, check_lora, outline
from engine.generators.wan.loading.weights import Part, fit, recognise

DTYPES: Final = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}

_HOST: Final = torch.device("cpu")
_SUFFIX: Final = ".safetensors"


class Target(Enum):
    """The layouts that a transformer can be written in."""

    ORIGINAL = "original"
    DIFFUSERS = "diffusers"


@dataclass(frozen=True, slots=True)
class ConvertProgress:
    """After each tensor: how many of how many bytes are written."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Move:
    """A tensor under its key in the file that is read, and as it will be written."""

    key: str
    outline: TensorOutline


def convert(
    source: Path, target: Path, *, to: Target | None = None, dtype: torch.dtype | None = None
) -> Iterator[ConvertProgress]:
    """Write a file of weights anew; yields after each tensor.

    A file that would not load is not converted. Two tensors are in memory at most: one read, one cast.

    Args:
        target: a .safetensors that is not there yet.
        to: for transformers and Wan's VAE; None: as it is, but for what training scripts wrap around names.
        dtype: None: as it is.

    Raises:
        GeneratorError: the source cannot be read, does not fit or holds NaN; a value does not fit the dtype; the
            layout cannot be had; or the target cannot be written.
    """
    if target.suffix != _SUFFIX:
        raise GeneratorError("Only safetensors files are written", where=str(target), remedy=f"Name it *{_SUFFIX}.")
    with TensorFile.open(source) as file:
        moves = [
            _Move(key, TensorOutline(name, file.entries[key].shape, dtype or file.entries[key].dtype))
            for name, key in sorted(_names(file, to).items())
        ]
        moves.sort(key=lambda move: -move.outline.dtype.itemsize)  # so that every tensor is aligned
        outlines = [move.outline for move in moves]
        with closing(write_tensors(target, outlines, _tensors(file, moves))) as writing:
            done, total = 0, sum(outline.bytes for outline in outlines)
            for count in writing:
                done += count
                yield ConvertProgress(done, total)


def _tensors(file: TensorFile, moves: Sequence[_Move]) -> Iterator[Tensor]:
    for move in moves:
        tensor = file.read_finite(move.key, _HOST).to(move.outline.dtype)
        if tensor.dtype != file.entries[move.key].dtype and not all_finite(tensor):
            kind = str(tensor.dtype).removeprefix("torch.")
            raise GeneratorError(
                f"Values of {move.key} are too large for {kind}", where=str(file.path), remedy="Choose bfloat16."
            )
        yield tensor


def _names(file: TensorFile, to: Target | None) -> dict[str, str]:
    """The file's key by the name that its tensor will have; only of a file that would load."""
    if detect_layout(file.entries) is not None:
        return _codec_names(file, to)
    checkpoint = Checkpoint(file)
    match checkpoint.layout:
        case layout if layout in ADAPTERS:
            check_lora(checkpoint)
            return _as_they_are(file, to, checkpoint.layout.value)
        case KeyNaming.VACE_MODULE:
            check_branch(checkpoint)
            return _as_they_are(file, None if to is Target.ORIGINAL else to, checkpoint.layout.value)
    dims = recognise(checkpoint)
    branch = any("vace_" in key for key in file.entries)
    model = outline(dims, vace=branch)
    ours: dict[str, str] = {}
    for part in (Part.MAIN, Part.BRANCH) if branch else (Part.MAIN,):
        ours |= fit(model, checkpoint, part)
    diffusers = to is Target.DIFFUSERS or (to is None and checkpoint.layout is KeyNaming.DIFFUSERS)
    return {to_diffusers(name): key for name, key in ours.items()} if diffusers else ours


def _codec_names(file: TensorFile, to: Target | None) -> dict[str, str]:
    _, layout, ours = fit_codec(file)
    if layout is CodecLayout.TAEHV:
        return _as_they_are(file, to, layout.value)
    wanted = layout if to is None else CodecLayout.DIFFUSERS if to is Target.DIFFUSERS else CodecLayout.WAN
    return {their_name(wanted, name): key for name, key in ours.items()}


def _as_they_are(file: TensorFile, to: Target | None, what: str) -> dict[str, str]:
    if to is not None:
        raise GeneratorError(
            f"There is no other layout of a {what} to choose",
            where=str(file.path),
            remedy="Leave out --to: it is read as it is.",
        )
    return {key: key for key in file.entries}
