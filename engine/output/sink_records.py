"""Which sinks are wished for, and what they report, as records in shared memory.

Both are JSON of one line behind its length, guarded by a sequence word: they change seldom, and their texts have any
length.
"""

import contextlib
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

from engine.errors import OutputError
from engine.messages.shape import parse_shape
from engine.messages.sinks import SinkPhase, SinkReport
from engine.output.layout import PAGE, SINKS_BYTES, SINKS_OFFSET, WISHES_OFFSET, SharedMemory, Word
from engine.output.settings import MOST_SINKS, SinkSpec

_LENGTH: Final = struct.Struct("<I")
_TEXT_LENGTHS: Final = (400, 200, 60)
"""Of a sentence of a sink, at most: the first at which the record fits."""


@dataclass(frozen=True, slots=True)
class SinkWishes:
    """What the performer wants of the sinks.

    Attributes:
        on: those that are switched on; the first one's figures stand for the output's.
        switched: the sink that was switched on last: it begins anew if it had ended.
        shapes: how the picture lies on displays, as engine.messages.shape writes it, by their sinks.
        stills: how many stills have been asked for so far; still: the path of the newest, or "" for a name by the date.
    """

    on: tuple[SinkSpec, ...] = ()
    switched: str = ""
    stills: int = 0
    still: str = ""
    shapes: Mapping[str, str] = field(default_factory=dict)

    def packed(self) -> bytes:
        """Return it as bytes, as `parse` reads them."""
        on = [str(one) for one in self.on]
        return json.dumps([on, self.switched, self.stills, self.still, dict(self.shapes)]).encode()

    @classmethod
    def parse(cls, packed: bytes) -> "SinkWishes | None":
        """Parse such bytes; None if they are none."""
        with contextlib.suppress(ValueError, TypeError, OutputError):
            on, switched, stills, still, shapes = json.loads(packed)
            specs = tuple(SinkSpec.parse(str(one)) for one in on)
            known = {str(key): str(parse_shape(str(text))) for key, text in dict(shapes).items()}
            return cls(specs, str(switched), int(stills), str(still), known)
        return None


def fits(wishes: SinkWishes) -> bool:
    """Return whether they find room in the memory: paths may be of any length."""
    return len(wishes.packed()) <= PAGE - _LENGTH.size


def joined(ours: SinkWishes, running: SinkWishes | None) -> SinkWishes:
    """Return the sinks of a configuration with those that are switched on in a running output."""
    if running is None:
        return ours
    return replace(running, on=tuple(dict.fromkeys((*ours.on, *running.on)))[:MOST_SINKS])


def write_wishes(memory: SharedMemory, wishes: SinkWishes) -> None:
    """Request sinks (writer, or the host before anyone knows of the memory). They must fit."""
    _write(memory, Word.WISHES_SEQUENCE, WISHES_OFFSET, wishes.packed())


def read_wishes(memory: SharedMemory) -> SinkWishes | None:
    """Read the newest wishes; None before the first, or if their writer died half-way."""
    record = _read(memory, Word.WISHES_SEQUENCE, WISHES_OFFSET, PAGE)
    return SinkWishes.parse(record) if record else None


def write_reports(memory: SharedMemory, reports: tuple[SinkReport, ...]) -> None:
    """Publish what the sinks report (host only)."""
    for length in _TEXT_LENGTHS:
        packed = json.dumps([_plain(one, length) for one in reports]).encode()
        if len(packed) <= SINKS_BYTES - _LENGTH.size:
            _write(memory, Word.SINKS_SEQUENCE, SINKS_OFFSET, packed)
            return


def read_reports(memory: SharedMemory) -> tuple[SinkReport, ...] | None:
    """Read the newest reports; None before the first, or if the host died while writing."""
    record = _read(memory, Word.SINKS_SEQUENCE, SINKS_OFFSET, SINKS_BYTES)
    if not record:
        return None
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return tuple(_report(one) for one in json.loads(record))
    return None


def _plain(report: SinkReport, length: int) -> dict[str, Any]:
    texts = {name: getattr(report, name)[:length] for name in ("sink", "name", "detail", "remark")}
    return {**asdict(report), **texts, "phase": report.phase.value}


def _report(plain: Mapping[str, Any]) -> SinkReport:
    known = {field.name: plain[field.name] for field in fields(SinkReport)}
    return SinkReport(**{**known, "phase": SinkPhase(known["phase"])})


def _write(memory: SharedMemory, sequence: Word, offset: int, packed: bytes) -> None:
    memory.write_guarded(sequence, offset, _LENGTH.pack(len(packed)) + packed)


def _read(memory: SharedMemory, sequence: Word, offset: int, size: int) -> bytes:
    record = memory.read_guarded(sequence, offset, size)
    if record is None:
        return b""
    (length,) = _LENGTH.unpack_from(record)
    return record[_LENGTH.size : _LENGTH.size + length]
