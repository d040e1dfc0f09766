"""Datagrams to levels: ArtDmx of Art-Net 4, and E1.31 (streaming ACN).

Sources: Art-Net 4 Protocol Release V1.4, ArtDmx; ANSI E1.31-2018, tables 4-1, 5-1 (root), 6-1 (framing), 7-1 (DMP).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.plain_text import cleaned

CHANNELS: Final = 512
ARTNET_PORT: Final = 6454
SACN_PORT: Final = 5568
USUAL_PRIORITY: Final = 100
"""Of a source that tells none: the default of E1.31."""

HIGHEST_PRIORITY: Final = 200

_ART_ID: Final = b"Art-Net\0"
_ART_DMX: Final = 0x5000
_ART_VERSION: Final = 14
_ART_DATA: Final = 18

_ACN_ID: Final = b"\x00\x10\x00\x00ASC-E1.17\0\0\0"
_ROOT_DATA: Final = 4
_FRAME_DATA: Final = 2
_DMP: Final = b"\x02\xa1\x00\x00\x00\x01"  # set property, two-byte addresses from 0 in steps of 1
_SACN_DATA: Final = 126
_PREVIEW, _TERMINATED = 0x80, 0x40


class Protocol(Enum):
    """How DMX came."""

    ART_NET = "Art-Net"
    SACN = "sACN"


@dataclass(frozen=True, slots=True)
class Levels:
    """What a source says of a universe.

    Attributes:
        universe: Art-Net 0..32767, sACN 1..63999.
        source: tells it from others: its CID, or nothing where the protocol has none.
        name: as it calls itself, cleaned; "" where it does not.
        priority: 0..200.
        sequence: 0..255; None: it does not count.
        data: one byte for each channel, from channel 1 on.
        ended: it says that it sends no more.
    """

    protocol: Protocol
    universe: int
    data: bytes
    source: bytes = b""
    name: str = ""
    priority: int = USUAL_PRIORITY
    sequence: int | None = None
    ended: bool = False


def decode(datagram: bytes) -> Levels | None:
    """The levels in a datagram of either protocol; None for anything else, whatever it is."""
    if datagram.startswith(_ART_ID):
        return _art_dmx(datagram)
    if datagram.startswith(_ACN_ID):
        return _sacn(datagram)
    return None


def _art_dmx(datagram: bytes) -> Levels | None:
    if len(datagram) < _ART_DATA + 1 or int.from_bytes(datagram[8:10], "little") != _ART_DMX:
        return None
    length = int.from_bytes(datagram[16:18], "big")
    data = datagram[_ART_DATA : _ART_DATA + length]
    if int.from_bytes(datagram[10:12], "big") < _ART_VERSION or not 1 <= length <= CHANNELS or len(data) < length:
        return None
    universe = (datagram[15] & 0x7F) << 8 | datagram[14]
    return Levels(Protocol.ART_NET, universe, data, sequence=datagram[12] or None)


def _sacn(datagram: bytes) -> Levels | None:
    if len(datagram) < _SACN_DATA or datagram[117:123] != _DMP:
        return None
    vectors = int.from_bytes(datagram[18:22], "big"), int.from_bytes(datagram[40:44], "big")
    count = int.from_bytes(datagram[123:125], "big") - 1  # the start code is one of them
    universe, priority, options = int.from_bytes(datagram[113:115], "big"), datagram[108], datagram[112]
    if vectors != (_ROOT_DATA, _FRAME_DATA) or not 0 <= count <= CHANNELS or options & _PREVIEW:
        return None
    data = datagram[_SACN_DATA : _SACN_DATA + count]
    start_code = datagram[125]
    if len(data) < count or start_code or priority > HIGHEST_PRIORITY or not 1 <= universe <= 63999:
        return None
    return Levels(
        Protocol.SACN,
        universe,
        data,
        source=datagram[22:38],
        name=cleaned(datagram[44:108].partition(b"\0")[0].decode(errors="replace")),
        priority=priority,
        sequence=datagram[111],
        ended=bool(options & _TERMINATED),
    )
