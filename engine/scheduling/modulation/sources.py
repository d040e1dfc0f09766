"""Every source of a set as arrays: the signals of a chunk's frames, and what they carry from chunk to chunk."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.audio import FEATURE_IDS
from engine.messages.modulation import (
    ONSETS,
    STEPS,
    AudioFollower,
    Envelope,
    Lfo,
    Pressure,
    Source,
    StepSequence,
    Trigger,
)
from engine.scheduling.modulation.oscillators import ORDER, Oscillators
from engine.scheduling.modulation.shapes import Columns, Floats, stepped

Places = Columns | slice
"""Which columns: a slice where they lie side by side, which is the quick way; see bank_order."""

ONSET_LEVEL: Final = 0.5
"""An onset's feature triggers when it rises to this, and again once it has fallen below."""

NEVER_S: Final = 1e9

AT_ONCE_S: Final = 1e-9
"""A time constant of nothing, that can be divided by."""

MOST_STEPS_KNOWN: Final = 8
"""Lengths of a frame for which time constants are kept as shares; a show has one or two."""

INAUDIBLE: Final = 1e-5
"""A falling level below this is 0: so a control comes to rest, and costs nothing more."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a chunk as sources see them.

    Attributes:
        seconds, beats: float64 [frames], the end of each frame in content time.
        step_s: of one frame.
        sound: its features, float64 [frames, len(FEATURE_IDS)] of 0..1; None while nothing is heard.
        fired: triggers since the last boundary, on the first frame.
        pressure: 0..1.
    """

    seconds: Floats
    beats: Floats
    step_s: float
    sound: Floats | None
    fired: Set[Trigger]
    pressure: float


@dataclass(frozen=True, slots=True)
class SourceState:
    """What sources carry, float64 [n] each: the level; seconds since the last trigger, and the level then; whether
    the onset stands above its threshold. Nobody writes it again."""

    level: Floats
    since_s: Floats
    begun: Floats
    above: npt.NDArray[np.bool_]

    @staticmethod
    def fresh(count: int) -> "SourceState":
        """Of sources that begin now."""
        return SourceState(np.zeros(count), np.full(count, NEVER_S), np.zeros(count), np.zeros(count, np.bool_))

    def taken(self, rows: Sequence[int | None]) -> "SourceState":
        """The state of other sources: each goes on from a row of these, or begins now."""
        places = [place for place, row in enumerate(rows) if row is not None]
        before = [row for row in rows if row is not None]
        found = SourceState.fresh(len(rows))
        if not before:
            return found
        found.level[places] = self.level[before]
        found.since_s[places] = self.since_s[before]
        found.begun[places] = self.begun[before]
        found.above[places] = self.above[before]
        return found


@dataclass(frozen=True, slots=True)
class _Sequences:
    columns: Places
    count: int
    per_beat: Floats
    levels: Floats
    slide: Floats


@dataclass(frozen=True, slots=True)
class _Followers:
    """What goes after something in its own time: features of the sound first, then pressures."""

    columns: Places
    count: int
    tracks: Columns
    threshold: Floats
    width: Floats
    curve: Floats
    bent: bool
    attack_s: Floats
    release_s: Floats


@dataclass(frozen=True, slots=True)
class _Envelopes:
    columns: Places
    count: int
    triggers: tuple[Trigger, ...]
    tracks: Columns
    attack_s: Floats
    held_s: Floats
    release_s: Floats
    over_s: float


def bank_order(source: Source) -> tuple[int, int]:
    """Sources sorted by this lie kind by kind, which SourceBank works out quickest."""
    match source:
        case Lfo(shape=shape):
            return 0, ORDER.index(shape)
        case StepSequence():
            return 1, 0
        case AudioFollower():
            return 2, 0
        case Pressure():
            return 3, 0
        case Envelope():
            return 4, 0


