"""What the user has set about clocks: which outputs follow ours, and what Ableton Link is to us. Kept as clock.toml."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from app.control.toml_sections import Section


class LinkMode(Enum):
    """What we do in an Ableton Link session."""

    OFF = "off"  # nothing is sent or heard on the network
    FOLLOW = "follow"  # its tempo is ours
    JOIN = "join"  # and ours is its: taps and tempos set here go to all


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """How tempo comes and goes.

    Attributes:
        send_to: texts that name the MIDI outputs that the clock is sent to, see ports_named.
    """

    send_to: tuple[str, ...] = ()
    link: LinkMode = LinkMode.OFF


def ports_named(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """The ports that a text names: the one that is called so, else every one whose name contains it in any case."""
    wanted = text.casefold()
    every = tuple(names)
    return tuple(name for name in every if name.casefold() == wanted) or tuple(
        name for name in every if wanted in name.casefold()
    )


def is_named(name: str, texts: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of the texts names a port, among all that there are."""
    every = tuple(names)
    return any(name in ports_named(text, every) for text in texts)


def with_port(settings: ClockSettings, name: str, send: bool, names: Iterable[str]) -> ClockSettings:
    """The settings under which one output is sent the clock or not, and every other stays as it was.

    Args:
        names: of all the outputs that there are.
    """
    every = tuple(dict.fromkeys((*names, name)))
    if send:
        added = () if is_named(name, settings.send_to, every) else (name,)
        return replace(settings, send_to=(*settings.send_to, *added))
    kept: list[str] = []
    for text in settings.send_to:
        ports = ports_named(text, every)
        kept += [port for port in ports if port != name] if name in ports else [text]
    return replace(settings, send_to=tuple(dict.fromkeys(kept)))


def parse_clock(document: Mapping[str, object], where: str) -> ClockSettings:
    """The settings from their TOML document; ControlError with file and key."""
    top = Section(document, where, "")
    top.only("send_to", "link")
    return ClockSettings(top.texts("send_to"), top.one_of("link", LinkMode) or LinkMode.OFF)


def clock_document(settings: ClockSettings) -> dict[str, object]:
    """The settings as TOML."""
    return {"send_to": list(settings.send_to), "link": settings.link.value}
