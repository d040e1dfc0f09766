"""Who may speak, how much, and how much may be said to them. Pure; the time is given to it.

A datagram's address is what its sender wrote there. On loopback it is true; from the network it may be anybody's, so
that whoever sends a short question in another's name would have us send that other a long answer. Therefore:

- on loopback everybody may speak; from the network those whom the list of the allowed names (Allowed);
- to a peer from the network that has not shown that it receives what we send, nothing is sent that is longer than
  THRICE what it sent (as RFC 9000, section 8.1, has it for QUIC). It has shown it once it sent back the number with
  which /hardcut/hello is answered, for CONFIRMED_NS. That the list names its address shows nothing: anybody may write
  that address;
- each peer may send so much a second, and so may all together that the list does not name by their addresses; what is
  over is not read.
"""

import hashlib
from collections import OrderedDict
from typing import Final

from app.control.allowed import Address, Allowed
from app.control.rate_limit import RateLimit, SenderLimits
from engine.clock import NS_PER_SECOND

THRICE: Final = 3
CONFIRMED_NS: Final = 600 * NS_PER_SECOND
"""Ten minutes after the last number that came back; a client says hello now and then."""

TOKEN_NS: Final = 60 * NS_PER_SECOND
"""A number is good for this minute and the next."""

MAX_PEERS: Final = 256
"""Whose number is remembered; the one that sent it back longest ago makes room."""

UNIT_BYTES: Final = 1024
"""A datagram costs a unit, and one more for each full KiB."""

NETWORK_UNITS: Final = 4_000
NETWORK_TOTAL: Final = 8_000
LOOPBACK_UNITS: Final = 20_000
"""A second: of one peer, of all from the network that no address of the list names, of each address of this machine.
Nobody from the network can crowd out this machine, nor a peer that is named. Three hundred faders sixty times a second
are 18,000 datagrams where nothing bundles them."""


class Allowance:
    """How many bytes may still be sent in answer to one datagram; None: as many as there are."""

    def __init__(self, left: int | None) -> None:
        self._left = left

    def takes(self, size: int) -> bool:
        """Whether so many bytes may be sent; they count as sent then."""
        if self._left is None:
            return True
        if size > self._left:
            return False
        self._left -= size
        return True


class Peers:
    """What is known of those who speak. The osc thread owns it.

    Args:
        secret: what the numbers are made of, so that nobody can tell another's; new in every run.
    """

    def __init__(self, allowed: Allowed, secret: bytes) -> None:
        self._allowed = allowed
        self._secret = secret
        self._limits = SenderLimits()
        self._total = RateLimit(NETWORK_TOTAL)
        self._confirmed: OrderedDict[Address, int] = OrderedDict()

    def admits(self, address: Address) -> bool:
        """Whether a peer may speak."""
        return self._allowed.admits(address)

    def keeps_pace(self, address: Address, size: int, now_ns: int) -> bool:
        """Whether a datagram of so many bytes is within what its sender, and all of the network, may send."""
        units = 1 + size // UNIT_BYTES
        most = LOOPBACK_UNITS if address.is_loopback else NETWORK_UNITS
        if not self._limits.takes(address, most, units, now_ns):
            return False
        return self._allowed.names(address) or self._total.takes(units, now_ns)

    def is_confirmed(self, address: Address, now_ns: int) -> bool:
        """Whether a peer is known to receive what is sent to it."""
        return address.is_loopback or now_ns < self._confirmed.get(address, now_ns)

    def allowance(self, address: Address, size: int, now_ns: int) -> Allowance:
        """What may be sent in answer to a datagram of so many bytes."""
        return Allowance(None if self.is_confirmed(address, now_ns) else THRICE * size)

    def token(self, address: Address, now_ns: int) -> int:
        """The number that a peer has to send back, 0 .. 2^31 - 1; nothing is remembered until it does."""
        return self._token(address, now_ns // TOKEN_NS)

    def confirm(self, address: Address, token: int, now_ns: int) -> bool:
        """Take in a number that came back; False if it is not the peer's."""
        minute = now_ns // TOKEN_NS
        if token not in (self._token(address, minute), self._token(address, minute - 1)):
            return False
        self._confirmed[address] = now_ns + CONFIRMED_NS
        self._confirmed.move_to_end(address)
        if len(self._confirmed) > MAX_PEERS:
            self._confirmed.popitem(last=False)
        return True

    def _token(self, address: Address, minute: int) -> int:
        made = hashlib.blake2b(f"{address} {minute}".encode(), key=self._secret, digest_size=4).digest()
        return int.from_bytes(made, "big") >> 1