@dataclass(frozen=True, slots=True)
class SourceBank:
    """Sources compiled to arrays.

    Attributes:
        count: how many there are.
        features: those of the sound that are listened to, as places in FEATURE_IDS.
    """

    count: int
    features: Columns
    _oscillators: Oscillators = field(repr=False)
    _oscillating: Places = field(repr=False)
    _sequences: _Sequences = field(repr=False)
    _followers: _Followers = field(repr=False)
    _envelopes: _Envelopes = field(repr=False)
    _heard: tuple[Floats, Floats] = field(repr=False)
    _known: dict[float, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(sources: Sequence[Source], seeds: Sequence[int]) -> "SourceBank":
        """Compile; seeds: of 64 bits, one for each source."""
        steps = [(place, one) for place, one in enumerate(sources) if isinstance(one, StepSequence)]
        follow = [(place, one) for place, one in enumerate(sources) if isinstance(one, AudioFollower)]
        shots = [(place, one) for place, one in enumerate(sources) if isinstance(one, Envelope)]
        press = [(place, one) for place, one in enumerate(sources) if isinstance(one, Pressure)]
        wanted = [one.feature for _, one in follow], [ONSETS.get(one.trigger, "") for _, one in shots]
        heard = tuple(dict.fromkeys(name for names in wanted for name in names if name))
        track = {name: place for place, name in enumerate(heard)} | {"": len(heard)}
        oscillators = Oscillators.of([(i, one) for i, one in enumerate(sources) if isinstance(one, Lfo)], seeds)
        attack = np.array([max(one.attack_s, AT_ONCE_S) for _, one in shots])
        held = attack + np.array([one.hold_s for _, one in shots])
        release = np.array([max(one.release_s, AT_ONCE_S) for _, one in shots])
        curve = np.array([one.curve for _, one in follow])
        threshold = np.array([one.threshold for _, one in follow])
        return SourceBank(
            len(sources),
            _columns([FEATURE_IDS.index(name) for name in heard]),
            oscillators,
            _places(oscillators.places),
            _Sequences(
                _places([i for i, _ in steps]),
                len(steps),
                np.array([1.0 / one.beats for _, one in steps]),
                np.array([one.levels for _, one in steps]).reshape(len(steps), STEPS),
                np.array([one.slide for _, one in steps]),
            ),
            _Followers(
                _places([i for i, _ in (*follow, *press)]),
                len(follow) + len(press),
                _columns([track[name] for name in wanted[0]]),
                threshold,
                1.0 - threshold,
                curve,
                bool((curve != 1.0).any()),
                np.array([*(one.attack_s for _, one in follow), *(one.smoothing_s for _, one in press)]),
                np.array([*(one.release_s for _, one in follow), *(one.smoothing_s for _, one in press)]),
            ),
            _Envelopes(
                _places([i for i, _ in shots]),
                len(shots),
                tuple(one.trigger for _, one in shots),
                _columns([track[name] for name in wanted[1]]),
                attack,
                held,
                release,
                float((held + release).max()) if shots else 0.0,
            ),
            (_marked(len(sources), [i for i, _ in follow], 0.0), np.ones(len(sources))),
        )

    def signals(self, frames: Frames, state: SourceState) -> tuple[Floats, SourceState]:
        """The signals 0..1, float64 [frames, n], and the state after the last frame."""
        found = np.zeros((len(frames.seconds), self.count))
        beats = frames.beats[:, None]
        if self._oscillators.places:
            found[:, self._oscillating] = self._oscillators.levels(frames.seconds[:, None], beats)
        if self._sequences.count:
            part = self._sequences
            found[:, part.columns] = stepped(beats * part.per_beat, part.levels, part.slide)
        return found, self._carry_on(frames, state, found)

    def passed(self, frames: Frames, state: SourceState) -> SourceState:
        """The state after the last frame, as signals() has it, where nobody needs the signals."""
        return self._carry_on(frames, state, np.zeros((len(frames.seconds), self.count)))

    def _carry_on(self, frames: Frames, state: SourceState, found: Floats) -> SourceState:
        """Work out what carries something from frame to frame, into its columns; the state after the last frame."""
        level, since, begun, above = state.level, state.since_s, state.begun, state.above
        if not self._followers.count and not self._envelopes.count:
            return state
        sound = self._sound(frames)
        level = level.copy()
        if self._followers.count:
            columns = self._followers.columns
            found[:, columns] = followed = self._follow(sound, frames, level[columns])
            level[columns] = followed[-1]
        if self._envelopes.count:
            columns = self._envelopes.columns
            since, begun, above = since.copy(), begun.copy(), above.copy()
            carried = level[columns], since[columns], begun[columns], above[columns]
            found[:, columns], ended = self._shoot(sound, frames, *carried)
            level[columns], since[columns], begun[columns], above[columns] = ended
        return SourceState(level, since, begun, above)

    def heard(self, sound: bool) -> Floats:
        """1 for each source that has what it listens to, [n], where there is sound or none; most listen to nothing.

        The same array each time: whoever holds it may ask whether it is still the one.
        """
        return self._heard[sound]

    def _sound(self, frames: Frames) -> Floats:
        """The features, one row per frame, and a last column of silence; what is out of range counts as 0."""
        found = np.zeros((len(frames.seconds), len(self.features) + 1))
        if frames.sound is not None and self.features.size:
            part = frames.sound[:, self.features]
            np.copyto(found[:, :-1], part, where=(part >= 0.0) & (part <= 1.0))
        return found

    def _shares(self, step_s: float) -> tuple[Floats, Floats]:
        """Shares of the way that followers go in one frame, upwards and downwards."""
        if step_s not in self._known:
            if len(self._known) >= MOST_STEPS_KNOWN:
                self._known.clear()
            followers = self._followers
            self._known[step_s] = _approach(followers.attack_s, step_s), _approach(followers.release_s, step_s)
        return self._known[step_s]

    def _follow(self, sound: Floats, frames: Frames, level: Floats) -> Floats:
        part = self._followers
        wanted = np.full((len(sound), part.count), frames.pressure)
        if part.tracks.size:
            above = np.maximum((sound[:, part.tracks] - part.threshold) / part.width, 0.0)
            wanted[:, : part.tracks.size] = above**part.curve if part.bent else above
        if not wanted.any() and not level.any():
            return wanted  # at rest, and nothing calls
        rise, fall = self._shares(frames.step_s)
        found = np.empty_like(wanted)
        rests = wanted <= 0.0
        for frame, goal in enumerate(wanted):
            way = goal - level
            level = level + np.where(way > 0.0, rise, fall) * way
            level[rests[frame] & (level < INAUDIBLE)] = 0.0
            found[frame] = level
        return found

    def _shoot(
        self, sound: Floats, frames: Frames, level: Floats, since: Floats, begun: Floats, above: npt.NDArray[np.bool_]
    ) -> tuple[Floats, tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]]:
        part = self._envelopes
        stands = sound[:, part.tracks] >= ONSET_LEVEL
        fired = stands.copy()
        fired[1:] &= ~stands[:-1]
        fired[0] &= ~above
        if frames.fired:
            fired[0] |= [one in frames.fired for one in part.triggers]
        fires: npt.NDArray[np.bool_] = np.any(fired, axis=1)
        found = np.zeros(stands.shape)
        if not fires.any() and since.min() > part.over_s:
            return found, (found[-1], since, begun, stands[-1])
        count = len(found)
        edges = [0, *(frame for frame in range(1, count) if fires[frame]), count]
        for first, end in pairwise(edges):
            if fires[first]:
                begun = np.where(fired[first], level, begun)
                since = np.where(fired[first], 0.0, since)
            passed = since + frames.step_s * np.arange(1.0, end - first + 1.0)[:, None]
            rise = passed / part.attack_s
            left = np.minimum(np.maximum(1.0 - (passed - part.held_s) / part.release_s, 0.0), 1.0)
            fall = left * left  # quadratic: it hurries at first, and settles
            found[first:end] = np.where(rise < 1.0, begun + (1.0 - begun) * rise, fall)
            level, since = found[end - 1], passed[-1]
        return found, (level, np.minimum(since, NEVER_S), begun, stands[-1])


def _columns(places: Sequence[int]) -> Columns:
    return np.array(places, np.int64)


def _marked(count: int, places: Sequence[int], value: float) -> Floats:
    marked = np.ones(count)
    marked[_columns(places)] = value
    return marked


def _places(places: Sequence[int]) -> Places:
    if places and list(places) == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return _columns(places)


def _approach(constant_s: Floats, step_s: float) -> Floats:
    """Share of the way that a first-order low-pass goes in one frame."""
    shares: Floats = -np.expm1(-step_s / np.maximum(constant_s, AT_ONCE_S))
    return shares
