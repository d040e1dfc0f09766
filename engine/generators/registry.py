"""The generators by name. Describing one is cheap; building one may import torch."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import GeneratorError
from engine.generators.base import GeneratorSpec, VideoGenerator


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


_ENTRIES: dict[str, Callable[[], GeneratorEntry]] = {"field": _field}

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
