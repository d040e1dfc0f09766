"""The knobs: eight at a time of the generator's parameters, and the master level."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.models.controllers.api import MidiSnapshot
from app.models.pending import Pending
from app.models.signal import Signal
from engine.messages.commands import Origin
from engine.messages.events import Committed
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterSpec, ParameterTable
from engine.messages.scenes import Scene

KNOBS_PER_PAGE = 8


class Knob:
    """One parameter on the surface.

    Attributes:
        value: where the parameter is now, in its unit.
        home: the value of the scene that plays, which a reset returns to.
        ghost: the hardware's position in 0..1 of its travel, None where it is unknown.
        pickup: the hardware moves nothing until it crosses the value.
        modulated: where modulation has the parameter, in its unit; None where it has it at its value.
        reach: how far down and up modulation may move it, in its travel; None where nothing does.
    """

    def __init__(self, spec: ParameterSpec) -> None:
        self.spec = spec
        self.changed = Signal()
        self.value = spec.default
        self.home = spec.default
        self.ghost: float | None = None
        self.pickup = False
        self.modulated: float | None = None
        self.reach: tuple[float, float] | None = None
        self._target = Pending(spec.default)

    @property
    def target(self) -> float:
        """Where the value is going, or where the hand has just put it."""
        return self._target.shown

    @property
    def empty(self) -> bool:
        """It moves nothing."""
        return False

    @property
    def gliding(self) -> bool:
        """The value has not arrived; differences too small to see do not count."""
        return abs(self.target - self.value) > (self.spec.maximum - self.spec.minimum) * 0.004

    def turn(self, value: float, now_ns: int) -> None:
        """The performer asks for a value."""
        self._target.want(value, now_ns)
        self.changed.emit()

    def commit(self, value: float, target: float, now_ns: int) -> None:
        """The engine reports the value and its target."""
        before = (self.value, self.target)
        self.value = value
        self._target.confirm(target, now_ns)
        if before != (self.value, self.target):
            self.changed.emit()

    def set_home(self, value: float) -> None:
        """Another scene plays, or it holds another value."""
        self.home = value

    def overrule(self) -> None:
        """What was asked for ends with a cut: the scene's value is shown at once."""
        self._target.settle()

    def refuse(self) -> None:
        """The engine refused what was asked for."""
        self._target.settle()
        self.changed.emit()

    def show_reach(self, reach: tuple[float, float] | None) -> None:
        """Other modulators lie on it."""
        if reach != self.reach:
            self.reach = reach
            self.changed.emit()

    def show_modulated(self, value: float | None) -> None:
        """Modulation has it there."""
        if value != self.modulated:
            self.modulated = value
            self.changed.emit()

    def follow(self, ghost: float | None, pickup: bool) -> None:
        """The hardware's position, and whether it is still waiting to be picked up."""
        if (ghost, pickup) != (self.ghost, self.pickup):
            self.ghost, self.pickup = ghost, pickup
            self.changed.emit()


@dataclass(frozen=True, slots=True)
class HandMove:
    """A parameter that a hand on a controller has moved, from one target to another, in its unit."""

    parameter: str
    before: float
    after: float


HANDS: Final = frozenset({Origin.MIDI, Origin.STREAM_DECK})


class KnobBank:
    """Every parameter as a knob, shown in pages of eight; the output's own stand apart."""

    def __init__(self, table: ParameterTable) -> None:
        self.changed = Signal()
        self._watchers: list[Callable[[tuple[HandMove, ...]], None]] = []
        self.knobs: dict[str, Knob] = {}
        self.page = 0
        self.load(table)

    def load(self, table: ParameterTable) -> None:
        """Show another table: the generator was changed."""
        self.knobs = {spec.id: self.knobs.get(spec.id) or Knob(spec) for spec in table.values()}
        for spec in table.values():
            if self.knobs[spec.id].spec != spec:
                self.knobs[spec.id] = Knob(spec)
        self.page = min(self.page, self.pages - 1)
        self.changed.emit()

    @property
    def playable(self) -> tuple[Knob, ...]:
        """The generator's knobs in display order."""
        return tuple(knob for key, knob in self.knobs.items() if key not in OUTPUT_PARAMETERS)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.playable) // KNOBS_PER_PAGE))

    @property
    def shown(self) -> tuple[Knob, ...]:
        """The knobs of the page in front."""
        start = self.page * KNOBS_PER_PAGE
        return self.playable[start : start + KNOBS_PER_PAGE]

    @property
    def in_order(self) -> tuple[str, ...]:
        """The ids of the playable knobs, the page in front first."""
        ids = tuple(knob.spec.id for knob in self.playable)
        start = self.page * KNOBS_PER_PAGE
        return ids[start:] + ids[:start]

    def turn_page(self, page: int) -> None:
        """Bring a page to the front."""
        page = min(max(page, 0), self.pages - 1)
        if page != self.page:
            self.page = page
            self.changed.emit()

    def commit(self, event: Committed, *, opened: bool = False) -> None:
        """Take the values of a chunk boundary; opened: a cut lies in it, from whose values hands moved on."""
        moves = []
        for key, value in event.values.items():
            if key in self.knobs:
                knob = self.knobs[key]
                if event.origins.get(key) is Origin.ENGINE:
                    knob.overrule()
                before = knob.home if opened else knob.target
                knob.commit(value, event.targets.get(key, value), event.at_ns)
                if event.origins.get(key) in HANDS and knob.target != before:
                    moves.append(HandMove(key, before, knob.target))
        for watcher in self._watchers if moves else ():
            watcher(tuple(moves))

    def watch_hands(self, watcher: Callable[[tuple[HandMove, ...]], None]) -> None:
        """Call watcher with the moves that hands on controllers have made, those of one boundary at a time."""
        self._watchers.append(watcher)

    def set_homes(self, scene: Scene | None) -> None:
        """Take the values that the scene that plays is stored with; None: the defaults."""
        stored = scene.parameters if scene is not None else {}
        for key, knob in self.knobs.items():
            knob.set_home(stored.get(key, knob.spec.default))

    def follow(self, midi: MidiSnapshot) -> None:
        """Take the positions of the hardware."""
        ghosts: Mapping[str, float] = midi.ghosts
        for key, knob in self.knobs.items():
            knob.follow(ghosts.get(key), key in midi.waiting)
