"""The auto-pilot: when it acts next, and on what. A choice is a function of its seed and of how many came before."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.messages.audio import FeatureTrack
from engine.messages.autopilot import AutoPilot, AutoPilotTime, AutoPilotWay
from engine.messages.events import AutoPilotChanged
from engine.messages.transitions import Launch
from engine.scheduling.sections import SectionEar
from engine.scheduling.tempo import BEATS_PER_BAR, Tempo

LEAD_BARS: Final = 1
"""Its cut waits among the queued ones for so long: long enough to be seen, to be cancelled, and to be armed."""

PATIENCE: Final = 8
"""Without another section it acts after so many times its bars all the same."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where it goes.

    Attributes:
        name: a scene, or a prompt of the playlist; prompt: its number from 1, 0 for a scene.
        soft: it morphs there.
        due_ns: the downbeat on which it does.
    """

    name: str
    prompt: int
    soft: bool
    due_ns: int


@dataclass(frozen=True, slots=True)
class Flight:
    """The auto-pilot at a boundary.

    Attributes:
        begun_ns: the downbeat from which bars are counted.
        visited: where it went, the latest last.
        count: choices so far.
        next: where it goes next; None while that is not known.
        handed: that has been handed over to be played.
    """

    plan: AutoPilot
    begun_ns: int
    visited: tuple[str, ...] = ()
    count: int = 0
    next: Destination | None = None
    handed: bool = False
    ear: SectionEar = SectionEar()  # noqa: RUF009 - frozen

    def listened(self, sound: FeatureTrack, length_ns: int) -> "Flight":
        """After a chunk of sound."""
        if self.plan.time is not AutoPilotTime.SECTIONS:
            return self
        return replace(self, ear=self.ear.after(sound, length_ns))

    def planned(self, now_ns: int, tempo: Tempo, places: Mapping[str, float], playing: str) -> "Flight":
        """With the next destination chosen, where it can be.

        Args:
            places: what there is to go to, with weights, in order; playing: which of it plays.
        """
        flight = self
        if flight.handed and flight.next is not None and now_ns >= flight.next.due_ns:
            flight = replace(flight, begun_ns=flight.next.due_ns, next=None, handed=False)
        if flight.next is not None:
            moved_ns = tempo.nearest_ns(flight.next.due_ns, Launch.BAR)
            return replace(flight, next=replace(flight.next, due_ns=moved_ns))
        due_ns = _due_ns(flight, now_ns, tempo)
        name = _chosen(flight, places, playing)
        if due_ns is None or not name:
            return flight
        soft = flight.plan.way is AutoPilotWay.MORPH or (
            flight.plan.way is AutoPilotWay.EITHER and _drawn(flight, "way") < 0.5
        )
        number = list(places).index(name) + 1 if flight.plan.prompts else 0
        kept = min(len(places) // 2, 8)
        before = flight.visited if flight.visited[-1:] == (playing,) else (*flight.visited, playing)
        visited = (*before, name)[-kept:] if kept else ()
        there = Destination(name, number, soft or flight.plan.prompts, due_ns)
        return replace(flight, next=there, visited=visited, count=flight.count + 1)

    def restarted(self, now_ns: int, tempo: Tempo) -> "Flight":
        """After a cut by hand: bars are counted anew from there."""
        return replace(self, begun_ns=tempo.next_ns(now_ns, Launch.BAR), next=None, handed=False)

    def is_due(self, now_ns: int, tempo: Tempo) -> bool:
        """Whether the next destination is to be handed over now."""
        if self.next is None or self.handed:
            return False
        lead_ns = 0 if self.next.prompt else LEAD_BARS * BEATS_PER_BAR * tempo.beat_period_ns
        return now_ns >= self.next.due_ns - lead_ns

    def handed_over(self) -> "Flight":
        """After the next destination was handed over."""
        return replace(self, handed=True)

    def event(self, at_ns: int, tempo: Tempo) -> AutoPilotChanged:
        """What there is to show."""
        there = self.next
        return AutoPilotChanged(
            at_ns=at_ns,
            plan=self.plan,
            next_name=there.name if there is not None else "",
            due_ns=there.due_ns if there is not None else 0,
            bar_ns=BEATS_PER_BAR * tempo.beat_period_ns,
        )


def places_of(plan: AutoPilot, there: Callable[[str], bool], prompts: Sequence[str]) -> dict[str, float]:
    """What a plan can go to, with weights; the same scene twice weighs twice."""
    if plan.prompts:
        return dict.fromkeys(prompts, 1.0)
    found: dict[str, float] = {}
    for name, weight in plan.scenes:
        if there(name):
            found[name] = found.get(name, 0.0) + weight
    return found


def _due_ns(flight: Flight, now_ns: int, tempo: Tempo) -> int | None:
    """The downbeat on which it acts next; None while it waits for another section."""
    bar_ns = BEATS_PER_BAR * tempo.beat_period_ns
    earliest_ns = flight.begun_ns + flight.plan.bars * bar_ns
    if flight.plan.time is AutoPilotTime.BARS:
        return max(tempo.nearest_ns(earliest_ns, Launch.BAR), tempo.next_ns(now_ns, Launch.BAR))
    patient = now_ns >= flight.begun_ns + PATIENCE * flight.plan.bars * bar_ns
    return tempo.next_ns(max(now_ns, earliest_ns), Launch.BAR) if flight.ear.new or patient else None


def _chosen(flight: Flight, places: Mapping[str, float], playing: str) -> str:
    """A place drawn by weight from those that were not visited lately."""
    fresh = {name: weight for name, weight in places.items() if name != playing and name not in flight.visited}
    left = fresh or {name: weight for name, weight in places.items() if name != playing}
    if not left:
        return ""
    point = _drawn(flight, "where") * sum(left.values())
    for name, weight in left.items():
        point -= weight
        if point < 0.0:
            return name
    return next(reversed(left))


def _drawn(flight: Flight, what: str) -> float:
    digest = hashlib.blake2b(f"{flight.plan.seed}/{flight.count}/{what}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64
