"""What is known of each sink of the output. Pure data."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

RECORDER: Final = "record"
"""The recorder's id: what stands before the colon."""

DISPLAY: Final = "display"
"""The id of displays."""

STILL: Final = "still"
"""How stills are named among the sinks."""


class SinkPhase(Enum):
    """What a sink that is switched on is doing."""

    OPENING = "opening"
    ON = "on"
    FAILED = "failed"
    """It cannot take pictures now; it is tried again."""
    ENDED = "ended"
    """It takes none any more, until it is switched off and on again: a full disk, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkReport:
    """One sink that is switched on.

    Attributes:
        sink: as it is written: "ndi", "display:1", "record".
        name: of what it feeds, as people find it there: a source's full name, a display's, a file's path; "" while it
            has none.
        detail: what is wrong, a sentence, or "". remark: what is worth knowing and no fault, or "".
        connections: receivers connected now; tally: it is on air in one of them.
        sent: pictures that it took, or would have if anyone watched.
        dropped: pictures let go because it was late; failed: pictures that it could not take.
        recorded_ns: how much show lies in its file; bytes_written: how large that is.
        free_bytes: room left where it writes; -1 where it writes nothing.
    """

    sink: str
    phase: SinkPhase = SinkPhase.OPENING
    name: str = ""
    detail: str = ""
    remark: str = ""
    connections: int = 0
    tally: bool = False
    sent: int = 0
    dropped: int = 0
    failed: int = 0
    recorded_ns: int = 0
    bytes_written: int = 0
    free_bytes: int = -1

    @property
    def id(self) -> str:
        """Return which kind of sink it is: what stands before the colon."""
        return self.sink.partition(":")[0]


def without_counts(reports: tuple[SinkReport, ...]) -> tuple[SinkReport, ...]:
    """Return the reports without what changes with every frame."""
    return tuple(
        replace(one, sent=0, recorded_ns=0, bytes_written=0, free_bytes=min(one.free_bytes, 0)) for one in reports
    )
