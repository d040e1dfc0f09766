"""What can be asked of the playlist and of the cue list; timecode, which cues chase."""

from dataclasses import dataclass

from engine.messages.commands import Command
from engine.messages.cue_lists import CueList
from engine.messages.playlists import Playlist
from engine.messages.timecode import TimecodeRate


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlaylist(Command):
    """Read a prompt playlist from a file and use it."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePlaylist(Command):
    """Use a prompt playlist; nothing plays until it is stepped.

    Attributes:
        number: of the prompt where it stands already, by its place in the file from 1; 0: before the first.
        loop, seed: as LoopPlaylist and ShufflePlaylist set them.
    """

    playlist: Playlist
    number: int = 0
    loop: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropPlaylist(Command):
    """Have no prompt playlist; the prompt stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlaylist(Command):
    """Morph to the next prompt (steps 1), the previous one (-1), or further, over a number of boundaries (>= 1)."""

    steps: int = 1
    chunks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToPrompt(Command):
    """Morph to a prompt of the playlist: its number in the file from 1, or a bookmark's name."""

    place: int | str
    chunks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShufflePlaylist(Command):
    """Play on in an order drawn from a seed; None: in the order of the file."""

    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPlaylist(Command):
    """After the last prompt comes the first, or nothing."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCues(Command):
    """Read a cue list from a file and use it."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCues(Command):
    """Use a cue list; nothing plays until it is stepped. number: of the cue where it stands already, 0 for none."""

    cues: CueList
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCues(Command):
    """Have no cue list; the scene stays, and no cue follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCues(Command):
    """Play the next cue (steps 1), the previous one (-1), or one further away."""

    steps: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToCue(Command):
    """Play a cue by its number from 1."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTimecode(Command):
    """Where an external timecode is: a line that holds until the next.

    Attributes:
        position_ns: from 00:00:00:00 to where it is at stamp_ns.
        speed: times real time; 0: it stands, negative: it runs backwards.
        rate: how its frames are counted.
        source: whose it is, such as "MTC" or "LTC"; "" for none any more.
    """

    position_ns: int
    speed: float
    rate: TimecodeRate
    source: str = ""
