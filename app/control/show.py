"""The show as every controller sees it: what plays, waits and is ready, the output's switches, the beat. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    Committed,
    CutQueued,
    Event,
    SceneArming,
    TempoChanged,
)
from engine.messages.output_events import OutputChanged
from engine.messages.sinks import RECORDER, SinkPhase

BLINK_BPM: Final = 120.0
"""A queued pad blinks at this tempo while there is none."""

NO_ARMING: Final[Mapping[str, SceneArming]] = MappingProxyType({})


class PadState(Enum):
    """What a pad's scene is doing."""

    EMPTY = "empty"
    LOADED = "loaded"
    ARMED = "armed"
    QUEUED = "queued"
    PLAYING = "playing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowState:
    """The show at one moment.

    Attributes:
        scene: what plays; queued: what waits for its beat, "" for nothing.
        arming: how far the opening of each scene is that is to be kept ready, in the order of the request.
        freeze, blackout, emergency, logo: the output's switches.
        sinks: those that are switched on and work, as they are written.
        recorder: the sink that records or has recorded, "" for none.
        morphing: a prompt morph is under way.
        bpm: 0.0 while there is no tempo; beat_ns: the instant of one beat.
    """

    scene: str = ""
    queued: str = ""
    arming: Mapping[str, SceneArming] = field(default_factory=lambda: NO_ARMING)
    freeze: bool = False
    blackout: bool = False
    emergency: bool = False
    logo: bool = False
    sinks: frozenset[str] = frozenset()
    recorder: str = ""
    morphing: bool = False
    bpm: float = 0.0
    beat_ns: int = 0

    def after(self, event: Event) -> "ShowState":
        """The show after an event of the engine; itself where the event changes nothing of it."""
        match event:
            case Committed():
                return replace(self, scene=event.scene, morphing=event.prompt_progress < 1.0)
            case CutQueued():
                return replace(self, queued=event.scene)
            case ArmedChanged():
                return replace(self, arming=MappingProxyType({one.scene: one for one in event.scenes}))
            case OutputChanged():
                on = frozenset(one.sink for one in event.sinks if one.phase is not SinkPhase.ENDED)
                recorder = next((one.sink for one in event.sinks if one.id == RECORDER), "")
                return replace(
                    self,
                    freeze=event.freeze,
                    blackout=event.blackout,
                    emergency=event.emergency_on,
                    logo=event.logo_on,
                    sinks=on,
                    recorder=recorder,
                )
            case TempoChanged():
                return replace(self, bpm=event.bpm, beat_ns=event.beat_ns)
            case _:
                return self

    @property
    def recording(self) -> bool:
        """What goes out is recorded."""
        return self.recorder in self.sinks

    def pad_state(self, scene: str) -> PadState:
        """What a scene is doing; EMPTY for ""."""
        if not scene:
            return PadState.EMPTY
        if scene == self.queued:
            return PadState.QUEUED
        if scene == self.scene:
            return PadState.PLAYING
        opening = self.arming.get(scene)
        return PadState.ARMED if opening is not None and opening.state is ArmState.ARMED else PadState.LOADED

    def blink(self, now_ns: int) -> tuple[bool, int | None]:
        """Whether it is the bright half of a beat, and when that turns; (True, None) while nothing is queued."""
        if not self.queued:
            return True, None
        half_ns = round(30 * NS_PER_SECOND / (self.bpm if self.bpm > 0 else BLINK_BPM))
        since_ns = now_ns - self.beat_ns
        return since_ns // half_ns % 2 == 0, now_ns + half_ns - since_ns % half_ns
