"""NDI from an independent sender in a network of the test's own."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.colour import BT601, BT2020
from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.messages.frame import InputFrame
from engine.sources import capture, ndi, ndi_library
from engine.sources.hdr import PRIMARIES_2020, Transfer
from engine.sources.manager import SourceManager
from engine.sources.names import match_name
from engine.sources.ndi import NdiSource, list_sources
from engine.sources.ndi_colour import NdiColour, read_colour
from engine.sources.spec import SourceSpec
from tests.netns import isolated
from tests.real_parts import broken_parts
from tests.sources.mjpeg import number_in
from tests.sources.scripted import Heard, eventually


@contextmanager
def sending(*names: str, layout: str = "UYVY", rate: float = 30.0, sizes: str = "640x360") -> Iterator[None]:
    """A sender in a process of its own; killed at the end, as a crash would."""
    command = [sys.executable, "-m", "tests.sources.ndi_sender", layout, str(rate), sizes, *names]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "sending\n"
        yield
    finally:
        if process.poll() == -signal.SIGABRT:  # a thread of the library's own threw
            broken_parts.append("the independent sender")
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


class Input:
    """A manager with one NDI source."""

    def __init__(self, name: str) -> None:
        self.spec = SourceSpec("ndi", name)
        self.heard = Heard()
        self.frames: list[InputFrame] = []
        self.manager = SourceManager(SystemClock(), self.heard, self.frames.append)
        self.manager.select(self.spec)

    def wait_for(self, state: SourceState, times: int = 1) -> str:
        return self.heard.wait_for(str(self.spec), state, times).detail


@contextmanager
def receiving(name: str) -> Iterator[Input]:
    opened = Input(name)
    try:
        yield opened
    finally:
        opened.manager.close()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("VM (CAM)", "VM (Cam)"),
        ("cam 2", "VM (Cam 2)"),
        ("vm (cam)", "VM (Cam)"),
        ("other", "OTHER (Cam)"),
        ("x", None),
    ],
)
def test_a_part_of_the_name_will_do(wanted: str, found: str | None) -> None:
    assert match_name(wanted, ["VM (Cam)", "VM (Cam 2)", "OTHER (Cam)"], "NDI sources") == found


def test_an_ambiguous_name_is_told_with_the_candidates() -> None:
    with pytest.raises(SourceError, match=r"VM \(Cam\), VM \(Cam 2\)"):
        match_name("cam", ["VM (Cam)", "VM (Cam 2)", "X"], "NDI sources")


def test_without_the_library_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndi_library, "_PACKAGE", "no_such_ndi")
    ndi_library._load.cache_clear()
    try:
        source = NdiSource("any", SystemClock(), threading.Event())
        with pytest.raises(SourceError, match="not available"):
            source.open()
        source.close()
    finally:
        ndi_library._load.cache_clear()


@pytest.mark.ndi
@pytest.mark.parametrize(("layout", "size"), [("UYVY", "640x360"), ("BGRX", "448x448"), ("RGBA", "1280x720")])
@isolated()
def test_newest_pictures_in_order_in_every_format(layout: str, size: str) -> None:
    with sending("Cam", layout=layout, sizes=size), receiving("(cam)") as opened:
        assert size.replace("x", "×") in opened.wait_for(SourceState.LIVE)
        assert eventually(lambda: len(opened.frames) >= 30)
        numbers = [number_in(frame.image) for frame in opened.frames]
        assert numbers == sorted(set(numbers))
        bright, dark = opened.frames[-1].image.max(), opened.frames[-1].image.min()
        assert bright >= 252
        assert dark <= 3


@pytest.mark.ndi
@pytest.mark.parametrize("size", ["512x512", "720x576", "1920x1080", "2560x1440"])
@isolated()
def test_the_colours_that_were_sent_arrive_at_every_size(size: str) -> None:
    with sending("Cam", layout="RGBX=30,200,10,0", sizes=size), receiving("(cam)") as opened:
        assert eventually(lambda: len(opened.frames) >= 3)
        seen = opened.frames[-1].image.reshape(-1, 3).astype(int)
        assert np.abs(seen - (30, 200, 10)).max() <= 7  # the library's own way there and back is off by as much


@pytest.mark.ndi
@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("BGRA=0,255,0,0", (0, 0, 0)),
        ("BGRA=255,255,255,128", (128, 128, 128)),
        ("BGRA=10,200,30,255", (30, 200, 10)),
        ("RGBA=30,200,10,128", (15, 100, 5)),
    ],
)
@isolated()
def test_alpha_lies_over_black(sent: str, wanted: tuple[int, int, int]) -> None:
    with sending("Cam", layout=sent), receiving("(cam)") as opened:
        assert eventually(lambda: len(opened.frames) >= 3)
        seen = opened.frames[-1].image.reshape(-1, 3).astype(int)
        assert np.abs(seen - wanted).max() <= 7


@pytest.mark.ndi
@pytest.mark.parametrize(("transfer", "white"), [("pq", 143), ("hlg", 180)])
@isolated()
def test_tagged_hdr_is_shown_as_sdr(transfer: str, white: int) -> None:
    """Reference white: PQ 58 %, HLG 75 % (Report ITU-R BT.2408)."""
    with sending("Cam", layout=f"UYVY=128,{white}={transfer}"), receiving("(cam)") as opened:
        assert f"{transfer.upper()} shown as SDR" in opened.wait_for(SourceState.LIVE)
        assert opened.frames[-1].image.min() >= 235


@pytest.mark.parametrize(
    ("metadata", "colour"),
    [
        ("", NdiColour()),
        ("<something/>", NdiColour()),
        ('<ndi_color_info transfer="bt_709" matrix="bt_601" primaries="bt_709"/>', NdiColour(BT601)),
        ('<ndi_color_info transfer="bt_2100_hlg"/>', NdiColour(BT2020, Transfer.HLG, PRIMARIES_2020)),
        (
            "<a/><ndi_color_info matrix = 'bt_2020' primaries='bt_2020' transfer='bt_2020'></ndi_color_info>",
            NdiColour(BT2020, Transfer.SDR, PRIMARIES_2020),
        ),
        ("<ndi_color_info " + "x" * 1000, NdiColour()),
    ],
)
def test_what_a_frame_says_of_its_colours(metadata: str, colour: NdiColour) -> None:
    assert read_colour(metadata) == colour


@pytest.mark.ndi
@isolated()
def test_a_killed_sender_is_lost_and_found_at_another_size() -> None:
    capture.RETRY_S = 0.1
    with sending("Cam", sizes="640x360"):
        opened = Input("cam")
        opened.wait_for(SourceState.LIVE)
    try:
        assert "gone" in opened.wait_for(SourceState.LOST)
        last = opened.manager.latest()
        assert last is not None
        assert opened.manager.frames([last.capture_ns]) == (last,)
        with sending("Cam", sizes="320x240"):
            assert "320×240" in opened.wait_for(SourceState.LIVE, times=2)
            assert eventually(lambda: opened.frames[-1].source_serial == last.source_serial + 1)
            assert opened.frames[-1].frame_id > last.frame_id
    finally:
        opened.manager.close()
    assert [event.state for event in opened.heard.events][:3] == [
        SourceState.OPENING, SourceState.LIVE, SourceState.LOST,
    ]  # fmt: skip


@pytest.mark.ndi
@isolated(mdns=True)
def test_it_comes_back_by_multicast_discovery_too() -> None:
    with sending("Cam"), sending("Other"):
        opened = Input("cam")
        opened.wait_for(SourceState.LIVE)
    try:
        opened.wait_for(SourceState.LOST)
        with sending("Other"), sending("Cam", sizes="320x240"):
            opened.wait_for(SourceState.LIVE, times=2)
            assert eventually(lambda: "320×240" in opened.heard.events[-1].detail)
    finally:
        opened.manager.close()


@pytest.mark.ndi
@isolated()
def test_a_size_that_changes_under_way() -> None:
    with sending("Cam", sizes="640x360,360x640,1920x1080"), receiving("cam") as opened:
        assert eventually(lambda: len({event.detail for event in opened.heard.events}) >= 4)
        assert {frame.source_serial for frame in opened.frames} == {1}
        assert {event.state for event in opened.heard.events} == {SourceState.OPENING, SourceState.LIVE}


@pytest.mark.ndi
@isolated()
def test_what_is_not_there_or_not_clear_is_told() -> None:
    ndi.DISCOVERY_S = 1.5  # type: ignore[misc]
    with sending("Left", "Right"):
        names = [source.name for source in list_sources(1.0)]
        assert [name.partition("(")[2] for name in names] == ["Left)", "Right)"]
        with receiving("(") as unclear:
            assert "2 NDI sources" in unclear.wait_for(SourceState.FAILED)
        with receiving("Middle") as missing:
            detail = missing.wait_for(SourceState.FAILED)
            assert "no such NDI source (Middle)" in detail
            assert "(Left)" in detail
