"""The display sink: on its display and no other, back by itself, and real on a virtual screen."""

import ctypes
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from engine.clock import NS_PER_SECOND, SystemClock
from engine.errors import OutputError
from engine.messages.placement import Fit
from engine.messages.shape import DisplayShape
from engine.output.client import OutputClient, OutputConfig, SinkSpec
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.display import DisplaySink, find_display
from engine.output.sinks.sdl import Display, fitted
from tests.output.parts import eventually, flat, frame, when
from tests.real_parts import VirtualScreen

LAPTOP = Display(1, "eDP-1", 0, 0, 1366, 768, 60)
BEAMER = Display(2, "HDMI-1 BenQ", 1366, 0, 1920, 1080, 60)
VIDEO = VideoFormat(width=64, height=36)
PICTURE: WireImage = np.full((36, 64, 4), 200, np.uint8)


class Booth:
    """Displays that come and go, and what was asked of them: SDL as the sink calls it, without a screen."""

    def __init__(self, *displays: Display) -> None:
        self.there = displays
        self.calls: list[str] = []
        self.now_ns = 0

    def displays(self) -> tuple[Display, ...]:
        return self.there

    def pump(self) -> bool:
        return False

    def open(self, display: Display) -> "Booth":
        self.calls.append(f"cover {display.name} {display.width}x{display.height}")
        return self

    vsync, driver = True, "opengl"

    def show(self, image: WireImage) -> None:
        self.calls.append(f"show {image.shape[1]}x{image.shape[0]}")

    def close(self) -> None:
        self.calls.append("close")


def sink_for(booth: Booth, address: str) -> DisplaySink:
    return DisplaySink(address, lambda: booth, lambda: booth.now_ns)


def later(booth: Booth, sink: DisplaySink) -> None:
    booth.now_ns += 2 * NS_PER_SECOND
    sink.send(PICTURE, VIDEO)


def test_it_waits_for_its_display_and_never_moves_to_another() -> None:
    booth = Booth(LAPTOP, BEAMER)
    sink = sink_for(booth, "2")
    sink.open()
    assert sink.wanted()
    assert sink.status().name == "HDMI-1 BenQ"
    assert sink.status().remark == "1920×1080, 60 Hz, vsync (opengl)"
    sink.send(PICTURE, VIDEO)
    booth.there = (LAPTOP,)
    later(booth, sink)
    assert not sink.wanted()
    assert "is not there" in sink.status().detail
    booth.there = (LAPTOP, BEAMER)
    booth.now_ns += 2 * NS_PER_SECOND
    assert sink.status().detail == ""  # nothing is sent meanwhile: asking for its state is what looks
    sink.send(PICTURE, VIDEO)
    booth.there = (LAPTOP, Display(2, "HDMI-1 BenQ", 1366, 0, 1280, 720, 60))  # another mode
    later(booth, sink)
    sink.close()
    assert booth.calls == [
        "cover HDMI-1 BenQ 1920x1080",
        "show 64x36",
        "close",
        "cover HDMI-1 BenQ 1920x1080",
        "show 64x36",
        "close",
        "cover HDMI-1 BenQ 1280x720",
        "show 64x36",
        "close",
        "close",
    ]


def test_displays_are_found_by_number_or_name() -> None:
    both = (LAPTOP, BEAMER)
    expected = {"": BEAMER, "1": LAPTOP, "2": BEAMER, "3": None, "benq": BEAMER, "edp-1": LAPTOP, "sony": None}
    assert {address: find_display(both, address) for address in expected} == expected
    assert find_display((LAPTOP,), "") == LAPTOP
    assert find_display((), "") is None
    with pytest.raises(OutputError, match=r"no display sony.*Connected are: eDP-1, HDMI-1 BenQ"):
        sink_for(Booth(*both), "sony").open()


@pytest.mark.parametrize(
    ("picture", "room", "place"),
    [
        ((1920, 1080), (1920, 1080), (0, 0, 1920, 1080)),
        ((896, 896), (1920, 1080), (420, 0, 1080, 1080)),
        ((1280, 720), (1024, 768), (0, 96, 1024, 576)),
    ],
)
def test_a_picture_is_as_large_as_it_fits(
    picture: tuple[int, int], room: tuple[int, int], place: tuple[int, int, int, int]
) -> None:
    assert fitted(*picture, *room) == place


