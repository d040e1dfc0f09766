"""Port names as each system writes them, and the name a performer would know the device by."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Api(Enum):
    """The systems through which MIDI reaches a program."""

    ALSA = "ALSA"
    JACK = "JACK"
    CORE_MIDI = "Core MIDI"
    WINDOWS_MM = "Windows MM"


CLIENT_NAME: Final = "Hardcut"
"""How this program's own ports begin; they are not controllers."""

_ALSA_NUMBERS = re.compile(r"\s+\d+:\d+$")
_WINDOWS_INDEX = re.compile(r"\s+\d+$")
_NOT_A_CONTROLLER = re.compile(rf"{CLIENT_NAME}\b|Midi Through\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PortAddress:
    """Where a port is found right now.

    Attributes:
        raw: the name the system gives it.
        occurrence: which of the ports named so it is, from 0.
        serial: tells it from one that was there before under this name, where the system lets us know; else 0.
    """

    raw: str
    occurrence: int = 0
    serial: int = 0


def addresses(raw_names: Iterable[str]) -> tuple[PortAddress, ...]:
    """The ports of one listing that may be controllers, in the system's order."""
    counts: dict[str, int] = {}
    found: list[PortAddress] = []
    for raw in raw_names:
        occurrence = counts.get(raw, 0)
        counts[raw] = occurrence + 1
        if not _NOT_A_CONTROLLER.match(raw):
            found.append(PortAddress(raw, occurrence))
    return tuple(found)


def alsa_card(raw: str) -> int | None:
    """The number of the card behind an ALSA port; None for a program's port.

    The sequencer numbers its clients so: 16 of the system, four for each of 28 cards, then programs (Linux, seq.h).
    """
    numbers = _ALSA_NUMBERS.search(raw)
    client = int(numbers[0].partition(":")[0]) if numbers is not None else 0
    return (client - 16) // 4 if 16 <= client < 128 else None


_JACK_TWIN = re.compile(r"-\d\d$")
"""What JACK appends to the name of a client that is taken: many programs have one client for each direction."""


def without_twin(client: str) -> str:
    """A JACK client's name as it was asked for."""
    return _JACK_TWIN.sub("", client)


_ENDS = re.compile(r"\b(in|out|input|output|capture|playback|send|receive)\b|[_\W]", re.IGNORECASE)


def device(raw: str, api: Api) -> str:
    """What an input and an output of one device have in common: their client, or the name but for its direction."""
    client, colon, port = raw.partition(":")
    bridged = client.casefold().startswith(("system", "a2j"))  # one JACK client for all of the machine's devices
    if colon and api in (Api.ALSA, Api.JACK) and not bridged:
        return without_twin(client).casefold()
    words = (port if bridged else normalise(raw, api)).replace("_", " ")
    return _ENDS.sub("", words).casefold()


def normalise(raw: str, api: Api) -> str:
    """The name that stays the same when a device is plugged in again.

    ALSA appends the client's and the port's number, Windows the port's index; ALSA and JACK put the client first,
    which is dropped where it and the port begin alike.
    """
    name = " ".join(unicodedata.normalize("NFC", raw).split())
    if api is Api.ALSA:
        name = _ALSA_NUMBERS.sub("", name)
    elif api is Api.WINDOWS_MM:
        name = _WINDOWS_INDEX.sub("", name)
    if api in (Api.ALSA, Api.JACK):
        client, colon, port = name.partition(":")
        begins_alike = port.casefold().startswith(client.casefold()) or client.casefold().startswith(port.casefold())
        if colon and port and begins_alike:
            name = port
    return name
