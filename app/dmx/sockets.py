"""The two sockets of DMX over IPv4, and sACN's multicast where the network is listened to."""

import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from app.dmx.packets import ARTNET_PORT, SACN_PORT

ROOM: Final = 1 << 20
"""Bytes that may wait: a thousand datagrams."""

MAX_JOINED: Final = 20
"""Groups that Linux lets a socket join (net.ipv4.igmp_max_memberships)."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What was opened.

    Attributes:
        art_net, sacn: the sockets; None: not open.
        fault: what could not be opened and why, a clause; "" if all could.
    """

    art_net: socket.socket | None = None
    sacn: socket.socket | None = None
    fault: str = ""

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Those that are open."""
        return tuple(one for one in (self.art_net, self.sacn) if one is not None)

    @property
    def local(self) -> bool:
        """Only this machine reaches them."""
        return all(IPv4Address(one.getsockname()[0]).is_loopback for one in self.sockets)

    @property
    def places(self) -> tuple[str, ...]:
        """What is listened to where, "Art-Net 127.0.0.1:6454"."""
        named = (("Art-Net", self.art_net), ("sACN", self.sacn))
        return tuple("{} {}:{}".format(name, *one.getsockname()) for name, one in named if one is not None)

    def close(self) -> None:
        """Let them go."""
        for one in self.sockets:
            one.close()


NOTHING: Final = Listening()


def multicast_of(universe: int) -> str:
    """The group that sACN sends a universe to (E1.31, table 9-10)."""
    return f"239.255.{universe >> 8}.{universe & 0xFF}"


def listen(
    host: str, universes: Iterable[int], ports: tuple[int, int] = (ARTNET_PORT, SACN_PORT), held: Listening = NOTHING
) -> Listening:
    """Listen for Art-Net and sACN on a host's address; 0.0.0.0: on all of them.

    Args:
        universes: of sACN, whose multicast is joined where the network is listened to.
        ports: of Art-Net and sACN; 0: any free one.
        held: what was had at the last attempt, and stays open.
    """
    art_net, sacn = held.art_net, held.sacn
    faults: list[str] = []
    if art_net is None:
        try:
            art_net = _open(host, ports[0])
        except (OSError, ValueError) as error:
            faults.append(_fault("Art-Net", host, ports[0], error))
    if sacn is None:
        try:
            sacn = _open(host, ports[1], universes)
        except (OSError, ValueError) as error:
            faults.append(_fault("sACN", host, ports[1], error))
    return Listening(art_net, sacn, "; ".join(faults))


def _open(host: str, port: int, universes: Iterable[int] | None = None) -> socket.socket:
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        network = not IPv4Address(socket.gethostbyname(host)).is_loopback
        if universes is not None and network and sys.platform != "win32":
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # all who joined a group hear it
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        own.bind((host, port))
        own.setblocking(False)
        if universes is not None and network:
            _join(own, universes)
    except BaseException:
        own.close()
        raise
    return own


def _fault(name: str, host: str, port: int, error: OSError | ValueError) -> str:
    return f"{name} on {host}:{port}: {getattr(error, 'strerror', None) or error}"


def _join(own: socket.socket, universes: Iterable[int]) -> None:
    interface = socket.inet_aton(own.getsockname()[0])  # 0.0.0.0: the system's choice
    for universe in tuple(universes)[:MAX_JOINED]:
        own.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(multicast_of(universe)) + interface
        )
