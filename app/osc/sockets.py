"""The sockets that OSC listens on: one for each address that the host's name has.

`localhost` is 127.0.0.1 and, on most systems, ::1 as well: who listens on the first alone does not hear those who
send to the other.
"""

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from app.control.allowed import peer_address

ROOM: Final = 1 << 20
"""Bytes of datagrams that may wait while we are busy; the system may give less."""

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Listening:
    """What was opened.

    Attributes:
        sockets: not blocking; closed by whoever has them.
        fault: which addresses could not be had and why, a clause; "" if all could.
    """

    sockets: tuple[socket.socket, ...] = ()
    fault: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """Where it listens, "127.0.0.1:9000", "[::1]:9000"."""
        return tuple(place_text(one.getsockname()) for one in self.sockets)

    @property
    def local(self) -> bool:
        """Nobody from the network can reach it."""
        return all(peer_address(one.getsockname()[0]).is_loopback for one in self.sockets)

    def close(self) -> None:
        """Let all of them go."""
        for one in self.sockets:
            one.close()


NOTHING: Final = Listening()


def place_text(place: tuple[str | int, ...]) -> str:
    """A socket's address as it is written."""
    host, port = place[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


def listen(place: Place, held: Listening = NOTHING) -> Listening:
    """Listen on every address of a host; what cannot be had stands in the fault. Port 0: any free one, alike on all.

    Args:
        held: what was had at the last attempt, and stays open.
    """
    host, port = place
    open_at = {own.getsockname()[0]: own for own in held.sockets}
    if held.sockets:
        port = held.sockets[0].getsockname()[1]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        return Listening(held.sockets, f"{host}: {_why(error)}")
    faults: list[tuple[bool, str]] = []
    for family, _, _, _, address in dict.fromkeys(found):
        if address[0] in open_at:
            continue
        try:
            own = _open(family, (address[0], port, *address[2:]))
        except OSError as error:
            # An address that this machine does not have (IPv6 switched off) is no loss where another one is.
            faults.append((error.errno in _MISSING, f"{place_text((address[0], port))}: {_why(error)}"))
            continue
        open_at[address[0]] = own
        port = own.getsockname()[1]
    told = [words for missing, words in faults if not (missing and open_at)]
    return Listening(tuple(open_at.values()), "; ".join(told))


def _open(family: int, address: tuple[str | int, ...]) -> socket.socket:
    own = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        with suppress(OSError):
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        own.bind(address)
        own.setblocking(False)
    except BaseException:
        own.close()
        raise
    return own


def _why(error: OSError | UnicodeError) -> str:
    return str(getattr(error, "strerror", None) or error)


_MISSING: Final = frozenset(
    number
    for name in ("EADDRNOTAVAIL", "EAFNOSUPPORT", "WSAEADDRNOTAVAIL", "WSAEAFNOSUPPORT")
    if (number := getattr(errno, name, None)) is not None
)
