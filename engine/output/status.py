"""Status of the output process, and its layout in shared memory."""

import struct
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.output.layout import STATUS_OFFSET, SharedMemory, Word
from engine.output.realtime import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputStatus:
    """The output, as of its last frame. Times are on the shared monotonic clock; counts are since its start.

    Attributes:
        alive: the process runs. If not, the rest is the last that was heard of it.
        ndi_name: the full name receivers see, as read back from the sender.
        sink: the id of where the pictures go; sent, failed: pictures that it took (those that nobody watched
        included), and could not take.
        detail: what is wrong, in sentences. remark: what is worth knowing and no fault, a sentence.
        priority: what the system granted for meeting deadlines.
        freeze_fades, blackout_fades: it comes or goes, and is there in part.
        emergency: the picture of engine.output.emergency is shown.
        queued: frames in the ring not yet shown.
        next_deadline_ns: when the next output frame is due; lead_ns: how much earlier it is taken from the ring.
        ticks: output frames decided. lagged: deadlines missed, or replaced because sending took too long.
        shown, repeated, held, skipped, discarded: see engine.output.playout.Playout.
        between, blended: see engine.output.interpolation.interpolator.Interpolator.
        added_ns: by how much later than without interpolation frames are shown now, at most.
        sent: frames that the sink took; those that nobody watched count, those that it refused do not.
        output_fps: frames that the sink took per second, over the last second.
        deadline_error_p99_ns: |start of the send call - deadline|, over the last 30 s.
        latency_p50_ns, latency_p95_ns: capture to deadline of the frames shown in the last 5 s.
        shown_epoch: epoch of the frame shown last, -1 before the first; shown_chunk: its chunk.
        epoch_first_shown_ns: the deadline at which that epoch's first frame went out.
        first_frame_ns: the deadline of the first frame ever shown, 0 before it.
        convert_ns, send_ns: medians over the last 5 s.
        softened: frames that the strobe guard changed.
    """

    alive: bool = True
    ndi_name: str = ""
    sink: str = ""
    detail: str = ""
    remark: str = ""
    priority: Priority = Priority.UNKNOWN
    width: int = 0
    height: int = 0
    fps_numerator: int = 0
    fps_denominator: int = 1
    connections: int = 0
    tally: bool = False
    sent: int = 0
    failed: int = 0
    freeze: bool = False
    blackout: bool = False
    freeze_fades: bool = False
    blackout_fades: bool = False
    level: float = 1.0
    emergency: bool = False
    queued: int = 0
    next_deadline_ns: int = 0
    lead_ns: int = 0
    ticks: int = 0
    lagged: int = 0
    shown: int = 0
    repeated: int = 0
    held: int = 0
    skipped: int = 0
    discarded: int = 0
    output_fps: float = 0.0
    deadline_error_p99_ns: int = 0
    latency_p50_ns: int = 0
    latency_p95_ns: int = 0
    shown_epoch: int = -1
    epoch_first_shown_ns: int = 0
    shown_chunk: int = -1
    first_frame_ns: int = 0
    convert_ns: int = 0
    send_ns: int = 0
    between: int = 0
    blended: int = 0
    added_ns: int = 0
    softened: int = 0

    @property
    def period_ns(self) -> int:
        """Return the distance of two output frames; 0 before the first status."""
        return NS_PER_SECOND * self.fps_denominator // self.fps_numerator if self.fps_numerator else 0


_TEXT_BYTES = 320
_CODES: dict[Any, str] = {int: "q", bool: "?", float: "d", str: f"{_TEXT_BYTES}s", Priority: f"{_TEXT_BYTES}s"}
_NAMES = tuple(field.name for field in fields(OutputStatus))
_values = attrgetter(*_NAMES)
_RECORD = struct.Struct("<" + "".join(_CODES[field.type] for field in fields(OutputStatus)))


def write_status(memory: SharedMemory, status: OutputStatus) -> None:
    """Publish a status (host only)."""
    plain = (value.value if isinstance(value, Priority) else value for value in _values(status))
    values = (value.encode()[:_TEXT_BYTES] if isinstance(value, str) else value for value in plain)
    memory.write_guarded(Word.STATUS_SEQUENCE, STATUS_OFFSET, _RECORD.pack(*values))


def read_status(memory: SharedMemory) -> OutputStatus | None:
    """Read the newest status; None if the host died while writing it."""
    record = memory.read_guarded(Word.STATUS_SEQUENCE, STATUS_OFFSET, _RECORD.size)
    if record is None:
        return None
    values: list[Any] = [
        value.rstrip(b"\0").decode(errors="ignore") if isinstance(value, bytes) else value
        for value in _RECORD.unpack(record)
    ]
    named: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
    return OutputStatus(**{**named, "priority": _priority(named["priority"])})


def peek_status(ring: Path) -> OutputStatus | None:
    """Read the status of an output of this machine from its ring, without becoming its writer; None if that fails."""
    try:
        memory = SharedMemory.attach(ring)
    except OutputError:
        return None
    try:
        return read_status(memory)
    finally:
        memory.close()


def _priority(text: str) -> Priority:
    known = {one.value: one for one in Priority}
    return known.get(text, Priority.UNKNOWN)


def as_ended(status: OutputStatus) -> OutputStatus:
    """Return the status marked as that of an ended output."""
    return replace(status, alive=False, connections=0, tally=False, output_fps=0.0)
