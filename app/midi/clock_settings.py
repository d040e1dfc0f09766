"""What the user has set about clocks: which outputs follow ours, and what Ableton Link is to us. Kept as clock.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from app.midi.sections import Section


class LinkMode(Enum):
    """What we do in an Ableton Link session."""

    OFF = "off"  # nothing is sent or heard on the network
    FOLLOW = "follow"  # its tempo is ours
    JOIN = "join"  # and ours is its: taps and tempos set here go to all


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """How tempo comes and goes.

    Attributes:
        send_to: parts of the names of the MIDI outputs that the clock is sent to.
    """

    send_to: tuple[str, ...] = ()
    link: LinkMode = LinkMode.OFF


def parse_clock(document: Mapping[str, object], where: str) -> ClockSettings:
    """The settings from their TOML document; MidiError with file and key."""
    top = Section(document, where, "")
    top.only("send_to", "link")
    return ClockSettings(top.texts("send_to"), top.one_of("link", LinkMode) or LinkMode.OFF)


def clock_document(settings: ClockSettings) -> dict[str, object]:
    """The settings as TOML."""
    return {"send_to": list(settings.send_to), "link": settings.link.value}
