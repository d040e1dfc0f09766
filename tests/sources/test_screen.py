"""A screen as a source: on a virtual one, with a picture that the output's own display sink shows there."""

import threading
from fractions import Fraction

import av
import numpy as np
import pytest

from engine.clock import SystemClock
from engine.errors import SourceError
from engine.messages.shape import DisplayShape
from engine.output.client import OutputClient, OutputConfig, SinkSpec
from engine.sources.base import Picture
from engine.sources.registry import parse_source
from engine.sources.screen import Region, ScreenSource, hindrance, parse_screen
from tests.output.parts import eventually, flat, frame
from tests.real_parts import VirtualScreen

BLACK = (0, 0, 0)
RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def test_what_is_meant_and_what_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_screen("10,20,300x200") == Region(10, 20, 300, 200)
    assert parse_screen(" OBS ") == "OBS"
    assert str(parse_source("screen")) == "screen"
    with pytest.raises(SourceError, match="nothing"):
        parse_source("screen:0,0,1x200")
    monkeypatch.delenv("DISPLAY", raising=False)
    if "x11grab" in av.formats_available:
        assert "DISPLAY" in hindrance()
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        assert "Wayland" in hindrance()
    with pytest.raises(SourceError, match="cannot be read"):
        ScreenSource("", SystemClock(), threading.Event()).open()


def four_colours() -> np.ndarray:
    image = flat(*RED)
    image[:224, 224:, :3], image[224:, :224, :3], image[224:, 224:, :3] = GREEN, BLUE, GREY
    return image


class Reader:
    """Reads from a source until it shows what is expected."""

    def __init__(self, address: str) -> None:
        self._source = ScreenSource(address, SystemClock(), threading.Event())
        self._source.open()
        self.label = ""

    def sees(self, *quadrants: tuple[int, int, int]) -> None:
        def fits() -> bool:
            picture = self._source.read()
            self.label = self._source.label
            return picture is not None and apart(picture, quadrants) < 6

        eventually(fits, f"{quadrants}")

    def close(self) -> None:
        self._source.close()


def apart(picture: Picture, quadrants: tuple[tuple[int, int, int], ...]) -> float:
    image = picture.image
    found = [image[y, x] for y in (112, 336) for x in (112, 336)]
    return float(np.abs(np.subtract(found, quadrants)).max())


@pytest.mark.xvfb
def test_screen_region_and_window_show_what_a_shaped_display_does(
    xvfb: VirtualScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", xvfb.display)
    display = SinkSpec("display", "1")
    config = OutputConfig(name="Screen", width=400, height=400, fps=Fraction(30), sinks=(SinkSpec("null"), display))
    client = OutputClient.connect(config, SystemClock())
    readers: list[Reader] = []
    try:
        client.publish(frame(four_colours()))
        for address in ("", "240,0,800x800", "hardcut out"):  # the square in the middle of 1280×800
            readers.append(reader := Reader(address))
            reader.sees(RED, GREEN, BLUE, GREY)
        whole, region, window = readers
        assert "1280×800" in whole.label
        assert "800×800" in region.label
        assert window.label.startswith("hardcut out, 1280×800")
        client.steering.shape_display(display, DisplayShape(turn=90))
        region.sees(BLUE, RED, GREY, GREEN)
        client.steering.shape_display(display, DisplayShape(flip=True))
        region.sees(GREEN, RED, GREY, BLUE)
        client.steering.shape_display(display, DisplayShape(crop=(0.0, 0.0, 0.45, 0.45)))
        region.sees(RED, RED, RED, RED)
        moved = DisplayShape(((0.0, 0.0), (-0.6, 0.0), (-0.6, 0.0), (0.0, 0.0)))  # narrow, at the left
        client.steering.shape_display(display, moved)
        region.sees(GREEN, BLACK, GREY, BLACK)
        client.steering.shape_display(display, DisplayShape())
        region.sees(RED, GREEN, BLUE, GREY)
    finally:
        for reader in readers:
            reader.close()
        client.close()
