"""What other people's senders make is read as they meant it: the Python packages sacn 1.11.0 and stupidArtnet 1.6.0."""

import base64
import zlib

from app.dmx.packets import Protocol, decode

SACN = (
    "eNpjEGBgcAx21nU11DM0Z2BgKMoDEiwMjEzMLKxs7BycXNw8vHz8RRFAUSan/PySDIWUwyuLsxnIAdMYGLQYGNiLuJkWAnmMTIxAgoVTQFLF0CEw"
    "pXLCyiMPGRRdMifsfCLoULjkpoBny0EGx5aTApFLPjpMfGI54aXLQobEI5oTfqZcdNioMlOgk6WRoZGlU2CmykaHiyk/J2geSWRY6PJyguWTiQ4f"
    "l0QKnGxxZDjY4ilwc0mhg+CTnRMyXRQZHh5ZOaEyJdDBUEVSgJOFcdT+gbUfAF+/3f4="
)
"""A DataPacket of universe 7 with n² mod 256 on its channels, priority 150, sequence 42, packed."""

ART_DMX = "4172742d4e6574000050000e00005903000801020304fafbfcfd"
"""Net 3, subnet 5, universe 9: eight channels."""


def test_sacn_of_sacn() -> None:
    told = decode(zlib.decompress(base64.b64decode(SACN)))
    assert told is not None
    assert (told.protocol, told.universe, told.priority, told.sequence) == (Protocol.SACN, 7, 150, 42)
    assert (told.name, told.source, told.ended) == ("Booth désk", bytes(range(16)), False)
    assert told.data == bytes(number * number % 256 for number in range(512))


def test_art_dmx_of_stupid_artnet() -> None:
    told = decode(bytes.fromhex(ART_DMX))
    assert told is not None
    assert (told.protocol, told.universe) == (Protocol.ART_NET, 3 * 256 + 5 * 16 + 9)
    assert told.data == bytes((1, 2, 3, 4, 250, 251, 252, 253))
