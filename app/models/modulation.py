"""What modulates which knob, where it has it, and the sources that a hand can choose at once."""

from dataclasses import dataclass, replace
from typing import Final

from app.models.knobs import KnobBank
from app.models.macros import FULL, MacroBank
from app.models.modulator_settings import BEATS, FEATURES, SHAPES, TRIGGERS
from app.models.signal import Signal
from engine.messages.modulation import (
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Modulation,
    Modulator,
    Polarity,
    Pressure,
    StepSequence,
    Trigger,
)
from engine.messages.modulation_events import ModulationChanged, ModulationMoved

_PULSE: Final = (0.0, *((1.0 - step / 15) ** 2 for step in range(15)))
"""Up on the beat and down again: a pulse without a sound."""

STARTS: Final[dict[str, Modulator]] = {
    "Kick": Modulator(source=AudioFollower(feature="kick", release_s=0.2), depth=0.3),
    "Snare": Modulator(source=AudioFollower(feature="snare", release_s=0.2), depth=0.3),
    "Hats": Modulator(source=AudioFollower(feature="hat", release_s=0.1), depth=0.2),
    "Bass": Modulator(source=AudioFollower(feature="band.1", attack_s=0.02, release_s=0.3), depth=0.3),
    "Loudness": Modulator(source=AudioFollower(feature="level", attack_s=0.1, release_s=0.6), depth=0.3),
    "Change": Modulator(source=AudioFollower(feature="flux", release_s=0.3), depth=0.3),
    "Beat": Modulator(source=Lfo(shape=LfoShape.DRAWN, points=_PULSE, beats=1.0), depth=0.3),
    "Bar": Modulator(source=Lfo(beats=4.0), depth=0.2, polarity=Polarity.BOTH),
    "Slow": Modulator(source=Lfo(beats=16.0), depth=0.25, polarity=Polarity.BOTH),
    "Random": Modulator(source=Lfo(shape=LfoShape.SMOOTH, beats=2.0), depth=0.25, polarity=Polarity.BOTH),
    "Jumps": Modulator(source=Lfo(shape=LfoShape.HOLD, beats=1.0), depth=0.25, polarity=Polarity.BOTH),
    "Steps": Modulator(
        source=StepSequence(levels=(1.0, 0.0, 0.4, 0.0, 0.8, 0.0, 0.4, 0.2) * 2, beats=0.5, slide=0.3), depth=0.3
    ),
    "Pads": Modulator(source=Envelope(trigger=Trigger.PAD, attack_s=0.05, release_s=2.0), depth=0.3),
    "Notes": Modulator(source=Envelope(trigger=Trigger.NOTE, release_s=0.6), depth=0.3),
    "Pressure": Modulator(source=Pressure(), depth=0.4),
}
"""What a hand can choose, by its label: each moves at once, by a depth that is seen."""


@dataclass(frozen=True, slots=True)
class Held:
    """A modulator on a knob: where it stands, from 1, and whether it stays whatever scene plays."""

    target: str
    place: int
    everywhere: bool
    modulator: Modulator


class ModulationModel:
    """Observes the engine; the knobs show what it finds.

    Attributes:
        on: anything is modulated at all.
        stays: new modulators stay whatever scene plays.
    """

    def __init__(self, knobs: KnobBank, macros: MacroBank) -> None:
        self.changed = Signal()
        self.on = True
        self.stays = False
        self._knobs = knobs
        self._macros = macros
        self._scene: Modulation = {}
        self._everywhere: Modulation = {}
        self._moved = ModulationMoved(at_ns=0, values={})
        knobs.changed.connect(self._show)
        macros.changed.connect(self._show)

    def take(self, event: ModulationChanged | ModulationMoved) -> None:
        """Take an event of the engine."""
        if isinstance(event, ModulationMoved):
            self._moved = event
            self._show_moved()
            return
        self.on, self._scene, self._everywhere = event.on, event.scene, event.everywhere
        self._show()
        self.changed.emit()

    def set_stays(self, stays: bool) -> None:
        """New modulators are for every scene, or for the one that plays."""
        if stays != self.stays:
            self.stays = stays
            self.changed.emit()

    def of(self, target: str) -> tuple[Held, ...]:
        """The modulators of a parameter or a macro."""
        return tuple(
            Held(target, place, everywhere, modulator)
            for everywhere, there in ((False, self._scene), (True, self._everywhere))
            for place, modulator in enumerate(there.get(target, ()), 1)
        )

    def free_place(self, target: str, everywhere: bool) -> int:
        """The first free place of a target."""
        return sum(held.everywhere is everywhere for held in self.of(target)) + 1

    def reach(self, target: str) -> tuple[float, float] | None:
        """How far down and up modulation may move a knob, in its travel; None where nothing does."""
        held = [one.modulator for one in self.of(target)]
        if not held or not self.on:
            return None
        low = sum(-abs(one.depth) if one.polarity is Polarity.BOTH else min(one.depth, 0.0) for one in held)
        high = sum(abs(one.depth) if one.polarity is Polarity.BOTH else max(one.depth, 0.0) for one in held)
        return low, high

    def _show(self) -> None:
        for knob in (*self._knobs.knobs.values(), *self._macros.knobs):
            knob.show_reach(self.reach(knob.spec.id))
        self._show_moved()

    def _show_moved(self) -> None:
        values, shifts = self._moved.values, self._moved.shifts
        for key, knob in self._knobs.knobs.items():
            knob.show_modulated(values.get(key))
        for macro in self._macros.knobs:
            shift = shifts.get(macro.spec.id)
            macro.show_modulated(None if shift is None else min(max(macro.value + FULL * shift, 0.0), FULL))


def label_of(modulator: Modulator) -> str:
    """A modulator in a word or two."""
    for label, start in STARTS.items():
        if replace(modulator, depth=start.depth, polarity=start.polarity) == start:
            return label
    match modulator.source:
        case Lfo(shape=shape, hertz=hertz, beats=beats):
            return f"{SHAPES[shape]}, {hertz:g} Hz" if hertz is not None else f"{SHAPES[shape]}, {_beats(beats)}"
        case AudioFollower(feature=feature):
            return FEATURES[feature]
        case StepSequence():
            return "Steps"
        case Envelope(trigger=trigger):
            return f"{TRIGGERS[trigger]}, up and down"
        case Pressure():
            return "Pressure"


def _beats(beats: float) -> str:
    """A length in beats or bars."""
    return BEATS.get(beats, f"{beats:g} beats")
