"""Where a playlist, a cue list and the timecode that it chases are."""

from dataclasses import dataclass
from typing import ClassVar

from engine.clock import NS_PER_SECOND
from engine.messages.events import Event
from engine.messages.timecode import Timecode, TimecodeRate, label_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistChanged(Event):
    """Where the prompt playlist is.

    Attributes:
        count: of its prompts, at least one; 0: there is no playlist any more.
        number: of the prompt in its file from 1, 0 before the first; prompt: it, or "".
        next_prompt: the one that a step leads to, "" after the last.
        bookmarks: their names.
        path: of the file, "" where there is none; seed: what the order was drawn from, None: it is the file's.
    """

    standing: ClassVar[bool] = True

    name: str
    number: int
    count: int
    prompt: str
    loop: bool
    shuffled: bool
    bookmarks: tuple[str, ...] = ()
    next_prompt: str = ""
    path: str = ""
    seed: int | None = None


def no_playlist(at_ns: int) -> PlaylistChanged:
    """Return the event that there is none any more."""
    return PlaylistChanged(at_ns=at_ns, name="", number=0, count=0, prompt="", loop=False, shuffled=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CueChanged(Event):
    """Where the cue list is.

    Attributes:
        count: of its cues, at least one; 0: there is no cue list any more.
        number: from 1, 0 before the first; scene: its scene, or "".
        next_scene: the scene of the next cue, "" after the last.
        follow_ns: when the next goes by itself, 0 if it waits to be called.
        path: of the file, "" where there is none.
    """

    standing: ClassVar[bool] = True

    name: str
    number: int
    count: int
    scene: str
    next_scene: str
    follow_ns: int
    note: str = ""
    path: str = ""


def no_cues(at_ns: int) -> CueChanged:
    """Return the event that there is none any more."""
    return CueChanged(at_ns=at_ns, name="", number=0, count=0, scene="", next_scene="", follow_ns=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimecodeChanged(Event):
    """Where an external timecode is, as FollowTimecode said: position_ns at stamp_ns, from there at its speed."""

    standing: ClassVar[bool] = True

    position_ns: int
    stamp_ns: int
    speed: float
    rate: TimecodeRate
    source: str

    def label(self, now_ns: int) -> Timecode:
        """Return the label that is shown now."""
        position_ns = self.position_ns + (now_ns - self.stamp_ns) * self.speed
        return label_of(int(position_ns * self.rate.per_second / NS_PER_SECOND + 0.01), self.rate)
