"""What is listened to, as it is written: none, source, or an input's name."""

from dataclasses import dataclass
from typing import Final

from engine.errors import EngineError

NONE: Final = "none"
SOURCE: Final = "source"
"""The sound of the video file or the NDI sender that plays."""

SOUNDING: Final = ("file", "ndi")
"""Kinds of sources that may have sound."""


class AudioError(EngineError):
    """A sound input that cannot be had, described in a sentence."""


@dataclass(frozen=True, slots=True)
class AudioInput:
    """One input that can be listened to.

    Attributes:
        name: as it is chosen; api: the system's, e.g. "ALSA", "JACK Audio Connection Kit".
        channels, rate: as it is opened, rate in samples a second.
        monitor: it is what an output plays.
        index: PortAudio's number of it, good until devices are looked for again.
    """

    name: str
    api: str
    channels: int
    rate: int
    monitor: bool
    index: int


_MONITOR_WORDS: Final = ("monitor", "loopback", "blackhole", "soundflower", "stereo mix", "what u hear")


def is_monitor(name: str) -> bool:
    """Return whether an input is known by its name to carry what an output plays."""
    return any(word in name.casefold() for word in _MONITOR_WORDS)


def choose(text: str, inputs: tuple[AudioInput, ...]) -> AudioInput | None:
    """Return the input of this name, else the first whose name contains the text in any case; None for none."""
    wanted = text.casefold()
    same = [one for one in inputs if one.name.casefold() == wanted]
    return next(iter(same or [one for one in inputs if wanted in one.name.casefold()]), None)
