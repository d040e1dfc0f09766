"""Who on the network may speak to a controller's socket: addresses, networks, or anybody. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from app.errors import ControlError

ANYBODY: Final = "any"

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


def peer_address(host: str) -> Address:
    """Return the address that a socket tells, without the scope of an IPv6 one, and IPv4 as such."""
    address = ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who may speak from the network: these networks; one of a single address names a peer."""

    networks: tuple[Network, ...] = ()

    def admits(self, address: Address) -> bool:
        """Whether it may speak."""
        return address.is_loopback or any(address in network for network in self.networks)

    def names(self, address: Address) -> bool:
        """Whether it is on loopback, or named by itself, not by a network around it."""
        return address.is_loopback or any(
            network.num_addresses == 1 and address in network for network in self.networks
        )

    def joined(self, other: "Allowed") -> "Allowed":
        """Return both."""
        return Allowed((*self.networks, *other.networks))

    @property
    def texts(self) -> tuple[str, ...]:
        """Each as it is written, once."""
        return tuple(
            str(one.network_address) if one.num_addresses == 1 else str(one) for one in dict.fromkeys(self.networks)
        )

    def __str__(self) -> str:
        return ", ".join(self.texts)


NOBODY: Final = Allowed()


def parse_allowed(texts: Iterable[str]) -> Allowed:
    """Read addresses (192.168.1.20, fe80::1), networks (192.168.1.0/24) and the word any.

    Raises:
        ControlError: one is none of these.
    """
    networks: list[Network] = []
    for text in texts:
        if text.strip() == ANYBODY:
            networks += [ip_network("0.0.0.0/0"), ip_network("::/0")]
            continue
        try:
            networks.append(ip_network(text.strip(), strict=False))
        except ValueError as error:
            remedy = "Write an address such as 192.168.1.20, a network such as 192.168.1.0/24, or any."
            raise ControlError(f"{text[:60]!r} names nobody on a network", remedy=remedy) from error
    return Allowed(tuple(networks))
