"""A show made again by a generator whose chunks have another length.

A cut begins a chunk of its own, at the picture at which the show was cut; what is left of the chunk before it is not
shown. Everything else acts where the generator's next chunk begins: a chunk is made under what had been decided by its
first picture. It sees every input frame of its length, the newest map among them, and modulation picture by picture.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TypeVar

from engine.generators.base import ChunkKey, ChunkRequest, VideoGenerator
from engine.messages.frame import ControlMap, InputFrame, RgbxImage
from engine.scheduling.commit import Commit
from engine.session.records import ChunkRecord, ControlNote, FrameNote, Outcome, Record

T = TypeVar("T")


class Upcoming:
    """Records one by one, with a view of those that follow. A one-thread object."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = iter(records)
        self._seen: deque[Record] = deque()

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        return self._seen.popleft() if self._seen else next(self._records)

    def following(self) -> Iterator[Record]:
        """Those that have not been taken, without taking them."""
        yield from tuple(self._seen)
        for record in self._records:
            self._seen.append(record)
            yield record


@dataclass(frozen=True, slots=True)
class Span:
    """What one chunk sees.

    Attributes:
        frames: one for each of its pictures, or none at all; control: the newest map.
        begun_ns: when the newest of the show's chunks in it was begun.
        tracks: what moves within it, one value a picture.
    """

    frames: tuple[FrameNote, ...]
    control: ControlNote | None
    begun_ns: int
    tracks: Mapping[str, tuple[float, ...]]


def span_of(record: ChunkRecord, start: int, following: Iterable[Record], count: int) -> Span:
    """Return what a chunk of so many pictures sees that begins at a picture of a record.

    It ends at the next cut, restart or change of generator: the newest frame stands for those that are missing, and a
    value for those behind it. A frame that was not stored is taken for the one before.
    """
    together = [record]
    pictures = len(record.images) - start
    ahead = iter(following)
    while pictures < count and isinstance(one := next(ahead, None), ChunkRecord) and one.epoch == record.epoch:
        if one.outcome is Outcome.MADE:
            together.append(one)
            pictures += len(one.images)
    frames = [note for one in together for note in one.frames[start if one is record else 0 :]]
    controls = [one.control for one in together if one.control is not None and one.control.at is not None]
    values = {name: list(track[start:] or track[-1:]) for name, track in record.tracks.items()}
    for name, found in values.items():
        for one in together[1:]:
            found += one.tracks.get(name) or [found[-1]] * len(one.images)
    return Span(
        _filled(_stored(frames), count),
        controls[-1] if controls else None,
        together[-1].begun_ns,
        {name: _filled(found, count) for name, found in values.items()},
    )


def latest_act(shown: int, made: int) -> int:
    """Return how many pictures later than in the show something can act, where its chunks are made in another length.

    Args:
        shown, made: lengths of chunks, in pictures.
    """
    return made - gcd(shown, made)


class Regrouping:
    """Makes the pictures of a show's chunks with a generator of other chunks. A one-thread object.

    Args:
        frame, control: read what a record names, as the generator is to see it.
    """

    def __init__(self, frame: Callable[[FrameNote], InputFrame], control: Callable[[ControlNote], ControlMap]) -> None:
        self._frame = frame
        self._control = control
        self._left: deque[RgbxImage] = deque()
        self._index = 0

    def begin(self) -> None:
        """Begin anew: the generator's caches were reset, or replaced."""
        self._left.clear()
        self._index = 0

    def pictures(
        self, generator: VideoGenerator, record: ChunkRecord, commit: Commit, upcoming: Upcoming
    ) -> tuple[RgbxImage, ...]:
        """Return the pictures of a chunk of the show.

        Raises:
            GeneratorError: one of the generator's chunks could not be made.
        """
        count = len(record.images)
        while (start := len(self._left)) < count:
            span = span_of(record, start, upcoming.following(), generator.spec.chunk_frames)
            self._left += generator.generate(self._request(record, commit, span), _never).images
            self._index += 1
        return tuple(self._left.popleft() for _ in range(count))

    def _request(self, record: ChunkRecord, commit: Commit, span: Span) -> ChunkRequest:
        seed, _, _ = record.key
        ends = {name: track[-1] for name, track in span.tracks.items()}
        return ChunkRequest(
            key=ChunkKey(seed, record.epoch, self._index) if self._index else ChunkKey(*record.key),
            frames=tuple(self._frame(note) for note in span.frames),
            control=self._control(span.control) if span.control is not None else None,
            now_ns=span.begun_ns,
            period_ns=record.period_ns,
            values={**commit.end_values, **ends},
            prompt=commit.prompt,
            past_bias=commit.past_bias,
            tracks=span.tracks,
            quality=record.quality,
            reference=commit.reference,
        )


def _stored(frames: Sequence[FrameNote]) -> list[FrameNote]:
    """Frames that are there, as many; none where there is none."""
    stored = [note for note in frames if note.at is not None]
    if not stored:
        return []
    found, last = [], stored[0]
    for note in frames:
        last = note if note.at is not None else last
        found.append(last)
    return found


def _filled(found: Sequence[T], count: int) -> tuple[T, ...]:
    """So many, the last as often as is needed; none of none."""
    return (*found[:count], *[found[-1]] * (count - len(found))) if found else ()


def _never() -> bool:
    return False
