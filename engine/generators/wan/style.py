"""The LoRAs of a card, added to its model: what of them plays, and what the performer is told of the rest.

None of them keeps a model from playing: a show without its style is still a show.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import GeneratorError
from engine.generators.wan.cards import CardLora, ModelCard
from engine.generators.wan.components import LORA
from engine.generators.wan.files.faults import listed
from engine.generators.wan.loading.live_lora import LiveLoras, require_live
from engine.generators.wan.loading.lora import Lora, merge_lora, read_lora
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.parameters import knob_of
from engine.messages.events import BackendChoice

_NAMED: Final = 3
"""Of what is left out, in a notice; the window's menu and `hardcut models check` name more."""


@dataclass(frozen=True, slots=True)
class Style:
    """What became of a card's LoRAs.

    Attributes:
        live: turns those that are live; None: none is.
        choices: what was decided; warnings: what the performer must be told, in sentences.
    """

    live: LiveLoras | None
    choices: tuple[BackendChoice, ...]
    warnings: tuple[str, ...]


def add_style(model: CausalWan, card: ModelCard, folder: Path) -> Style:
    """Add the card's adapters: merged, or beside the weights. After loading, before anything is made fast."""
    live: list[tuple[Lora | None, float]] = []
    choices: list[BackendChoice] = []
    warnings: list[str] = []
    for wanted in card.loras:
        lora, fault = _read(wanted, model, card, folder)
        if wanted.live:
            live.append((lora, knob_of(wanted.scale)))  # of one that is left out too: its knob stays its own
        if lora is None:
            choices.append(_left_out(wanted, fault))
            warnings.append(f"The model plays without its LoRA. {fault}")
            continue
        if not wanted.live:
            merge_lora(model, lora, wanted.scale)
        choices.append(_added(wanted, lora))
        warnings += _warnings(wanted, lora)
    turned = any(lora is not None for lora, _ in live)
    loras, scales = [lora for lora, _ in live], [scale for _, scale in live]
    return Style(LiveLoras(model, loras, scales) if turned else None, tuple(choices), tuple(warnings))


def _read(wanted: CardLora, model: CausalWan, card: ModelCard, folder: Path) -> tuple[Lora | None, str]:
    """A file, or why it cannot be used."""
    path = wanted.file.path(folder)
    try:
        if not path.exists():
            raise GeneratorError(
                "Its file is not there", where=str(path), remedy=f"Fetch it: hardcut models fetch {card.name}."
            )
        lora = read_lora(path, model)
        if wanted.live:
            require_live(lora)
    except GeneratorError as error:
        return None, str(error)
    return lora, ""


def _left_out(wanted: CardLora, fault: str) -> BackendChoice:
    return BackendChoice(
        component=LORA,
        chosen="none",
        reason="the card's file cannot be used",
        rejected=((wanted.file.file, fault),),
    )


def _added(wanted: CardLora, lora: Lora) -> BackendChoice:
    scale = knob_of(wanted.scale) if wanted.live else wanted.scale
    verb, begins = ("live", "from") if wanted.live else ("merged", "at")
    how = verb if scale == 1.0 else f"{verb} {begins} {scale:g}"
    rejected = ((f"{len(lora.left_out)} of its parts", listed(list(lora.left_out))),) if lora.left_out else ()
    return BackendChoice(component=LORA, chosen=f"{how}, {lora.sentence}", reason="the card says so", rejected=rejected)


def _warnings(wanted: CardLora, lora: Lora) -> list[str]:
    name, told = lora.path.name, []
    if lora.left_out:
        told.append(f"Of {name} what fits plays. Left out is {listed(list(lora.left_out), _NAMED)}.")
    begins = knob_of(wanted.scale)
    if wanted.live and begins != wanted.scale:
        told.append(f"The card plays {name} at {wanted.scale:g}, further than its knob goes: it begins at {begins:g}.")
    return told
