"""A HEIC picture of tiles, as telephones make them, put together box by box (ISO/IEC 23008-12)."""

from pathlib import Path

import av
import numpy as np

from engine.messages.frame import RgbImage


def box(kind: str, *parts: bytes, full: tuple[int, int] | None = None) -> bytes:
    """A box; full: version and flags."""
    head = b"" if full is None else bytes([full[0]]) + full[1].to_bytes(3, "big")
    body = head + b"".join(parts)
    return (len(body) + 8).to_bytes(4, "big") + kind.encode() + body


def number(value: int, size: int = 2) -> bytes:
    return value.to_bytes(size, "big")


def _coded(tile: RgbImage, scratch: Path) -> tuple[bytes, bytes]:
    """A tile as HEVC: its decoder configuration and its picture."""
    with av.open(str(scratch), "w", format="mp4") as container:
        stream = container.add_stream("libx265", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = tile.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {"x265-params": "log-level=none:pools=1"}
        frame = av.VideoFrame.from_ndarray(tile, format="rgb24").reformat(format="yuv420p")
        for packet in (*stream.encode(frame), *stream.encode(None)):
            packet.pts = packet.dts = 0  # the encoder leaves them open, and the container may refuse what it finds
            container.mux(packet)
    with av.open(str(scratch)) as container:
        packet = next(container.demux(video=0))
        extradata = container.streams.video[0].codec_context.extradata
        assert extradata is not None
        return bytes(extradata), bytes(packet)


def write_heic(path: Path, image: RgbImage, edge: int, turn: bytes = b"") -> Path:
    """Write an image in tiles of edge × edge; its last row and column of tiles may reach beyond it.

    Args:
        turn: boxes of the whole picture, irot and imir.
    """
    height, width = image.shape[:2]
    rows, columns = -(-height // edge), -(-width // edge)
    padded = np.pad(image, ((0, rows * edge - height), (0, columns * edge - width), (0, 0)), mode="edge")
    coded = [
        _coded(np.ascontiguousarray(padded[y : y + edge, x : x + edge]), path.with_suffix(".mp4"))
        for y in range(0, rows * edge, edge)
        for x in range(0, columns * edge, edge)
    ]
    count, grid_id = len(coded), len(coded) + 1
    grid = bytes([0, 0, rows - 1, columns - 1]) + number(width) + number(height)
    entries = [box("infe", number(item), number(0), b"hvc1\0", full=(2, 0)) for item in range(1, count + 1)]
    entries.append(box("infe", number(grid_id), number(0), b"grid\0", full=(2, 0)))
    tiles = b"".join(number(item) for item in range(1, count + 1))
    properties = box(
        "ipco",
        box("hvcC", coded[0][0]),
        box("ispe", number(edge, 4), number(edge, 4), full=(0, 0)),
        box("ispe", number(width, 4), number(height, 4), full=(0, 0)),
        turn,
    )
    owners = b"".join(number(item) + bytes([2, 0x81, 2]) for item in range(1, count + 1))
    owners += number(grid_id) + (bytes([2, 3, 0x84]) if turn else bytes([1, 3]))
    owned = box("ipma", number(count + 1, 4), owners, full=(0, 0))

    def meta(start: int) -> bytes:
        places, offset = b"", start
        for item, (_, picture) in enumerate(coded, 1):
            places += number(item) + number(0) + number(0) + number(1) + number(offset, 4) + number(len(picture), 4)
            offset += len(picture)
        places += number(grid_id) + number(1) + number(0) + number(1) + number(0, 4) + number(len(grid), 4)
        return box(
            "meta",
            box("hdlr", bytes(4), b"pict", bytes(13), full=(0, 0)),
            box("pitm", number(grid_id), full=(0, 0)),
            box("iloc", b"\x44\0", number(count + 1), places, full=(1, 0)),
            box("iinf", number(count + 1), *entries, full=(0, 0)),
            box("iref", box("dimg", number(grid_id), number(count), tiles), full=(0, 0)),
            box("iprp", properties, owned),
            box("idat", grid),
            full=(0, 0),
        )

    head = box("ftyp", b"heic", bytes(4), b"mif1", b"heic")
    start = len(head) + len(meta(0)) + 8
    path.write_bytes(head + meta(start) + box("mdat", *(picture for _, picture in coded)))
    return path
