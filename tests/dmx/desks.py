"""Lighting desks: datagrams of Art-Net and sACN, byte by byte as the standards have them."""

import struct


def art_dmx(data: bytes, universe: int = 1, sequence: int = 0) -> bytes:
    """ArtDmx (Art-Net 4)."""
    head = b"Art-Net\0" + struct.pack("<H", 0x5000) + struct.pack(">H", 14)
    return head + bytes((sequence, 0, universe & 0xFF, universe >> 8)) + struct.pack(">H", len(data)) + data


def sacn(
    data: bytes,
    universe: int = 1,
    *,
    sequence: int = 0,
    priority: int = 100,
    name: str = "Desk",
    cid: bytes = b"c" * 16,
    options: int = 0,
    start_code: int = 0,
) -> bytes:
    """An E1.31 data packet (ANSI E1.31-2018)."""
    dmp = struct.pack(">BBHHH", 2, 0xA1, 0, 1, len(data) + 1) + bytes((start_code,)) + data
    dmp = struct.pack(">H", 0x7000 | len(dmp) + 2) + dmp
    frame = (
        struct.pack(">I", 2)
        + name.encode().ljust(64, b"\0")
        + struct.pack(">BHBBH", priority, 0, sequence, options, universe)
    )
    frame = struct.pack(">H", 0x7000 | len(frame) + len(dmp) + 2) + frame + dmp
    root = struct.pack(">I", 4) + cid
    root = struct.pack(">H", 0x7000 | len(root) + len(frame) + 2) + root + frame
    return struct.pack(">HH", 0x10, 0) + b"ASC-E1.17\0\0\0" + root


def levels(**channels: int) -> bytes:
    """512 channels, those named c1, c2 … at a level, the others at 0."""
    data = bytearray(512)
    for name, level in channels.items():
        data[int(name[1:]) - 1] = level
    return bytes(data)
