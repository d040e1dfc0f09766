"""The layout at every size."""

from dataclasses import fields
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.theme import unit_for
from app.views.geometry import SMALLEST, TARGET, Box, Geometry, arrange

PRESSED = (
    "chain.chips",
    "chain.controllers",
    "chain.osc",
    "chain.record",
    "chain.full_screen",
    "chain.help",
    "pads.pads",
    "pads.mode",
    "pads.launch",
    "pads.cancel",
    "lists.playlist",
    "lists.cues",
    "transport.freeze",
    "transport.blackout",
    "transport.panic",
)
SIZES = st.tuples(st.integers(SMALLEST[0], 3840), st.integers(SMALLEST[1], 2160))


SHAPES = st.sampled_from((1.0, 9 / 16, 16 / 9))


def lay(width: int, height: int, aspect: float = 1.0) -> Geometry:
    return arrange(width, height, unit_for(width, height), 8, aspect)


def boxes(layout: Geometry, *names: str) -> list[Box]:
    found: list[Box] = []
    for section in fields(layout):
        if section.name == "unit":
            continue
        for name, value in getattr(layout, section.name)._asdict().items():
            if names and f"{section.name}.{name}" not in names:
                continue
            found.extend([value] if isinstance(value, Box) else [one for one in value if isinstance(one, Box)])
    return [box for box in found if box.width]


@given(SIZES, SHAPES)
def test_parts_lie_inside_and_never_overlap(size: tuple[int, int], aspect: float) -> None:
    placed = boxes(lay(*size, aspect))
    assert len(placed) >= 60
    for box in placed:
        assert box.width > 0
        assert box.height > 0
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= size[0]
        assert box.y + box.height <= size[1]
    for one, other in combinations(placed, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert apart_x or apart_y, (one, other)


@given(SIZES, SHAPES)
def test_whatever_is_pressed_is_large_enough(size: tuple[int, int], aspect: float) -> None:
    layout = lay(*size, aspect)
    assert min(min(box.width, box.height) for box in boxes(layout, *PRESSED)) >= TARGET


@pytest.mark.parametrize(
    ("size", "share"), [((1024, 700), 0.66), ((1280, 800), 0.68), ((1920, 1080), 0.7), ((2560, 1440), 0.7)]
)
def test_the_picture_is_square_and_large(size: tuple[int, int], share: float) -> None:
    picture = lay(*size).pictures.programme
    assert picture.width == picture.height >= share * size[1]


@pytest.mark.parametrize("size", [(1280, 800), (1366, 768), (1440, 900), (1920, 1080)])
def test_a_wide_picture_uses_the_room_beside_it(size: tuple[int, int]) -> None:
    wide, square = lay(*size, 16 / 9).pictures.programme, lay(*size).pictures.programme
    assert wide.width >= 1.2 * square.width and wide.height >= wide.width * 9 / 16
    assert lay(*size, 9 / 16).pictures.programme == square
