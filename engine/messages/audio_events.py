"""What is heard: the sound input, its beat, a timecode in it."""

from dataclasses import dataclass
from typing import ClassVar

from engine.messages.audio import AudioState
from engine.messages.events import Event
from engine.messages.timecode import TimecodeReading


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioChanged(Event):
    """The state of the sound input; name: as it was chosen."""

    standing: ClassVar[bool] = True

    name: str
    state: AudioState
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioBeat(Event):
    """A beat that was heard, or that none is heard any more (bpm 0.0).

    Attributes:
        beat_ns: the beat's instant; bar_ns: that of a bar's first beat; each with its confidence, 0..1.
    """

    bpm: float = 0.0
    beat_ns: int = 0
    bar_ns: int = 0
    confidence: float = 0.0
    bar_confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimecodeHeard(Event):
    """A sound holds a timecode (LTC): where it was; name: of the sound, as it was chosen."""

    name: str
    reading: TimecodeReading
