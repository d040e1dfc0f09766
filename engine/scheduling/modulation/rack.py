"""The modulators in force: how they come, go and add up to values per frame."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.modulation import Trigger
from engine.messages.parameters import ParameterTable
from engine.scheduling.modulation.arrangement import Arranger, Entry
from engine.scheduling.modulation.beat_clock import BeatClock
from engine.scheduling.modulation.patch import Patch, Routes
from engine.scheduling.modulation.shapes import Floats
from engine.scheduling.modulation.sources import Frames, SourceState, bank_order
from engine.scheduling.tempo import Tempo

FADE_NS: Final = 200 * NS_PER_MS
"""Modulators come and go over this: too short to wait for, too long to be seen as a jump."""

DEPTH_NS: Final = 50 * NS_PER_MS
"""What a turned depth takes: it hides the steps of a hand."""


@dataclass(frozen=True, slots=True)
class Span:
    """The chunk that follows a boundary.

    Attributes:
        now_ns: the wall instant at which it will be seen, for beats.
        content_ns: video generated so far; frames, step_ns: how many follow, and the length of each.
        opens: it opens an epoch.
        sound: what is heard, for each of the frames.
        fired, pressure: see Frames.
    """

    now_ns: int
    content_ns: int
    frames: int
    step_ns: int
    tempo: Tempo
    opens: bool = False
    sound: FeatureTrack = NO_SOUND
    fired: Set[Trigger] = frozenset()
    pressure: float = 0.0

    @property
    def instants(self) -> range:
        """The end of each frame in content time."""
        return range(self.content_ns + self.step_ns, self.content_ns + (self.frames + 1) * self.step_ns, self.step_ns)


@dataclass(frozen=True, slots=True)
class Moved:
    """What modulation does in a chunk.

    Attributes:
        tracks: one value per frame for each parameter that it moves, in its unit.
        shifts: by macro that it moves, where it is at the end of the chunk against its base, in travel.
    """

    tracks: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shifts: Mapping[str, float] = field(default_factory=dict)


STILL: Final = Moved()


@dataclass(frozen=True, slots=True)
class _State:
    """At a moment of content time, one row per entry: the depth reached, the time left to the one asked for, and how
    far what the source listens to is there, 0..1."""

    sources: SourceState
    depth: Floats
    left_s: Floats
    presence: Floats
    beat: BeatClock = BeatClock()  # noqa: RUF009 - frozen


_Base = Callable[[str, Sequence[int]], Sequence[float]]


class Rack:
    """Plays a patch. One thread owns it; it is told the time.

    Args:
        seed: of what is random in it.
    """

    def __init__(self, table: ParameterTable, seed: int) -> None:
        self._arranger = Arranger(table, seed)
        self._routes: Routes = {}
        self._entries: tuple[Entry, ...] = ()
        self._leaving = False
        self._goals = np.zeros(0)
        self._state = _State(SourceState.fresh(0), np.zeros(0), np.zeros(0), np.zeros(0))
        self._content_ns = 0
        self._next: _State | None = None
        self._arranged = self._arranger.arrange(self._entries, self._routes)

    def prepare(self, patch: Patch) -> None:
        """Arrange a patch now that will be played later."""
        self._arranger.arrange(self._arranger.entries(patch), patch.routes)

    def begin(self, content_ns: int) -> None:
        """Begin a boundary: what was played has been generated if content time has gone on, else it never was."""
        if self._next is not None and content_ns != self._content_ns:
            self._state, self._content_ns = self._next, content_ns
            if self._leaving and not self._state.depth.all():
                self._forget_silent()
        elif self._next is None:
            self._content_ns = content_ns
        self._next = None

    def use(self, patch: Patch, fade_ns: int = FADE_NS, *, opens: bool = False) -> None:
        """Play another patch from here on: what is new fades in, what is gone fades out.

        Args:
            opens: an epoch opens here: what is gone is forgotten at once, as by cut().
        """
        before = {one.seat: row for row, one in enumerate(self._entries) if not one.leaving}
        entries, rows = self._arranger.entries(patch), []
        for entry in entries:
            row = before.get(entry.seat)
            rows.append(row if row is not None and self._entries[row].goes_on_as(entry) else None)
        gone = [] if opens else [row for row in range(len(self._entries)) if row not in rows and self._state.depth[row]]
        if gone:
            pairs = list(zip(entries, rows, strict=True))
            for row in gone:
                one = self._entries[row]
                pairs.append((one if one.leaving else replace(one, leaving=True), row))
            pairs.sort(key=lambda pair: bank_order(pair[0].modulator.source))  # stable
            entries, rows = tuple(entry for entry, _ in pairs), [row for _, row in pairs]
        goals = np.array([0.0 if one.leaving or not patch.on else one.modulator.depth for one in entries])
        self._take(entries, rows, goals, fade_ns / NS_PER_SECOND)
        self._routes = patch.routes
        self._arranged = self._arranger.arrange(self._entries, self._routes)

    def cut(self) -> None:
        """Forget what fades out: an epoch opens."""
        self._keep([row for row, entry in enumerate(self._entries) if not entry.leaving])

    def play(self, span: Span, base: _Base) -> Moved:
        """What modulation does in the chunk that follows.

        Args:
            base: a parameter's values at instants of content time, before modulation.
        """
        state = self._state
        step_s = span.step_ns / NS_PER_SECOND
        begin, end = state.beat.span(span.tempo, span.now_ns, span.frames * span.step_ns)
        beat = BeatClock(end)
        if not self._entries:
            self._next = replace(state, beat=beat)
            return STILL
        counted: Floats = np.arange(1.0, span.frames + 1.0)
        frames = Frames(
            np.array(span.instants) / NS_PER_SECOND,
            begin + counted * ((end - begin) / span.frames),
            step_s,
            _heard(span.sound, span.frames),
            span.fired,
            span.pressure,
        )
        bank = self._arranged.bank
        there = bank.heard(bool(span.sound))
        if span.opens:
            sources = bank.passed(frames, state.sources)
            silent = np.zeros(len(self._entries))
            fade = np.full(len(self._entries), FADE_NS / NS_PER_SECOND)
            self._next = _State(sources, silent, fade, there, beat)
            return STILL
        signals, sources = bank.signals(frames, state.sources)
        passed = counted[:, None] * step_s
        amount = self._arranged.shaped(signals)
        depth, left_s = self._depths(state, passed)
        amount *= depth
        presence = state.presence
        if presence is not there:
            turn = np.where(there > 0.0, passed, -passed) * (NS_PER_SECOND / FADE_NS)
            rising = np.minimum(np.maximum(presence + turn, 0.0), 1.0)
            amount *= rising
            presence = there if (rising[-1] == there).all() else rising[-1]
        elif not span.sound:
            amount *= presence
        self._next = _State(sources, depth[-1], left_s, presence, beat)
        return self._moved(amount, span, base)

    def _depths(self, state: _State, passed_s: Floats) -> tuple[Floats, Floats]:
        """The depths at the end of each frame, and the time left behind the last."""
        if not state.left_s.any():
            return self._goals[None, :], state.left_s
        arrived = passed_s >= state.left_s
        way = passed_s / np.maximum(state.left_s, 1e-9)
        depth = np.where(arrived, self._goals, state.depth + (self._goals - state.depth) * way)
        return depth, np.maximum(state.left_s - passed_s[-1], 0.0)

    def _moved(self, amount: Floats, span: Span, base: _Base) -> Moved:
        arranged = self._arranged
        shift = amount @ arranged.matrix
        moving = shift.any(axis=0)
        names = arranged.moves
        low, high, width, square = arranged.low, arranged.high, arranged.width, arranged.square
        if not moving.all():
            columns = np.flatnonzero(moving)
            if not columns.size:
                return STILL
            names = tuple(names[column] for column in columns)
            shift, low, high = shift[:, columns], low[columns], high[columns]
            width, square = width[columns], square[columns]
        instants = span.instants
        values = np.array([base(name, instants) for name in names]).T
        here = np.minimum(np.maximum((values - low) / width, 0.0), 1.0)
        if arranged.bent:
            here = np.where(square, np.sqrt(here), here)
        there = np.minimum(np.maximum(here + shift, 0.0), 1.0)
        # Added to the base, not put in its place: where nothing is added, nothing is rounded.
        added = there - here
        if arranged.bent:
            added = np.where(square, there * there - here * here, added)
        tracks = np.minimum(np.maximum(values + added * width, low), high).T.tolist()
        last = amount[-1]
        shifts = {name: float(last[rows].sum()) for name, rows in arranged.macros.items()}
        return Moved(dict(zip(names, map(tuple, tracks), strict=True)), shifts)

    def _take(self, entries: tuple[Entry, ...], rows: Sequence[int | None], goals: Floats, fade_s: float) -> None:
        """Other entries: each goes on from a row of those before, or begins at nothing."""
        state, count = self._state, len(entries)
        depth, left_s, presence = np.zeros(count), np.full(count, fade_s), np.zeros(count)
        for place, row in enumerate(rows):
            if row is None:
                continue
            depth[place], left_s[place] = state.depth[row], state.left_s[row]
            presence[place] = state.presence[row]
            if goals[place] != self._goals[row]:
                turned = goals[place] != 0.0 and self._goals[row] != 0.0 and fade_s <= FADE_NS / NS_PER_SECOND
                left_s[place] = max(left_s[place], DEPTH_NS / NS_PER_SECOND) if turned else fade_s
        self._state = replace(state, sources=state.sources.taken(rows), depth=depth, left_s=left_s, presence=presence)
        self._entries, self._goals = entries, goals
        self._leaving = any(one.leaving for one in entries)

    def _forget_silent(self) -> None:
        self._keep([row for row, one in enumerate(self._entries) if not one.leaving or self._state.depth[row] != 0.0])

    def _keep(self, rows: Sequence[int]) -> None:
        if len(rows) < len(self._entries):
            self._take(tuple(self._entries[row] for row in rows), rows, self._goals[list(rows)], 0.0)
            self._arranged = self._arranger.arrange(self._entries, self._routes)


def _heard(sound: FeatureTrack, frames: int) -> Floats | None:
    """The features, float64 [frames, features]; the last frame stands for those beyond the end."""
    if not sound:
        return None
    rows = sound.rows[:frames]
    return np.array((*rows, *(rows[-1:] * (frames - len(rows)))))
