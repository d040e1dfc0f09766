"""The generators by name. Describing one is cheap; building one may import torch.

Built in are the field and one for each model card. Other packages add theirs with entry points of the group
`hardcut.generators`.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from typing import Final

from engine.errors import EngineError, GeneratorError, PluginError
from engine.folders import models_folder
from engine.generators.base import GeneratorSpec, VideoGenerator
from engine.generators.ranks import Ranks
from engine.generators.scenes import factory_folder
from engine.generators.wan.card_library import load_cards
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.gpu_lack import gpu_lack
from engine.messages.picture_format import PictureFormat
from engine.model_files import amount, gates
from engine.registry import Entry, Registry, guarded, runs_anywhere

DEFAULT_GENERATOR: Final = "field"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorEntry(Entry):
    """A generator that can be chosen.

    Attributes:
        describe: its spec, whose name is the id, without importing what it computes with.
        build: a new instance that makes square pictures; called on the thread that will own it.
        build_in: the same for pictures of a format; None: it makes square ones alone.
        in_chunks: itself for chunks of that many frames, as a session may have them; None: it makes its own alone.
        lack: what of its hindrance is the machine's, the sentence at its end; "": nothing.
        share: the same as build_in, with `ranks=`: the processes that share its work; None: it is made by one alone.
    """

    describe: Callable[[], GeneratorSpec]
    build: Callable[[], VideoGenerator]
    build_in: Callable[[PictureFormat], VideoGenerator] | None = None
    in_chunks: "Callable[[int], GeneratorEntry] | None" = None
    share: Callable[..., VideoGenerator] | None = None
    lack: Callable[[], str] = runs_anywhere


def _field() -> GeneratorEntry:
    from engine.generators.field import SPEC

    return _field_in(SPEC.chunk_frames)


def _field_in(chunk_frames: int) -> GeneratorEntry:
    from engine.generators.field import SPEC, make_field

    spec = replace(SPEC, chunk_frames=chunk_frames)
    return GeneratorEntry(
        id=spec.name,
        label=spec.label,
        describe=lambda: spec,
        build=partial(make_field, chunk_frames=chunk_frames),
        build_in=lambda picture_format: make_field(picture_format=picture_format, chunk_frames=chunk_frames),
        in_chunks=_field_in,
    )


def _wan(card: ModelCard) -> GeneratorEntry:
    from engine.generators.wan import describe_wan, make_wan

    return GeneratorEntry(
        id=card.name,
        label=card.label,
        needs="weights to be fetched, and a GPU" if card.files else "",
        hindrance=partial(_wan_hindrance, card),
        lack=partial(gpu_lack, card.dims),
        describe=partial(describe_wan, card.name),
        build=partial(make_wan, card.name),
        build_in=partial(make_wan, card.name),
        share=partial(make_wan, card.name),
    )


def _wan_hindrance(card: ModelCard) -> str:
    folder = models_folder()
    missing, broken = card.missing(folder), card.broken(folder)
    if set(missing) & set(card.needed):
        wanted = (*missing, *broken)
        size = f"{told[:1].upper()}{told[1:]}. " if (told := amount(wanted)) else ""
        verb = "is" if len(missing) == 1 else "are"
        gone = f"{len(missing)} of its {len(card.files)} files {verb} not there: hardcut models fetch {card.name}."
        return _joined(gone, f"{size}Licence: {card.licences}.", gates(wanted), gpu_lack(card.dims))
    if set(broken) & set(card.needed):
        more = f", and {len(broken) - 1} more of its files are damaged" if len(broken) > 1 else ""
        told = f"{broken[0].file} {broken[0].fault(folder)}{more}"
        again = f"{told}. Fetch again: hardcut models fetch {card.name}."
        return _joined(again, gates(broken), gpu_lack(card.dims))
    if card.text is not None and importlib.util.find_spec("transformers") is None:
        return "Its text encoder needs the extra wan: pip install 'hardcut[wan]'."
    return gpu_lack(card.dims)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _built_in() -> Mapping[str, Callable[[], GeneratorEntry]]:
    cards = {name: partial(_wan, card) for name, card in load_cards().cards.items()}
    return {DEFAULT_GENERATOR: _field, **{name: make for name, make in cards.items() if name != DEFAULT_GENERATOR}}


def _check(entry: GeneratorEntry) -> None:
    spec = entry.describe()
    if spec.name != entry.id:
        raise PluginError(f"Its spec is named {spec.name}", where=entry.id)
    if spec.chunk_frames < 1:
        raise PluginError(f"A chunk cannot have {spec.chunk_frames} frames", where=entry.id)
    if not spec.package:
        raise PluginError("Its spec names no package that makes the pictures", where=entry.id)
    resources.files(spec.package)
    factory_folder(spec)


GENERATORS: Final = Registry(GeneratorEntry, "hardcut.generators", _built_in, check=_check)


def lack_of(entry: GeneratorEntry) -> str:
    """Return what the machine lacks for a generator, a sentence; "" where it lacks nothing, or cannot tell."""
    try:
        return guarded(entry.lack, entry, PluginError)
    except EngineError:  # the hindrance tells
        return ""


def generator_names() -> tuple[str, ...]:
    """Every name that can be chosen, the default first."""
    return GENERATORS.ids()


def find_generator(name: str) -> GeneratorEntry:
    """The generator of this name.

    Raises:
        GeneratorError: there is none.
    """
    entry = GENERATORS.find(name)
    if entry is None:
        raise GeneratorError(
            "There is no such generator", where=name, remedy=f"Known are: {', '.join(GENERATORS.ids())}."
        )
    return entry


def in_chunks(entry: GeneratorEntry, chunk_frames: int) -> GeneratorEntry:
    """The same generator for chunks of that many frames; itself where it makes no others than its own."""
    if entry.in_chunks is None or entry.describe().chunk_frames == chunk_frames:
        return entry
    return entry.in_chunks(chunk_frames)


def shared_by(entry: GeneratorEntry, ranks: Ranks) -> GeneratorEntry:
    """The same generator, built for as many processes as there may be, one after another that may share weights."""
    if entry.share is None:
        return entry
    share = partial(entry.share, ranks=ranks)
    return replace(entry, build=share, build_in=share)


def build_generator(entry: GeneratorEntry, picture_format: PictureFormat = PictureFormat.SQUARE) -> VideoGenerator:
    """A new instance for pictures of a format.

    Raises:
        GeneratorError: it cannot be made here, or makes none of that format.
    """
    check_format(entry, picture_format)
    build_in = entry.build_in
    build = entry.build if build_in is None else partial(build_in, picture_format)
    return guarded(build, entry, GeneratorError)


def check_format(entry: GeneratorEntry, picture_format: PictureFormat) -> None:
    """Refuse a generator that makes no pictures of a format.

    Raises:
        GeneratorError: it makes square ones alone.
    """
    if entry.build_in is None and picture_format is not PictureFormat.SQUARE:
        raise GeneratorError(
            "This generator makes square pictures alone",
            where=entry.id,
            remedy="Choose the format square, or another generator.",
        )


def card_faults() -> tuple[EngineError, ...]:
    """The model cards that are left out, and why."""
    library = load_cards()
    if (path := library.own.get(DEFAULT_GENERATOR)) is None:
        return library.faults
    taken = GeneratorError("A model card cannot take the name of a built-in generator", where=str(path))
    return (*library.faults, taken)
