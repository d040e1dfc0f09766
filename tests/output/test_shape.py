"""The picture's shape on a display: written and read, and where its corners come to lie."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import OutputError
from engine.messages.output_commands import AdjustShape
from engine.messages.shape import TURNS, DisplayShape, parse_shape
from engine.output.sinks.warp import Warp, pattern, placed

SMALL = st.floats(-0.3, 0.3).map(lambda number: round(number, 3))
CUT = st.floats(0.0, 0.4).map(lambda number: round(number, 3))
CORNER = st.tuples(SMALL, SMALL)


@st.composite
def shapes(draw: st.DrawFn) -> DisplayShape:
    corners = draw(st.tuples(CORNER, CORNER, CORNER, CORNER))
    try:
        return DisplayShape(
            corners,
            draw(st.tuples(CUT, CUT, CUT, CUT)),
            draw(st.sampled_from(TURNS)),
            draw(st.booleans()),
            draw(st.booleans()),
        )
    except OutputError:
        assume(False)
        raise


@given(shapes())
def test_what_is_written_is_read(shape: DisplayShape) -> None:
    assert parse_shape(str(shape)) == shape


@given(shapes(), st.sampled_from([(896, 896), (1280, 720)]))
def test_the_corners_of_what_is_left_come_to_lie_where_they_are_put(shape: DisplayShape, size: tuple[int, int]) -> None:
    wide, high = size
    matrix = placed(shape, wide, high, 1920, 1080)
    left, top, right, bottom = shape.crop
    box = [(left, top), (1 - right, top), (1 - right, 1 - bottom), (left, 1 - bottom)]
    if shape.flip:
        box = [box[1], box[0], box[3], box[2]]
    steps = shape.turn // 90
    found = []
    for number in range(4):
        u, v = box[(number - steps) % 4]
        x, y, w = matrix @ (round(u * wide) - 0.5, round(v * high) - 0.5, 1.0)
        found.append((x / w + 0.5, y / w + 0.5))
    across = (round((1 - right) * wide) - round(left * wide), round((1 - bottom) * high) - round(top * high))
    if steps % 2:
        across = across[::-1]
    scale = min(1920 / across[0], 1080 / across[1])
    fit = (across[0] * scale, across[1] * scale)
    start = ((1920 - fit[0]) / 2, (1080 - fit[1]) / 2)
    wanted = [(start[0] + u * fit[0], start[1] + v * fit[1]) for u, v in shape.places]
    assert np.abs(np.subtract(found, wanted)).max() < 1.5


@settings(deadline=None)
@given(st.sampled_from(TURNS), st.booleans())
def test_turned_and_flipped_alone_no_pixel_changes(turn: int, flip: bool) -> None:
    image = np.random.default_rng(1).integers(0, 256, (32, 32, 4), np.uint8)
    image[..., 3] = 255
    out = Warp(DisplayShape(turn=turn, flip=flip)).draw(image, 48, 32)
    turned = np.rot90(image[:, ::-1] if flip else image, -turn // 90)
    assert (out[:, 8:40] == turned).all()
    assert not out[:, :8, :3].any()


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(TURNS), st.booleans(), st.tuples(CUT, CUT, CUT, CUT), st.sampled_from([(64, 36), (90, 90)]))
def test_laid_straight_a_picture_lies_where_its_projection_would(
    turn: int, flip: bool, crop: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    """Turned, flipped and cut off alone, there is a quick way; it ends at the same places and looks alike."""
    wide, high = size
    noise = np.random.default_rng(2).integers(0, 256, (high, wide, 4), np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), 3)
    straight = DisplayShape(crop=crop, turn=turn, flip=flip)
    hair = 1e-4  # of a width: enough that it is projected
    projected = replace(straight, corners=((hair, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)))
    found = Warp(straight).draw(image, 120, 80).astype(int)[..., :3]
    wanted = Warp(projected).draw(image, 120, 80).astype(int)[..., :3]
    inside = wanted.any(axis=2)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    edge = 8  # a projection fades over a pixel of the picture
    inner = slice(rows[0] + edge, rows[-1] + 1 - edge), slice(columns[0] + edge, columns[-1] + 1 - edge)
    assert np.abs(found[inner] - wanted[inner]).max(initial=0) <= 4
    outside = np.ones((80, 120), bool)
    outside[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2] = False
    assert not found[outside].any()


def test_nothing_of_what_is_cut_off_shows() -> None:
    image = np.full((40, 40, 4), 255, np.uint8)
    image[:, :10] = (0, 0, 255, 255)
    out = Warp(DisplayShape(crop=(0.25, 0.0, 0.0, 0.0))).draw(image, 30, 40)
    assert (out == 255).all()


def test_corners_that_cross_are_refused_in_a_sentence() -> None:
    for corners in (((0.9, 0), (-0.9, 0), (0, 0), (0, 0)), ((0.9, 0.9), (0, 0), (0, 0), (0, 0))):
        with pytest.raises(OutputError, match="across"):
            DisplayShape(corners)
    for text in ("corners 1 2", "turn 45", "what", "crop 1 0 0 0", "corners 5 0 0 0 0 0 0 0"):
        with pytest.raises(OutputError):
            parse_shape(text)


def test_the_pattern_reaches_every_edge() -> None:
    image = pattern(640, 360)
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        assert edge[..., :3].max(axis=-1).min() > 0


@given(shapes(), st.integers(1, 4), st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)))
def test_one_corner_moves_and_the_rest_stays(shape: DisplayShape, corner: int, place: tuple[float, float]) -> None:
    try:
        found = AdjustShape(stamp_ns=0, sink="display:1", corner=corner, place=place).after(shape)
    except OutputError:
        return  # they lie across each other
    assert found.places[corner - 1] == pytest.approx(place)
    assert replace(found, corners=shape.corners) == shape
    assert sum(one != other for one, other in zip(found.corners, shape.corners, strict=True)) <= 1


def test_what_is_not_named_stays() -> None:
    shape = DisplayShape(crop=(0.1, 0.0, 0.0, 0.0), turn=90, flip=True)
    assert AdjustShape(stamp_ns=0, sink="display:1", flip=False).after(shape) == replace(shape, flip=False)
    with pytest.raises(OutputError, match="45"):
        AdjustShape(stamp_ns=0, sink="display:1", turn=45).after(shape)
    with pytest.raises(OutputError, match="no corner 5"):
        AdjustShape(stamp_ns=0, sink="display:1", corner=5, place=(0.0, 0.0)).after(shape)
