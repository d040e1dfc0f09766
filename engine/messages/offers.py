"""What can be chosen while a show is played, and what would come of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorOffer:
    """A generator as it can be chosen while a show is played.

    Attributes:
        name: its id; label: its name for people.
        hindrance: why it cannot run here, a sentence; "" where it can.
        lack: of that, what the machine lacks for it, a sentence at its end; "" where it lacks nothing.
        needs_restart: it has other knobs and scenes than the show is played on.
    """

    name: str
    label: str
    hindrance: str = ""
    needs_restart: bool = False
    lack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOffer:
    """A source that can be chosen now.

    Attributes:
        spec: as it is written; label: what it is, for people, "" where nothing is known but that.
    """

    spec: str
    label: str = ""
