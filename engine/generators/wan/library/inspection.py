"""What model cards ask for, what of it is on disk, and whether a file is what it should be."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from engine.errors import GeneratorError
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.card_library import load_cards
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.checkpoints import read_codec
from engine.generators.wan.codecs.layouts import detect_layout
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.families import known_dims
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.key_names import ADAPTERS, KeyNaming
from engine.generators.wan.files.tensor_file import TensorFile
from engine.generators.wan.loading.lora import Lora, fit_lora, read_lora, require_fit
from engine.generators.wan.loading.weights import Part, fit, recognise
from engine.generators.wan.memory import GIB, TEXT_BYTES, model_need
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.text.placement import FP8_TEXT_BYTES
from engine.generators.wan.text.umt5_names import is_text_encoder
from engine.generators.wan.text.umt5_weights import check_encoder, weights_in
from engine.model_files import ModelFile

_HOST: Final = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class FileState:
    """A file or folder of a card.

    Attributes:
        bytes: of it on disk; None: it is not there.
        fault: why it cannot be whole, for the end of a sentence; "" if nothing shows.
    """

    file: ModelFile
    bytes: int | None
    fault: str


@dataclass(frozen=True, slots=True)
class CardState:
    """A card and its files in a models folder.

    Attributes:
        gib: memory of weights, window and work in bfloat16, without codec and text encoder.
    """

    card: ModelCard
    gib: float
    files: tuple[FileState, ...]

    @property
    def missing(self) -> tuple[ModelFile, ...]:
        return tuple(state.file for state in self.files if state.bytes is None)

    @property
    def broken(self) -> tuple[ModelFile, ...]:
        return tuple(state.file for state in self.files if state.fault)


def card_states(folder: Path) -> tuple[CardState, ...]:
    """Every card, and what of it is there."""
    return tuple(
        CardState(
            card,
            model_need(card, torch.bfloat16).bytes / GIB,
            tuple(FileState(file, _bytes_at(file.path(folder)), file.fault(folder)) for file in card.files),
        )
        for card in load_cards().cards.values()
    )


def _bytes_at(path: Path) -> int | None:
    if path.is_dir():
        return sum(inside.stat().st_size for inside in path.rglob("*") if inside.is_file())
    return path.stat().st_size if path.exists() else None


def text_need() -> str:
    """Memory of the text encoder, for people."""
    plain, packed = (need / GIB for need in (TEXT_BYTES, FP8_TEXT_BYTES))
    return f"{plain:.1f} GiB more ({packed:.1f} in fp8), on the host where the GPU is short"


def check_file(path: Path) -> str:
    """What a file, or the folder of a text encoder, is, in a sentence, after every number in it was read and found to
    have its place.

    Raises:
        GeneratorError: it is damaged, or something else, or does not fit: each missing or unexpected key is named.
    """
    if path.is_dir():
        with TensorFile.open(weights_in(path)) as file:
            check_encoder(path, file)
            return f"UMT5 text encoder, {_content(file)}: whole."
    with TensorFile.open(path) as file:
        if (codec := detect_layout(file.entries)) is not None:
            return f"{read_codec(file, _HOST, torch.float32).name}, layout {codec.value}, {_content(file)}: whole."
        if is_text_encoder(file.entries):
            check_encoder(path, file)
            return f"UMT5 text encoder, {_content(file)}: whole."
        checkpoint = Checkpoint(file)
        match checkpoint.layout:
            case layout if layout in ADAPTERS:
                lora, dims = check_lora(checkpoint)
                found = f"{layout.value} for Wan {dims.name}"
                if lora.left_out:
                    content = f"{_content(file)}: whole. Left out is {listed(list(lora.left_out))}"
                    return f"{found}, {content}."
            case KeyNaming.VACE_MODULE:
                found = f"Depth branch for Wan {check_branch(checkpoint).name}"
            case _:
                found = _check_model(checkpoint)
        return f"{found}, {_content(file)}: whole."


def check_branch(checkpoint: Checkpoint) -> ModelDims:
    """The size of model that a depth branch is for, by its names and shapes; its numbers are read.

    Raises:
        GeneratorError: it fits none.
    """
    faults = []
    for dims in known_dims():
        try:
            keys = fit(outline(dims, vace=True), checkpoint, Part.BRANCH)
        except GeneratorError as error:
            faults.append(error)
        else:
            _read_all(checkpoint.file, keys.values())
            return dims
    raise _nearest(faults)


def check_lora(checkpoint: Checkpoint) -> tuple[Lora, ModelDims]:
    """What of a LoRA is played, and the size of model that it is for; its numbers are read.

    Raises:
        GeneratorError: it fits none: what has no place in the size that it fits best is told.
    """
    fits = [(fit_lora(checkpoint, outline(dims, vace=True)), dims) for dims in known_dims()]
    best, dims = max(fits, key=lambda fit: fit[0].placed)
    require_fit(best, checkpoint)
    return read_lora(checkpoint.path, outline(dims, vace=True)), dims


def _check_model(checkpoint: Checkpoint) -> str:
    dims = recognise(checkpoint)
    branch = any("vace_" in key for key in checkpoint.shapes)
    model = outline(dims, vace=branch)
    for part in (Part.MAIN, Part.BRANCH) if branch else (Part.MAIN,):
        _read_all(checkpoint.file, fit(model, checkpoint, part).values())
    also = " with its depth branch" if branch else ""
    return f"Wan {dims.name}{also}, layout {checkpoint.layout.value}"


def _content(file: TensorFile) -> str:
    """For example "825 tensors, bfloat16, 2.6 GiB, under generator_ema"."""
    kinds = sorted({str(entry.dtype).removeprefix("torch.") for entry in file.entries.values()})
    size = sum(entry.bytes for entry in file.entries.values()) / GIB
    inside = f", under {file.inside}" if file.inside else ""
    if file.scaled:
        inside += f", {file.scaled} of them fp8 with scales"
    return f"{len(file.entries)} tensors, {' and '.join(kinds)}, {size:.1f} GiB{inside}"


def _read_all(file: TensorFile, keys: Iterable[str]) -> None:
    for key in keys:
        file.read_finite(key, _HOST)


def outline(dims: ModelDims, *, vace: bool) -> CausalWan:
    """A model without storage."""
    with torch.device("meta"):
        return CausalWan(dims, MathAttention(), vace=vace)


def _nearest(faults: list[GeneratorError]) -> GeneratorError:
    """Of the reasons why no size fits, the one with the least to name."""
    return min(faults, key=lambda fault: len(fault.what))
