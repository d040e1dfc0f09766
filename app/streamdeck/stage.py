"""What the decks know of the show, and what a touch asks of it. One thread owns a stage; it keeps no time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.control.morph_pace import USUAL_S, MorphPace
from app.streamdeck.panel import Function
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import (
    ArmBank,
    CancelQueued,
    Command,
    HardCut,
    Launch,
    Origin,
    Panic,
    SetBlackout,
    SetFreeze,
    SetParameter,
    SoftCut,
    StepCues,
    Tap,
)
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    Committed,
    CutQueued,
    Event,
    OutputChanged,
    Stats,
    TempoChanged,
)
from engine.messages.parameters import OUTPUT_LEVEL, ParameterTable

DETENTS: Final = 72
"""Detents of a dial from one end of a parameter to the other: three turns of the maker's 24."""

SETTLE_NS: Final = 400 * NS_PER_MS
"""How long after a turn the values that come back are taken for our own, still on their way."""

KEPT_READY: Final = 16
"""As many scenes as a bank of the window has; turning a page asks for no more than this or the page itself."""

BLINK_BPM: Final = 120.0
"""What is queued blinks so while there is no tempo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the decks play.

    Attributes:
        pads: scene names, the bank in front first, "" for an empty pad.
        knobs: parameters on the dials, the page in front first.
        morph_seconds: how long morphs take.
    """

    pads: tuple[str, ...] = ()
    knobs: tuple[str, ...] = ()
    soft: bool = False
    launch: Launch = Launch.NOW
    morph_seconds: float = USUAL_S


