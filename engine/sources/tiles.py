"""A picture that a file keeps in tiles, as telephones' HEIC and large AVIF: put together and turned.

FFmpeg decodes the tiles as streams of their own, and PyAV does not tell how they lie: that is read from the file's
boxes (ISO/IEC 23008-12, "grid" derived images).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.errors import SourceError
from engine.messages.frame import RgbImage
from engine.sources.decoded import FrameConverter
from engine.sources.fit import fit
from engine.sources.framing import on_its_side

MOST_PIXELS: Final = 16384 * 8192
_MOST_BYTES: Final = 16 << 20  # of the boxes that describe the picture


@dataclass(frozen=True, slots=True)
class Grid:
    """How tiles lie.

    Attributes:
        tiles: their items' numbers, row by row; width, height: of the whole, which may end within the last tiles.
        turns: what is done to it, in order: "irot" with quarter turns counter-clockwise, "imir" with 0 for
            top against bottom, 1 for left against right.
    """

    tiles: tuple[int, ...]
    columns: int
    width: int
    height: int
    turns: tuple[tuple[str, int], ...]


def is_tile(stream: VideoStream) -> bool:
    """It is no picture of its own."""
    return bool(stream.disposition & Disposition.dependent)


def read_tiled(container: InputContainer, path: Path) -> RgbImage:
    """The whole picture, fitted to the format of the show.

    Raises:
        SourceError: it cannot be put together.
    """
    try:
        grid = read_grid(path)
        quarters = sum(value for kind, value in grid.turns if kind == "irot")
        with on_its_side(quarters % 2 == 1):
            image = _whole(container, grid)
    except (IndexError, StopIteration, KeyError, ValueError, OSError, av.FFmpegError) as error:
        raise SourceError(
            "The picture's tiles cannot be put together", where=str(path), remedy="Save it as JPEG or PNG."
        ) from error
    for kind, value in grid.turns:
        image = np.rot90(image, value) if kind == "irot" else np.flip(image, value)
    return np.ascontiguousarray(image)


def _whole(container: InputContainer, grid: Grid) -> RgbImage:
    streams = {stream.id: stream for stream in container.streams.video}
    wanted = [streams[tile] for tile in grid.tiles]
    rows = len(wanted) // grid.columns
    edge_y, edge_x = wanted[0].height, wanted[0].width
    reaches = rows * edge_y >= grid.height > 0 and grid.columns * edge_x >= grid.width > 0
    if not reaches or rows * edge_y * grid.columns * edge_x > MOST_PIXELS:
        raise ValueError("the tiles do not cover the picture, or it is too large")
    canvas = np.empty((rows * edge_y, grid.columns * edge_x, 3), np.uint8)
    places = {stream.index: divmod(place, grid.columns) for place, stream in enumerate(wanted)}
    converter = FrameConverter()
    for packet in container.demux(wanted):
        for frame in packet.decode():
            assert isinstance(frame, VideoFrame)
            row, column = places.pop(packet.stream.index)
            area = canvas[row * edge_y : (row + 1) * edge_y, column * edge_x : (column + 1) * edge_x]
            area[...] = converter.rgb(frame)
    if places:
        raise ValueError("a tile is missing")
    return fit(canvas[: grid.height, : grid.width])


def read_grid(path: Path) -> Grid:
    """How the tiles of a file's main picture lie.

    Raises:
        KeyError, IndexError, ValueError: it has none, or the file is damaged.
    """
    meta = dict(_boxes(_meta(path)[4:]))
    wide = meta["pitm"][0] > 0
    primary = _number(meta["pitm"][4 : 8 if wide else 6])
    tiles = _references(meta["iref"], primary)
    payload = _item(path, meta, primary)
    rows, columns = payload[2] + 1, payload[3] + 1
    size = 4 if payload[1] & 1 else 2
    width, height = _number(payload[4 : 4 + size]), _number(payload[4 + size : 4 + 2 * size])
    if rows * columns != len(tiles):
        raise ValueError(f"{rows} rows of {columns} tiles are not {len(tiles)}")
    return Grid(tiles, columns, width, height, _turns(dict(_boxes(meta["iprp"])), primary))


def _meta(path: Path) -> bytes:
    with path.open("rb") as file:
        while head := file.read(8):
            size = _number(head[:4])
            if head[4:] == b"meta" and 8 <= size <= _MOST_BYTES:
                return file.read(size - 8)
            if size < 8:
                break
            file.seek(size - 8, 1)
    raise ValueError("the file describes no picture")


def _boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = _number(data[at : at + 4])
        if size < 8:
            raise ValueError("a box is damaged")
        yield data[at + 4 : at + 8].decode("latin-1"), data[at + 8 : at + size]
        at += size


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


class _Fields:
    """Numbers one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def next(self, size: int) -> int:
        """The next number of so many bytes."""
        self._at += size
        if self._at > len(self._data):
            raise IndexError("a box ends early")
        return _number(self._data[self._at - size : self._at])


def _references(iref: bytes, primary: int) -> tuple[int, ...]:
    size = 4 if iref[0] else 2
    for kind, body in _boxes(iref[4:]):
        fields = _Fields(body, 0)
        if kind == "dimg" and fields.next(size) == primary:
            return tuple(fields.next(size) for _ in range(fields.next(2)))
    raise ValueError("the main picture is not made of others")


def _item(path: Path, meta: dict[str, bytes], wanted: int) -> bytes:
    """An item's own bytes, which lie in the box idat or somewhere in the file; a grid's are few."""
    iloc = meta["iloc"]
    version, sizes = iloc[0], iloc[4:6]
    fields = _Fields(iloc, 6)
    id_size = 4 if version == 2 else 2
    for _ in range(fields.next(id_size)):
        item = fields.next(id_size)
        method = fields.next(2) & 15 if version else 0
        fields.next(2)
        start = fields.next(sizes[1] >> 4)
        extents = []
        for _ in range(fields.next(2)):
            fields.next(sizes[1] & 15 if version else 0)
            extents.append((start + fields.next(sizes[0] >> 4), fields.next(sizes[0] & 15)))
        if item == wanted:
            at, length = extents[0]
            if method == 1:
                return meta["idat"][at : at + length]
            with path.open("rb") as file:
                file.seek(at)
                return file.read(min(length, 64))
    raise KeyError(wanted)


def _turns(iprp: dict[str, bytes], primary: int) -> tuple[tuple[str, int], ...]:
    properties = list(_boxes(iprp["ipco"]))
    ipma = iprp["ipma"]
    fields = _Fields(ipma, 4)
    for _ in range(fields.next(4)):
        item = fields.next(4 if ipma[0] else 2)
        size = 2 if ipma[3] & 1 else 1
        owned = [fields.next(size) & (0x7FFF if size == 2 else 0x7F) for _ in range(fields.next(1))]
        if item == primary:
            chosen = [properties[index - 1] for index in owned if index]
            return tuple((kind, body[0] & 3) for kind, body in chosen if kind in ("irot", "imir"))
    return ()
