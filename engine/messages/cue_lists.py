"""Cue lists: scenes in the order of a show, each with how it comes and whether the next follows by itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from engine.documents import parse_toml, read_toml
from engine.errors import CueError, SceneError
from engine.files import FileKind
from engine.messages.scenes import SceneLibrary
from engine.messages.timecode import Timecode, TimecodeRate, parse_label
from engine.messages.transitions import LONGEST_SECONDS, Launch, Span, SpanUnit

T = TypeVar("T")

CUE_FILE: Final = FileKind("cue list", CueError)
KEYS: Final = frozenset({"scene", "transition", "duration", "follow", "launch", "note", "time"})
DEFAULT_DURATION: Final = Span(2.0)
NO_OFFSET: Final = Timecode()
UNITS: Final[Mapping[str, SpanUnit]] = {
    "s": SpanUnit.SECONDS,
    "second": SpanUnit.SECONDS,
    "seconds": SpanUnit.SECONDS,
    "beat": SpanUnit.BEATS,
    "beats": SpanUnit.BEATS,
}


class CueKind(Enum):
    """How a cue's scene comes."""

    CUT = "cut"
    SOFT = "soft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One entry.

    Attributes:
        duration: of a soft transition.
        follow: the next cue goes by itself so long after this one began; None: it waits to be called.
        time: where in an external timecode it comes by itself, while that runs; None: it does not.
    """

    scene: str
    kind: CueKind = CueKind.CUT
    duration: Span = DEFAULT_DURATION
    follow: Span | None = None
    launch: Launch = Launch.NOW
    note: str = ""
    time: Timecode | None = None


@dataclass(frozen=True, slots=True)
class CueList:
    """At least one cue; name is the file's, path where it lies, "" where it has none.

    Attributes:
        offset: what is added to an external timecode before cues are looked up; earlier: it is taken off instead.
    """

    name: str
    cues: tuple[Cue, ...]
    offset: Timecode = NO_OFFSET
    earlier: bool = False
    path: str = field(default="", compare=False)

    def offset_ns(self, rate: TimecodeRate) -> int:
        """Return the offset as time."""
        length_ns = self.offset.instant_ns(rate)
        return -length_ns if self.earlier else length_ns


def parse_cues(text: str, name: str, scenes: SceneLibrary) -> CueList:
    """Read a cue list: TOML with one [[cue]] table for each cue; see docs/playing.md.

    Raises:
        CueError: with the number of the cue and what is wrong with it.
    """
    return _cue_list(parse_toml(text, name, CUE_FILE), name, scenes)


def _cue_list(data: Mapping[str, object], name: str, scenes: SceneLibrary) -> CueList:
    entries = data.get("cue")
    if set(data) - {"cue", "offset"} or not isinstance(entries, list) or not entries:
        raise CueError("A cue list consists of [[cue]] tables, and may have an offset", where=name)
    cues = tuple(_cue(entry, scenes, f"{name}, cue {number}") for number, entry in enumerate(entries, 1))
    offset = data.get("offset", "00:00:00:00")
    if not isinstance(offset, str):
        raise CueError("'offset' must be a text", where=name)
    return CueList(name, cues, _label(offset.lstrip("+-"), "offset", name), offset.startswith("-"))


def load_cues(path: Path, scenes: SceneLibrary) -> CueList:
    """Read a cue list file.

    Raises:
        CueError: with the file's name and what is wrong with it.
    """
    return replace(_cue_list(read_toml(path, CUE_FILE), path.name, scenes), path=str(path.absolute()))


def _cue(entry: object, scenes: SceneLibrary, where: str) -> Cue:
    if not isinstance(entry, dict):
        raise CueError("A cue must be a table", where=where)
    unknown = sorted(set(entry) - KEYS)
    if unknown:
        remedy = f"Known keys are {', '.join(sorted(KEYS))}."
        raise CueError(f"The cue has an unknown key {unknown[0]!r}", where=where, remedy=remedy)
    for key, value in entry.items():
        if not isinstance(value, str):
            raise CueError(f"{key!r} must be a text", where=where)
    texts: dict[str, str] = entry
    try:
        scene = scenes[texts.get("scene", "")].name
    except SceneError as error:
        raise CueError(error.what, where=f"{where}: {error.where!r}", remedy=error.remedy) from error
    kinds = {kind.value: kind for kind in CueKind}
    launches = {launch.value: launch for launch in Launch}
    kind = _choice(texts.get("transition", "cut"), kinds, "transition", where)
    if kind is CueKind.CUT and "duration" in texts:
        raise CueError("A cut has no duration", where=where, remedy='Write transition = "soft", or leave it out.')
    return Cue(
        scene=scene,
        kind=kind,
        duration=_span(texts["duration"], "duration", where) if "duration" in texts else DEFAULT_DURATION,
        follow=_span(texts["follow"], "follow", where) if "follow" in texts else None,
        launch=_choice(texts.get("launch", "now"), launches, "launch", where),
        note=texts.get("note", ""),
        time=_label(texts["time"], "time", where) if "time" in texts else None,
    )


def _label(text: str, key: str, where: str) -> Timecode:
    try:
        return parse_label(text)
    except ValueError as error:
        remedy = 'Write hours, minutes, seconds and frames, for example "01:00:10:00".'
        raise CueError(f"{key!r} cannot be {text[:40]!r}", where=where, remedy=remedy) from error


def _choice(text: str, choices: Mapping[str, T], key: str, where: str) -> T:
    if text not in choices:
        raise CueError(f"{key!r} cannot be {text!r}", where=where, remedy=f"Choose {', '.join(choices)}.")
    return choices[text]


def _span(text: str, key: str, where: str) -> Span:
    amount, _, unit = text.strip().partition(" ")
    try:
        number = float(amount)
    except ValueError:
        number = math.nan
    if unit not in UNITS or not 0.0 < number <= LONGEST_SECONDS:
        raise CueError(f"{key!r} cannot be {text!r}", where=where, remedy='Write for example "4 s" or "16 beats".')
    return Span(number, UNITS[unit])