class Stage:
    """The show as far as keys and dials go.

    Attributes:
        scene, queued: what plays, and what waits for its beat.
        morphing: a prompt morph is under way.
    """

    def __init__(self, table: ParameterTable, played: Played) -> None:
        self.table = table
        self.played = played
        self.scene = self.queued = ""
        self.armed: frozenset[str] = frozenset()
        self.freeze = self.blackout = self.morphing = False
        self._kept: tuple[str, ...] = ()
        self._values = table.defaults()
        self._turned_ns: dict[str, int] = {}
        self._tempo: TempoChanged | None = None
        self._morph = MorphPace(played.morph_seconds)

    def play(self, played: Played, table: ParameterTable | None = None) -> None:
        """Other scenes and knobs in front, perhaps other parameters."""
        self.played, self._morph.seconds = played, played.morph_seconds
        if table is not None:
            self.table = table
            self._values = {**table.defaults(), **{one: at for one, at in self._values.items() if one in table}}

    def hear(self, event: Event) -> None:
        """Take in how things stand."""
        match event:
            case Committed():
                self.scene = event.scene
                self.morphing = event.prompt_progress < 1.0
                self._commit(event.targets, event.origins, event.at_ns)
            case CutQueued():
                self.queued = event.scene
            case ArmedChanged():
                self._kept = tuple(one.scene for one in event.scenes)
                self.armed = frozenset(one.scene for one in event.scenes if one.state is ArmState.ARMED)
            case OutputChanged():
                self.freeze, self.blackout = event.freeze, event.blackout
                if OUTPUT_LEVEL in self.table:
                    self._values[OUTPUT_LEVEL] = event.level
            case TempoChanged():
                self._tempo = event
            case Stats():
                self._morph.take(event)
            case _:
                pass

    def _commit(self, targets: Mapping[str, float], origins: Mapping[str, Origin], at_ns: int) -> None:
        for parameter, target in targets.items():
            late = at_ns - self._turned_ns.get(parameter, -SETTLE_NS) < SETTLE_NS
            if parameter in self.table and not (late and origins.get(parameter) in (None, Origin.STREAM_DECK)):
                self._values[parameter] = target

    @property
    def covered(self) -> bool:
        """What is on air does not show what the scene looks like."""
        dim = OUTPUT_LEVEL in self.table and self._values[OUTPUT_LEVEL] < 0.5
        return self.freeze or self.blackout or self.morphing or dim

    # -- what is where ------------------------------------------------------------------------

    def knob(self, dial: int) -> str:
        """The parameter that a dial turns, "" for none."""
        knobs = self.played.knobs
        return knobs[dial] if dial < len(knobs) and knobs[dial] in self.table else ""

    def value(self, parameter: str) -> float:
        """Where a parameter is headed, in its unit."""
        return self._values[parameter]

    def travel(self, parameter: str) -> float:
        """The same as 0..1 of its way."""
        return self.table[parameter].to_travel(self._values[parameter])

    def blink(self, now_ns: int) -> tuple[bool, int | None]:
        """The bright or the dark half of a beat while something is queued, and when it turns."""
        if not self.queued:
            return True, None
        tempo = self._tempo
        bpm = tempo.bpm if tempo is not None and tempo.bpm > 0 else BLINK_BPM
        half_ns = round(30 * NS_PER_SECOND / bpm)
        since_ns = now_ns - (tempo.beat_ns if tempo is not None else 0)
        return since_ns // half_ns % 2 == 0, now_ns + half_ns - since_ns % half_ns

    # -- what a touch asks --------------------------------------------------------------------

    def call(self, scene: str, stamp_ns: int) -> tuple[Command, ...]:
        """A key with a scene was pressed."""
        if not scene:
            return ()
        launch = self.played.launch
        if self.played.soft:
            chunks = self._morph.chunks
            return (SoftCut(scene=scene, chunks=chunks, launch=launch, stamp_ns=stamp_ns, origin=Origin.STREAM_DECK),)
        return (HardCut(scene=scene, launch=launch, stamp_ns=stamp_ns, origin=Origin.STREAM_DECK),)

    def act(self, function: Function, stamp_ns: int) -> tuple[Command, ...]:
        """A key with a function was pressed; pages are the deck's own matter."""
        origin = Origin.STREAM_DECK
        match function:
            case Function.FREEZE:
                self.freeze = not self.freeze
                return (SetFreeze(on=self.freeze, stamp_ns=stamp_ns, origin=origin),)
            case Function.BLACKOUT:
                self.blackout = not self.blackout
                return (SetBlackout(on=self.blackout, stamp_ns=stamp_ns, origin=origin),)
            case Function.PANIC:
                self.freeze = self.blackout = False
                return (Panic(stamp_ns=stamp_ns, origin=origin),)
            case Function.CANCEL:
                return (CancelQueued(stamp_ns=stamp_ns, origin=origin),)
            case Function.CUE:
                return (StepCues(steps=1, stamp_ns=stamp_ns, origin=origin),)
            case Function.TAP:
                return (Tap(stamp_ns=stamp_ns, origin=origin),)
            case Function.PREVIOUS | Function.NEXT:
                return ()

    def turn(self, dial: int, detents: int, stamp_ns: int) -> tuple[Command, ...]:
        """A dial was turned: it goes on from where the value is, so there is nothing to pick up."""
        parameter = self.knob(dial)
        if not parameter or not detents:
            return ()
        spec = self.table[parameter]
        value = spec.from_travel(spec.to_travel(self._values[parameter]) + detents / DETENTS)
        self._values[parameter] = value
        self._turned_ns[parameter] = stamp_ns
        return (SetParameter(parameter=parameter, value=value, stamp_ns=stamp_ns, origin=Origin.STREAM_DECK),)

    def arm(self, page: tuple[str, ...], stamp_ns: int) -> tuple[Command, ...]:
        """A page was turned: its scenes are to be kept ready, and of the others as many as there is room for."""
        front = tuple(scene for scene in page if scene)
        scenes = (*front, *(scene for scene in self._kept if scene not in front))[: max(KEPT_READY, len(front))]
        return (ArmBank(scenes=scenes, stamp_ns=stamp_ns, origin=Origin.STREAM_DECK),)
