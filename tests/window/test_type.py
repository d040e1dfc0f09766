"""Type that is read from arm's length: how small it gets, and what gives way where there is little room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from app import theme
from app.widgets.chip import fitted


@pytest.fixture(scope="module", autouse=True)
def _dressed(qapp: QApplication) -> None:
    theme.apply(qapp)


@given(st.integers(-10, 200))
def test_no_type_is_smaller_than_the_least(pixels: int) -> None:
    assert theme.font(pixels).pixelSize() == max(theme.LEAST, pixels)
    assert theme.LEAST >= 14


@given(st.decimals(0, 999, places=1), st.sampled_from(("fps", "ms", "%", "")), st.integers(0, 150))
def test_a_figure_gives_up_its_unit_then_what_is_past_the_point(value: object, unit: str, room: int) -> None:
    font, unit_font = theme.font(18, theme.SEMIBOLD), theme.font(14)

    def width(number: str, unit: str) -> int:
        return QFontMetrics(font).horizontalAdvance(number) + QFontMetrics(unit_font).horizontalAdvance(unit)

    shown, beside = fitted(str(value), unit, font, unit_font, room)
    choices = [(str(value), unit), (str(value), ""), (str(value).partition(".")[0], "")]
    assert (shown, beside) == next((one for one in choices if width(*one) <= room), choices[-1])
