"""What to say where a model does not fit: what it needs, with how little it would play, and what fits instead."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch

from engine.errors import NotEnoughMemoryError
from engine.generators.wan.card_library import load_cards
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.memory import GIB, MemoryNeed, free_bytes, model_dtype, model_need
from engine.generators.wan.memory_plan import least, plan_memory

_HOST: Final = torch.device("cpu")


def smaller_cards(card: ModelCard, folder: Path, dtype: torch.dtype) -> tuple[ModelCard, ...]:
    """The models that need less than this one and whose files are there: the largest first, and of one size in the
    order of the list, whose windows differ but not what they can.

    Those of random weights are none: their pictures mean nothing.
    """
    limit = model_need(card, dtype).bytes
    needs = [(model_need(one, dtype).bytes, one) for one in load_cards().cards.values() if not one.random_weights]
    fitting = [(need, one) for need, one in needs if need < limit and one.is_playable(folder)]
    return tuple(one for _, one in sorted(fitting, key=lambda pair: pair[1].dims.parameters(), reverse=True))


def with_least(card: ModelCard, need_of: Callable[[ModelCard], MemoryNeed]) -> str:
    """With how little a model would play, for a sentence: "23.5 GiB at least, if it plays without depth"."""
    need, less = least(card, need_of)
    return f"{need.bytes / GIB:.1f} GiB at least{f', if {joined(less)}' if less else ''}"


def joined(told: tuple[str, ...]) -> str:
    """Words for a sentence: "a, b and c"."""
    *before, last = told
    return f"{', '.join(before)} and {last}" if before else last


def require_room(
    card: ModelCard, need: MemoryNeed, free: int, device: torch.device, folder: Path, *hints: str, least_told: str = ""
) -> None:
    """Raises NotEnoughMemoryError: it does not fit; the sentence says what is needed and what to choose instead.

    Args:
        hints: what else would make it fit, each a sentence; least_told: see `with_least`.
    """
    if need.bytes > free:
        told = f", {least_told}," if least_told else ""
        raise no_room(
            f"This model needs {need.bytes / GIB:.1f} GiB on {device} ({need.sentence()}){told} "
            f"and {free / GIB:.1f} GiB are free",
            card,
            device,
            folder,
            free,
            *hints,
        )


def no_room(
    what: str, card: ModelCard, device: torch.device, folder: Path, free: int | None = None, *hints: str
) -> NotEnoughMemoryError:
    """The error that tells what does not fit, and carries what may: of this many bytes, if it is known.

    Args:
        hints: what else would make it fit, each a sentence.
    """
    found = [(one, _need_in(one, free, device)) for one in smaller_cards(card, folder, model_dtype(device))]
    smaller = [(one, need) for one, need in found if need is not None]
    advice = "choose a smaller model"
    if smaller:
        advice = f"choose {' or '.join(f'{one.name} ({need.bytes / GIB:.1f} GiB)' for one, need in smaller)}"
    elif (fetchable := _fetchable(card, folder, free, device)) is not None:
        advice = f"fetch one that fits: hardcut models fetch {fetchable.name}"
    return NotEnoughMemoryError(
        what,
        where=f"{card.name}, {device}",
        remedy=" ".join((*hints, f"Close other programs on the device, or {advice}.")),
        instead=tuple(one.name for one, _ in smaller),
    )


def _need_in(card: ModelCard, free: int | None, device: torch.device) -> MemoryNeed | None:
    """What a model would need in so many bytes, perhaps with less than its card has; None: it does not fit.

    Without fp8, which not every GPU has.
    """
    if free is None or device.type != "cuda":
        need = model_need(card, model_dtype(device))
        return need if free is None or need.bytes <= free else None
    plan = plan_memory(card, free, free_bytes(_HOST), fp8=False)
    return plan.need if plan is not None else None


def _fetchable(card: ModelCard, folder: Path, free: int | None, device: torch.device) -> ModelCard | None:
    """The first of the list that is smaller, would fit, and has files that are not all there."""
    if free is None:
        return None
    limit = card.dims.parameters()
    lacking = (one for one in load_cards().cards.values() if not (one.random_weights or one.is_playable(folder)))
    smaller = (one for one in lacking if one.dims.parameters() < limit)
    return next((one for one in smaller if _need_in(one, free, device) is not None), None)
