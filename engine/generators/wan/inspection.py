"""What model cards ask for, what of it is on disk, and whether a file is what it should be."""

from dataclasses import dataclass
from pathlib import Path

import torch

from engine.errors import GeneratorError
from engine.generators.wan.attention import MathAttention
from engine.generators.wan.cards import ModelCard, ModelFile, card_names, load_card
from engine.generators.wan.checkpoint import Checkpoint
from engine.generators.wan.codecs.checkpoints import load_codec, read_tensors
from engine.generators.wan.codecs.layouts import detect_layout
from engine.generators.wan.config import KNOWN_DIMS, ModelDims
from engine.generators.wan.loading import Part, load, recognise
from engine.generators.wan.lora import read_lora
from engine.generators.wan.memory import GIB, model_need
from engine.generators.wan.names import Layout
from engine.generators.wan.transformer import CausalWan

_META = torch.device("meta")


@dataclass(frozen=True, slots=True)
class CardState:
    """A card and its files in a models folder.

    Attributes:
        gib: memory of weights, window and work in bfloat16, without codec and text encoder.
    """

    card: ModelCard
    gib: float
    missing: tuple[ModelFile, ...]


def card_states(folder: Path) -> tuple[CardState, ...]:
    """Every card, and what of it is there."""
    cards = (load_card(name) for name in card_names())
    return tuple(CardState(card, model_need(card, torch.bfloat16).bytes / GIB, card.missing(folder)) for card in cards)


def check_file(path: Path) -> str:
    """What a file is, in a sentence, after every tensor in it was read and found to have its place.

    Raises:
        GeneratorError: it is damaged, or something else, or does not fit: each missing or unexpected key is named.
    """
    try:
        checkpoint = Checkpoint.open(path)
    except GeneratorError:
        if not _is_codec(path):
            raise
        return f"{load_codec(path, _META, torch.float32).name}: whole."
    with checkpoint:
        match checkpoint.layout:
            case Layout.LORA_PEFT | Layout.LORA_KOHYA:
                return _check_lora(path, checkpoint.layout)
            case Layout.VACE_MODULE:
                return _check_branch(checkpoint)
            case _:
                return _check_model(checkpoint)


def _is_codec(path: Path) -> bool:
    try:
        return detect_layout(read_tensors(path)) is not None
    except GeneratorError:
        return False


def _check_model(checkpoint: Checkpoint) -> str:
    dims = recognise(checkpoint)
    branch = any("vace_" in key for key in checkpoint.shapes)
    model = _outline(dims, vace=branch)
    for part in (Part.MAIN, Part.BRANCH) if branch else (Part.MAIN,):
        _read_all(model, checkpoint, part)
    also = " with its depth branch" if branch else ""
    return f"Wan {dims.name}{also}, layout {checkpoint.layout.value}, {len(checkpoint.shapes)} tensors: whole."


def _check_branch(checkpoint: Checkpoint) -> str:
    faults = []
    for dims in KNOWN_DIMS:
        try:
            _read_all(_outline(dims, vace=True), checkpoint, Part.BRANCH)
        except GeneratorError as error:
            faults.append(error)
        else:
            return f"Depth branch for Wan {dims.name}, {len(checkpoint.shapes)} tensors: whole."
    raise _nearest(faults)


def _check_lora(path: Path, layout: Layout) -> str:
    faults = []
    for dims in KNOWN_DIMS:
        try:
            lora = read_lora(path, _outline(dims, vace=True))
        except GeneratorError as error:
            faults.append(error)
        else:
            return f"{layout.value} for Wan {dims.name}, {len(lora.adapters)} layers: whole."
    raise _nearest(faults)


def _outline(dims: ModelDims, *, vace: bool) -> CausalWan:
    """A model without storage."""
    with _META:
        return CausalWan(dims, MathAttention(), vace=vace)


def _read_all(model: CausalWan, checkpoint: Checkpoint, part: Part) -> None:
    for _ in load(model, checkpoint, part):
        """The bytes of one more tensor have been read."""


def _nearest(faults: list[GeneratorError]) -> GeneratorError:
    """Of the reasons why no size fits, the one with the least to name."""
    return min(faults, key=lambda fault: len(fault.what))
