"""The generators by name. Describing one is cheap; building one may import torch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from engine.errors import GeneratorError
from engine.generators.base import GeneratorSpec, VideoGenerator
from engine.generators.wan.cards import card_names


@dataclass(frozen=True, slots=True)
class GeneratorEntry:
    """A generator that can be chosen.

    Attributes:
        describe: its spec, without importing torch.
        build: a new instance; called on the thread that will own it.
    """

    describe: Callable[[], GeneratorSpec]
    build: Callable[[], VideoGenerator]


def _field() -> GeneratorEntry:
    from engine.generators.field import SPEC, make_field

    return GeneratorEntry(describe=lambda: SPEC, build=make_field)


def _wan(name: str) -> GeneratorEntry:
    from engine.generators.wan import describe_wan, make_wan

    return GeneratorEntry(describe=lambda: describe_wan(name), build=lambda: make_wan(name))


_ENTRIES: dict[str, Callable[[], GeneratorEntry]] = {
    "field": _field,
    **{name: partial(_wan, name) for name in card_names()},
}

DEFAULT_GENERATOR = "field"


def generator_names() -> tuple[str, ...]:
    """Every name that can be chosen, the default first."""
    return tuple(_ENTRIES)


def find_generator(name: str) -> GeneratorEntry:
    """The generator of this name.

    Raises:
        GeneratorError: there is none.
    """
    entry = _ENTRIES.get(name)
    if entry is None:
        raise GeneratorError("There is no such generator", where=name, remedy=f"Known are: {', '.join(_ENTRIES)}.")
    return entry()
