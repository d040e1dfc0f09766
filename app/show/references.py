"""What a show refers to and does not hold: files, sources, models, displays; what of it is missing here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

from app.show.document import Show
from engine.documents import is_missing
from engine.errors import EngineError
from engine.folders import models_folder
from engine.generators.registry import DEFAULT_GENERATOR
from engine.generators.wan.card_library import load_cards
from engine.messages.emergency import EmergencyKind, parse_emergency
from engine.messages.sinks import DISPLAY, RECORDER
from engine.output.settings import NDI_SINK, NULL_SINK, SinkSpec
from engine.preprocess.learned.cards import FOLDER_PREFIX, depth_cards
from engine.preprocess.registry import DEFAULT_DEPTH, SECOND_SOURCE

_FILE: Final = "file:"
_STAGE: Final = "stage"
_PLAIN: Final = frozenset({NDI_SINK.id, NULL_SINK.id, RECORDER})
"""Sinks that every machine has."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that a show refers to.

    Attributes:
        put: the show with another path in its place, "" for none.
        remedy: what to do where it is missing, "" where whatever opens the show tells of it.
        stays: the path stays in the show where it is missing.
    """

    kind: str
    path: str
    put: Callable[[Show, str], Show]
    remedy: str = ""
    stays: bool = False


def refers(show: Show) -> Iterator[str]:
    """What the show needs besides the program and what is in its file, as "kind: name"."""
    for file in _files(show):
        yield f"{file.kind}: {file.path}"
    kind, _, address = show.playing.source.partition(":")
    if kind not in (_STAGE, "file"):
        yield f"{kind}: {address}"
    depth = show.playing.depth
    second = depth.removeprefix(SECOND_SOURCE)
    if second != depth:
        if not second.startswith((_FILE, _STAGE)):
            yield f"second source: {second}"
    elif depth.startswith(FOLDER_PREFIX) or depth in depth_cards()[0]:
        yield f"depth model: {depth.removeprefix(FOLDER_PREFIX)}"
    if show.playing.generator != DEFAULT_GENERATOR:
        yield f"model: {show.playing.generator}"
        card = load_cards().cards.get(show.playing.generator)
        for lora in card.loras if card is not None else ():
            yield f"LoRA: {lora.file.path}"
    for sink in map(SinkSpec.parse, show.sent.sinks):
        if sink.id == DISPLAY:
            yield f"display: {sink.address or 'the second'}"
        elif sink.id not in _PLAIN:
            yield f"output: {sink}"


def located(show: Show, beside: Path) -> tuple[Show, tuple[str, ...]]:
    """A show whose files are found beside its own where they are not in their places, and what is missing, told.

    One sentence at most for each. What is missing is left out of the show, but for the clip.
    """
    told = list[str]()
    for file in _files(show):
        if not is_missing(Path(file.path).expanduser()):
            continue
        name = PurePath(file.path.replace("\\", "/")).name
        near = beside / name
        if name not in ("", "..") and not is_missing(near):
            show = file.put(show, str(near))
        elif file.remedy:
            told.append(f"The {file.kind} {name} is not here: put it beside the show, or {file.remedy}.")
            show = show if file.stays else file.put(show, "")
    card = depth_cards()[0].get(show.playing.depth)
    if card is not None and card.missing(models_folder()):
        told.append(f"The depth model {card.name} is not here: get it by hardcut models fetch {card.name}.")
        show = _with_depth(show, DEFAULT_DEPTH)
    return show, tuple(told)


def _files(show: Show) -> Iterator[_File]:
    playing, sent = show.playing, show.sent
    if playing.source.startswith(_FILE):
        path = playing.source.removeprefix(_FILE)
        yield _File("clip", path, _with_clip, "choose another source", stays=True)
    second = f"{SECOND_SOURCE}{_FILE}"
    if playing.depth.startswith(second):
        yield _File("second source", playing.depth.removeprefix(second), _with_second, "choose another map")
    if playing.reference:
        yield _File("picture to begin with", playing.reference, _with_reference, "choose another")
    if sent.logo:
        yield _File("logo", sent.logo, _with_logo, "choose another")
    emergency = _clip_of(sent.emergency)
    if emergency:
        yield _File("emergency clip", emergency, _with_emergency, "choose another")
    if show.playlist.path:
        yield _File("playlist", show.playlist.path, _with_playlist)
    if show.cues.path:
        yield _File("cue list", show.cues.path, _with_cues)


def _clip_of(emergency: str) -> str:
    try:
        found = parse_emergency(emergency) if emergency else None
    except EngineError:
        return ""
    return found.file if found is not None and found.kind is EmergencyKind.LOOP else ""


def _with_clip(show: Show, path: str) -> Show:
    return replace(show, playing=replace(show.playing, source=f"{_FILE}{path}" if path else _STAGE))


def _with_depth(show: Show, depth: str) -> Show:
    return replace(show, playing=replace(show.playing, depth=depth))


def _with_second(show: Show, path: str) -> Show:
    return _with_depth(show, f"{SECOND_SOURCE}{_FILE}{path}" if path else DEFAULT_DEPTH)


def _with_reference(show: Show, path: str) -> Show:
    return replace(show, playing=replace(show.playing, reference=path))


def _with_logo(show: Show, path: str) -> Show:
    return replace(show, sent=replace(show.sent, logo=path, logo_on=show.sent.logo_on and bool(path)))


def _with_emergency(show: Show, path: str) -> Show:
    return replace(show, sent=replace(show.sent, emergency=f"{EmergencyKind.LOOP.value}:{path}" if path else ""))


def _with_playlist(show: Show, path: str) -> Show:
    return replace(show, playlist=replace(show.playlist, path=path))


def _with_cues(show: Show, path: str) -> Show:
    return replace(show, cues=replace(show.cues, path=path))
