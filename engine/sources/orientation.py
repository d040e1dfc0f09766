"""Which way up a decoded picture is shown: EXIF's orientation and a container's display matrix are one thing here."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, cast

import av.filter
import numpy as np
from av.buffer import Buffer
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from engine.messages.frame import RgbImage

_KNOWN: Final[set[object]] = {kind.value for kind in Type}
_SOME_MORE: Final = 64
"""FFmpeg counts its kinds of side data from 0; fewer than these exist."""

_UPRIGHT: Final = (1, 0, 0, 1)

Turn = tuple[int, int, int, int]
"""Where the picture's axes go: (a, b, c, d) of FFmpeg's display matrix, each -1, 0 or 1; one of the square's eight."""


def turn_of(frame: VideoFrame) -> Turn:
    """How the frame asks to be shown, to the nearest quarter turn; a broken matrix is taken for none."""
    try:
        side_data = frame.side_data
    except ValueError:  # PyAV lists none where one is of a kind that it does not know, such as EXIF
        side_data = _without_unknown(frame).side_data
    found = cast("Mapping[Type, Buffer]", side_data).get(Type.DISPLAYMATRIX)
    if found is None:
        return _UPRIGHT
    matrix = np.frombuffer(bytes(found), np.int32)[[0, 1, 3, 4]].astype(np.float64)
    a, b, c, d = (matrix / max(np.abs(matrix).max(), 1.0)).tolist()
    straight, across = abs(a) + abs(d), abs(b) + abs(c)
    turn = (_sign(a), 0, 0, _sign(d)) if straight >= across else (0, _sign(b), _sign(c), 0)
    return turn if sum(map(abs, turn)) == 2 else _UPRIGHT


def turned(image: RgbImage, turn: Turn) -> RgbImage:
    """The picture as it is shown; the picture itself where it stands upright."""
    if turn == _UPRIGHT:
        return image
    a, b, c, d = turn
    # Stored (x, y) is shown at (a x + c y, b x + d y), y downwards.
    if a == 0:
        image = image.transpose(1, 0, 2)
        a, d = c, b
    return np.ascontiguousarray(image[::d, ::a])


def is_quarter(turn: Turn) -> bool:
    """Whether it puts the picture on its side."""
    return turn[0] == 0


def _sign(number: float) -> int:
    return (number > 0.0) - (number < 0.0)


def _without_unknown(frame: VideoFrame) -> VideoFrame:
    """The same frame without the side data that PyAV has no name for."""
    graph = av.filter.Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 25)
    )
    for kind in range(_SOME_MORE):
        if kind not in _KNOWN:
            remover = graph.add("sidedata", f"mode=delete:type={kind}")
            last.link_to(remover)
            last = remover
    end = graph.add("buffersink")
    last.link_to(end)
    graph.configure()
    graph.push(frame)
    pulled = graph.pull()
    assert isinstance(pulled, VideoFrame)
    return pulled
