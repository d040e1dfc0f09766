"""Every source of a set as arrays: the signals of a chunk's frames, and what they carry from chunk to chunk."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.audio import FEATURE_IDS
from engine.messages.modulation import (
    MOST_POINTS,
    ONSETS,
    STEPS,
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Pressure,
    Source,
    StepSequence,
    Trigger,
)
from engine.scheduling.modulation.shapes import Floats, Words, oscillator, stepped

Columns = npt.NDArray[np.int64]

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
        found.level[places] = self.level[before]
        found.since_s[places] = self.since_s[before]
        found.begun[places] = self.begun[before]
        found.above[places] = self.above[before]
        return found


@dataclass(frozen=True, slots=True)
class _Oscillators:
    shape: LfoShape
    columns: Columns
    hertz: Floats
    per_beat: Floats
    phase: Floats
    seeds: Words
    points: Floats
    counts: Columns


@dataclass(frozen=True, slots=True)
class _Sequences:
    columns: Columns
    per_beat: Floats
    levels: Floats
    slide: Floats


@dataclass(frozen=True, slots=True)
class _Followers:
    columns: Columns
    tracks: Columns
    threshold: Floats
    curve: Floats
    attack_s: Floats
    release_s: Floats


@dataclass(frozen=True, slots=True)
class _Envelopes:
    columns: Columns
    triggers: tuple[Trigger, ...]
    tracks: Columns
    attack_s: Floats
    hold_s: Floats
    release_s: Floats


@dataclass(frozen=True, slots=True)
class _Pressures:
    columns: Columns
    smoothing_s: Floats


@dataclass(frozen=True, slots=True)
class SourceBank:
    """Sources compiled to arrays.

    Attributes:
        count: how many there are.
        features: those of the sound that are listened to, as places in FEATURE_IDS.
    """

    count: int
    features: Columns
    _oscillators: tuple[_Oscillators, ...] = field(repr=False)
    _sequences: _Sequences = field(repr=False)
    _followers: _Followers = field(repr=False)
    _envelopes: _Envelopes = field(repr=False)
    _pressures: _Pressures = field(repr=False)
    _known: dict[float, tuple[Floats, Floats, Floats]] = field(default_factory=dict, repr=False)

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
        return SourceBank(
            len(sources),
            _columns([FEATURE_IDS.index(name) for name in heard]),
            tuple(
                _oscillators(shape, chosen, seeds)
                for shape in LfoShape
                if (
                    chosen := [(i, one) for i, one in enumerate(sources) if isinstance(one, Lfo) and one.shape is shape]
                )
            ),
            _Sequences(
                _columns([i for i, _ in steps]),
                np.array([1.0 / one.beats for _, one in steps]),
                np.array([one.levels for _, one in steps]).reshape(len(steps), STEPS),
                np.array([one.slide for _, one in steps]),
            ),
            _Followers(
                _columns([i for i, _ in follow]),
                _columns([track[name] for name in wanted[0]]),
                np.array([one.threshold for _, one in follow]),
                np.array([one.curve for _, one in follow]),
                np.array([one.attack_s for _, one in follow]),
                np.array([one.release_s for _, one in follow]),
            ),
            _Envelopes(
                _columns([i for i, _ in shots]),
                tuple(one.trigger for _, one in shots),
                _columns([track[name] for name in wanted[1]]),
                np.array([max(one.attack_s, AT_ONCE_S) for _, one in shots]),
                np.array([one.hold_s for _, one in shots]),
                np.array([max(one.release_s, AT_ONCE_S) for _, one in shots]),
            ),
            _Pressures(_columns([i for i, _ in press]), np.array([one.smoothing_s for _, one in press])),
        )

    def signals(self, frames: Frames, state: SourceState) -> tuple[Floats, SourceState]:
        """The signals 0..1, float64 [frames, n], and the state after the last frame."""
        found = np.zeros((len(frames.seconds), self.count))
        sound = self._sound(frames)
        level, since, begun, above = state.level.copy(), state.since_s.copy(), state.begun.copy(), state.above.copy()
        for one in self._oscillators:
            position = frames.seconds[:, None] * one.hertz + frames.beats[:, None] * one.per_beat + one.phase
            found[:, one.columns] = oscillator(one.shape, position, one.seeds, one.points, one.counts)
        if (columns := self._sequences.columns).size:
            position = frames.beats[:, None] * self._sequences.per_beat
            found[:, columns] = stepped(position, self._sequences.levels, self._sequences.slide)
        if (columns := self._followers.columns).size:
            found[:, columns] = self._follow(sound, frames.step_s, level[columns])
            level[columns] = found[-1, columns]
        if (columns := self._pressures.columns).size:
            wanted = np.full((len(frames.seconds), columns.size), frames.pressure)
            share = self._shares(frames.step_s)[2]
            found[:, columns] = _approached(wanted, level[columns], share, share)
            level[columns] = found[-1, columns]
        if (columns := self._envelopes.columns).size:
            carried = level[columns], since[columns], begun[columns], above[columns]
            found[:, columns], ended = self._shoot(sound, frames, *carried)
            level[columns], since[columns], begun[columns], above[columns] = ended
        return found, SourceState(level, since, begun, above)

    def heard(self, sound: bool) -> npt.NDArray[np.bool_]:
        """Which sources have what they listen to, [n], where there is sound or none; most listen to nothing."""
        there = np.ones(self.count, np.bool_)
        there[self._followers.columns] = sound
        return there

    def _sound(self, frames: Frames) -> Floats:
        """The features, one row per frame, and a last column of silence; what is out of range counts as 0."""
        found = np.zeros((len(frames.seconds), len(self.features) + 1))
        if frames.sound is not None:
            found[:, :-1] = frames.sound[:, self.features]
            found[~((found >= 0.0) & (found <= 1.0))] = 0.0
        return found

    def _shares(self, step_s: float) -> tuple[Floats, Floats, Floats]:
        """Shares of the way in one frame: of followers upwards and downwards, and of pressures."""
        if step_s not in self._known:
            if len(self._known) >= MOST_STEPS_KNOWN:
                self._known.clear()
            followers = self._followers
            self._known[step_s] = (
                _approach(followers.attack_s, step_s),
                _approach(followers.release_s, step_s),
                _approach(self._pressures.smoothing_s, step_s),
            )
        return self._known[step_s]

    def _follow(self, sound: Floats, step_s: float, level: Floats) -> Floats:
        part = self._followers
        above = (sound[:, part.tracks] - part.threshold) / (1.0 - part.threshold)
        wanted = np.maximum(above, 0.0) ** part.curve
        rise, fall, _ = self._shares(step_s)
        return _approached(wanted, level, rise, fall)

    def _shoot(
        self, sound: Floats, frames: Frames, level: Floats, since: Floats, begun: Floats, above: npt.NDArray[np.bool_]
    ) -> tuple[Floats, tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]]:
        part = self._envelopes
        onsets = sound[:, part.tracks]
        by_hand = np.array([one in frames.fired for one in part.triggers])
        found = np.empty_like(onsets)
        held_s = part.attack_s + part.hold_s
        for frame, onset in enumerate(onsets):
            stands = onset >= ONSET_LEVEL
            fired = stands & ~above
            if frame == 0:
                fired |= by_hand
            above = stands
            begun = np.where(fired, level, begun)
            since = np.where(fired, 0.0, since) + frames.step_s
            rise = np.minimum(since / part.attack_s, 1.0)
            left = np.minimum(1.0 - (since - held_s) / part.release_s, 1.0)
            fall = np.maximum(left, 0.0) ** 2  # quadratic: it hurries at first, and settles
            level = np.where(rise < 1.0, begun + (1.0 - begun) * rise, fall)
            found[frame] = level
        return found, (level, np.minimum(since, NEVER_S), begun, above)


def _oscillators(shape: LfoShape, chosen: Sequence[tuple[int, Lfo]], seeds: Sequence[int]) -> _Oscillators:
    points = np.zeros((len(chosen), MOST_POINTS))
    for row, (_, one) in enumerate(chosen):
        points[row, : len(one.points)] = one.points
    return _Oscillators(
        shape,
        _columns([place for place, _ in chosen]),
        np.array([one.hertz or 0.0 for _, one in chosen]),
        np.array([1.0 / one.beats if one.hertz is None else 0.0 for _, one in chosen]),
        np.array([one.phase for _, one in chosen]),
        np.array([seeds[place] for place, _ in chosen], np.uint64),
        points,
        np.array([max(len(one.points), 1) for _, one in chosen]),
    )


def _columns(places: Sequence[int]) -> Columns:
    return np.array(places, np.int64)


def _approach(constant_s: Floats, step_s: float) -> Floats:
    """Share of the way that a first-order low-pass goes in one frame."""
    shares: Floats = -np.expm1(-step_s / np.maximum(constant_s, AT_ONCE_S))
    return shares


def _approached(wanted: Floats, level: Floats, rise: Floats, fall: Floats) -> Floats:
    found = np.empty_like(wanted)
    for frame, goal in enumerate(wanted):
        level = level + np.where(goal > level, rise, fall) * (goal - level)
        level = np.where((goal <= 0.0) & (level < INAUDIBLE), 0.0, level)
        found[frame] = level
    return found