def focus(name: str) -> int:
    """The window that has the keyboard."""
    library = ctypes.CDLL("libX11.so.6")
    library.XOpenDisplay.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(library.XOpenDisplay(name.encode()))
    window, revert = ctypes.c_ulong(), ctypes.c_int()
    library.XGetInputFocus(connection, ctypes.byref(window), ctypes.byref(revert))
    library.XCloseDisplay(connection)
    return window.value


@pytest.mark.xvfb
def test_it_covers_a_real_screen_without_the_focus_and_outlives_the_output(
    xvfb: VirtualScreen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISPLAY", xvfb.display)
    before = focus(xvfb.display)
    config = OutputConfig(
        name="Wall", width=64, height=64, fps=Fraction(30), sinks=(SinkSpec("null"), SinkSpec("display", "1"))
    )
    client = OutputClient.connect(config, SystemClock())
    try:
        client.publish(frame(flat(220, 30, 60)))
        when(client, lambda status: status.shown == 1, "the picture")

        def colours() -> tuple[tuple[int, ...], tuple[int, ...]]:
            picture = cv2.imread(str(xvfb.screenshot(tmp_path / "wall.png")))
            assert picture is not None
            middle, edge = picture[400, 640, ::-1], picture[400, 10, ::-1]
            return tuple(map(int, middle)), tuple(map(int, edge))

        def seen() -> bool:
            middle, edge = colours()
            return max(abs(a - b) for a, b in zip(middle, (220, 30, 60), strict=True)) < 4 and edge == (0, 0, 0)

        eventually(seen, "the picture on the wall")
        assert focus(xvfb.display) == before

        def remark() -> str:
            return next(one.remark for one in client.sinks() if one.id == "display")

        # Its report follows its picture.
        eventually(lambda: remark().startswith("1280×800"), "the display's size, told")
        orphans = psutil.Process(client.pid).children()
        psutil.Process(client.pid).kill()
        eventually(lambda: not client.alive(), "that the output is dead")
        assert seen()
        client.renew()
        when(client, lambda status: status.ticks > 3, "the next output's frames")
        eventually(lambda: any(one.id == "display" and one.sent > 3 for one in client.sinks()), "its display")
        assert seen()
        eventually(lambda: not any(one.is_running() for one in orphans), "that the old one has left")
        assert seen()
    finally:
        client.close()


@pytest.mark.xvfb
def test_without_a_graphics_card_the_server_reads_the_picture_where_it_lies(
    xvfb: VirtualScreen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Copied only where it has another size than the display; then nothing of what was there before shows beside it."""
    monkeypatch.setenv("DISPLAY", xvfb.display)
    display = SinkSpec("display", "1")
    config = OutputConfig(name="Near", width=1280, height=800, fps=Fraction(30), fit=Fit.STRETCH, sinks=(display,))
    client = OutputClient.connect(config, SystemClock())

    def shows(middle: tuple[int, int, int], left: tuple[int, int, int], top: tuple[int, int, int]) -> bool:
        picture = cv2.imread(str(xvfb.screenshot(tmp_path / "near.png")))
        assert picture is not None
        seen = [picture[y, x, ::-1].astype(int) for x, y in ((640, 400), (5, 400), (640, 5))]
        return all(np.abs(one - wanted).max() < 4 for one, wanted in zip(seen, (middle, left, top), strict=True))

    def told(driver: str) -> bool:
        return any(one.remark.endswith(f"({driver})") for one in client.sinks() if one.id == "display")

    red, green, black = (220, 30, 60), (20, 200, 40), (0, 0, 0)
    try:
        client.publish(frame(flat(*red)))
        eventually(lambda: shows(red, red, red), "the picture")
        eventually(lambda: told("shared memory"), "that the server reads it")
        client.steering.set_canvas(600, 800)
        client.publish(frame(flat(*green)))
        eventually(lambda: shows(green, black, green), "a narrow one")
        client.steering.set_canvas(1280, 400)
        eventually(lambda: shows(green, green, black), "a flat one")
        eventually(lambda: told("copy"), "that it is copied")
        corners = ((0.1, 0.0), (0.0, 0.0), (0.0, 0.0), (0.1, 0.0))
        client.steering.shape_display(display, DisplayShape(corners))
        eventually(lambda: shows(green, black, black), "its shape")
        eventually(lambda: told("shared memory"), "that the server reads what was brought to its shape")
    finally:
        client.close()


def test_what_is_listed_is_listed_without_a_screen() -> None:
    """A machine without a display server is told so, and nothing else happens."""
    code = "from engine.output.sinks.sdl import hindrance; print(hindrance())"
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert sys.platform != "linux" or "no display server" in done.stdout
