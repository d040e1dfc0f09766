"""The records of a session file: JSON Lines, a header first, then one record per chunk boundary.

A recorded boundary holds what was given to the scheduler, so that the same scheduler can be driven again, and
what came of it, so that a difference is located. A later format gets a new number; a reader refuses what it does
not know.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from engine.documents import plain_json
from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import Command
from engine.messages.events import BackendChoice
from engine.messages.picture_format import PictureFormat
from engine.messages.prompt import PromptBlend
from engine.messages.scenes import Scene
from engine.session.errors import SessionError
from engine.session.plain import from_plain, to_plain

FORMAT = 3
"""Of what is written: 2 holds what is heard, the steps of quality and modulation with each chunk, 3 the format of the
pictures."""

READ_FORMATS = (1, 2, FORMAT)
MARK = "hardcut session"

NO_INPUTS = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Header: how a show began.

    Attributes:
        version: of the program; libraries: of what computes.
        model: fingerprints of the generator's code and of its weights, see `opening.model_of`.
        parameters: per id (minimum, maximum, default).
        scenes: as they were; their files may be edited later.
        picture: the format that the show begins in; what follows it stands in each BeganRecord.
        rate: of the output, a fraction of frames per second; a chunk's own period stands in its record.
        inputs: NO_INPUTS, or how they are stored in the file beside this one.
        began: the wall time, ISO 8601; began_ns: the same on the monotonic clock.
        settings: the command line's, for people.
    """

    format: int = FORMAT
    version: str
    libraries: Mapping[str, str]
    machine: str
    generator: str
    model: str
    chunk_frames: int
    parameters: Mapping[str, tuple[float, float, float]]
    scenes: tuple[Scene, ...]
    scene: str
    first_epoch: int
    seed: int
    rate: str
    inputs: str
    began: str
    began_ns: int
    settings: Mapping[str, str] = field(default_factory=dict)
    picture: PictureFormat = PictureFormat.SQUARE


@dataclass(frozen=True, slots=True)
class FrameNote:
    """An input frame that a chunk used.

    Attributes:
        crc: of all its bytes; None: its pixels were let go unread (the disk was too slow).
        at: where it lies in the file of inputs; None: it is not stored.
    """

    id: int
    capture_ns: int
    serial: int
    crc: int | None
    at: int | None


@dataclass(frozen=True, slots=True)
class ControlNote:
    """The control map that a chunk used; crc covers depth, flow and drawing."""

    frame_id: int
    capture_ns: int
    ready_ns: int
    crc: int | None
    at: int | None


class Outcome(Enum):
    """Outcome of generating a chunk."""

    MADE = "made"
    ABANDONED = "abandoned"  # for a cut, at a safe point: the caches are as before
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRecord:
    """One boundary and its chunk.

    Attributes:
        number: counts boundaries, from 0.
        commands, now_ns, content_ns, chunk_ns, sound, chunk_frames: what the scheduler was given; chunk_frames is 0
        where it is the header's.
        version, epoch, scene: what it committed; values: those that differ from the record before;
        prompt: the blend, where it differs; tracks: what modulation made of the chunk's values, frame by frame.
        key: seed, epoch, index; begun_ns, period_ns: the rest of the request.
        images: the checksum of each (empty where there are none; None where it was not taken).
        restored: the snapshot slot whose caches were put back in place of a reset.
        quality: the steps of quality that the chunk was made with; for an opening made ahead those of that time.
    """

    number: int
    commands: tuple[Command, ...]
    now_ns: int
    content_ns: int
    chunk_ns: int
    version: int
    epoch: int
    scene: str
    values: Mapping[str, float]
    prompt: PromptBlend | None
    key: tuple[int, int, int]
    begun_ns: int
    period_ns: int
    frames: tuple[FrameNote, ...]
    control: ControlNote | None
    outcome: Outcome
    images: tuple[int | None, ...]
    restored: int | None = None
    quality: tuple[str, ...] = ()
    sound: FeatureTrack = NO_SOUND
    chunk_frames: int = 0
    tracks: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeganRecord:
    """A generator is ready: how it computes here. Stands right behind the header, and again after a restart.

    Attributes:
        generator: by name: the header's, or one that plays in its place; picture: the format that it plays in.
    """

    backends: tuple[BackendChoice, ...]
    generator: str = ""
    picture: PictureFormat = PictureFormat.SQUARE


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartRecord:
    """The generator was built anew and lost its caches, in a new epoch."""

    reason: str
    now_ns: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecord:
    """The show ended as it should; a file without one was cut short."""

    boundaries: int
    unread: int


Record = ChunkRecord | BeganRecord | RestartRecord | EndRecord

_KINDS: dict[str, type[ChunkRecord] | type[BeganRecord] | type[RestartRecord] | type[EndRecord]] = {
    "chunk": ChunkRecord,
    "began": BeganRecord,
    "restart": RestartRecord,
    "end": EndRecord,
}
_NAMES: Mapping[type, str] = {kind: name for name, kind in _KINDS.items()}


def write_header(header: Header) -> bytes:
    """Return the header's line."""
    return _line({"kind": MARK, **to_plain(header)})


def read_header(line: bytes, where: str) -> Header:
    """Return the header in the first line.

    Raises:
        SessionError: it is none, or of a format that this program does not know.
    """
    try:
        data = plain_json(line)
    except ValueError:
        data = None
    if not isinstance(data, dict) or data.pop("kind", None) != MARK:
        raise SessionError("This is not a session", where=where, remedy="Name a file that --session has recorded.")
    if data.get("format") not in READ_FORMATS:
        raise SessionError(
            f"The session has format {data.get('format')!r}, recorded by Hardcut {data.get('version', '?')}",
            where=where,
            remedy=f"This program reads formats up to {FORMAT}; use that version of Hardcut.",
        )
    try:
        return from_plain(Header, data)
    except ValueError as error:
        raise SessionError(f"The session's header is damaged: {error}", where=where) from error


def write_record(record: Record) -> bytes:
    """Return a record's line."""
    return _line({_NAMES[type(record)]: to_plain(record)})


def read_record(line: bytes) -> Record:
    """Return the record in a line.

    Raises:
        ValueError: it is damaged.
    """
    data = plain_json(line)
    if not isinstance(data, dict) or len(data) != 1:
        raise ValueError("a record has one key")
    ((name, body),) = data.items()
    kind = _KINDS.get(name)
    if kind is None:
        raise ValueError(f"there is no record {name!r}")
    return from_plain(kind, body)


def _line(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode() + b"\n"
