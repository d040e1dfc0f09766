"""When each chunk of a session is seen in a film, and where a film that was broken off can go on. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.session.records import ChunkRecord, Outcome, Record


@dataclass(frozen=True, slots=True)
class PlannedChunk:
    """A chunk that the show made.

    Attributes:
        number: of its boundary; start_ns: of its first picture in the film; count, period_ns: of its pictures.
        fresh: nothing before it matters to it: the caches were reset.
    """

    number: int
    start_ns: int
    count: int
    period_ns: int
    fresh: bool

    @property
    def end_ns(self) -> int:
        """Return when its last picture has been seen."""
        return self.start_ns + self.count * self.period_ns


def plan_film(records: Iterable[Record]) -> tuple[PlannedChunk, ...]:
    """Return the chunks of a session as a film shows them, one after the other.

    Where a snapshot was recalled, caches come from an earlier moment: then only the first chunk counts as fresh.
    """
    chunks: list[PlannedChunk] = []
    end_ns, epoch, recalled = 0, -1, False
    for record in records:
        if not isinstance(record, ChunkRecord):
            continue
        recalled |= record.restored is not None
        if record.outcome is not Outcome.MADE:
            continue
        chunk = PlannedChunk(record.number, end_ns, len(record.images), record.period_ns, record.epoch != epoch)
        chunks.append(chunk)
        end_ns, epoch = chunk.end_ns, record.epoch
    if recalled:
        return tuple(
            PlannedChunk(one.number, one.start_ns, one.count, one.period_ns, place == 0)
            for place, one in enumerate(chunks)
        )
    return tuple(chunks)


def place_to_go_on(plan: tuple[PlannedChunk, ...], done_ns: int) -> int:
    """Return the number of the boundary from which to make chunks again, for a film that is done up to an instant."""
    fresh = [chunk.number for chunk in plan if chunk.fresh and chunk.start_ns <= done_ns]
    return fresh[-1] if fresh else 0
