"""A live stream on the loopback as the camera: newest pictures, loss, return, and devices that are not there."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from engine.clock import SystemClock
from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.messages.frame import InputFrame
from engine.sources.camera import CameraSource
from engine.sources.camera_search import camera_number, find_cameras, is_address
from engine.sources.catalogue import find_sources
from engine.sources.file import FileSource
from engine.sources.manager import SourceManager
from engine.sources.spec import SourceSpec
from tests.sources.mjpeg import MjpegCamera, number_in
from tests.sources.scripted import Heard, eventually


def test_a_stream_arrives_in_order_and_fresh() -> None:
    frames: list[InputFrame] = []
    heard = Heard()
    with MjpegCamera() as camera:
        spec = SourceSpec("camera", camera.url)
        manager = SourceManager(SystemClock(), heard, frames.append)
        try:
            manager.select(spec)
            heard.wait_for(str(spec), SourceState.LIVE)
            assert eventually(lambda: len(frames) >= 40)
        finally:
            manager.close()
        numbers = [number_in(frame.image) for frame in frames]
        assert numbers == sorted(set(numbers))
        ages_ms = [(frame.capture_ns - camera.sent_ns[number_in(frame.image)]) / 1e6 for frame in frames[20:]]
        # Nothing queues up: a picture is read before its second successor is sent, whatever the load.
        assert sorted(ages_ms)[len(ages_ms) // 2] < 67
    assert "640×360" in heard.wait_for(str(spec), SourceState.LIVE).detail


def test_a_stream_that_dies_is_lost_and_comes_back_at_another_size() -> None:
    frames: list[InputFrame] = []
    heard = Heard()
    manager = SourceManager(SystemClock(), heard, frames.append)
    try:
        with MjpegCamera(fps=60) as camera:
            spec = SourceSpec("camera", camera.url)
            manager.select(spec)
            heard.wait_for(str(spec), SourceState.LIVE)
        heard.wait_for(str(spec), SourceState.LOST)
        last = manager.latest()
        assert last is not None
        assert manager.frames([last.capture_ns + 10**9]) == (last,)
        with MjpegCamera(320, 320, fps=60, port=camera.port):
            again = heard.wait_for(str(spec), SourceState.LIVE, times=2)
            assert "320×320" in again.detail
            assert eventually(lambda: frames[-1].source_serial > last.source_serial)
            assert frames[-1].frame_id > last.frame_id
            manager.close()
    finally:
        manager.close()


def test_a_stream_that_falls_silent_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.sources.camera_stream.READ_TIMEOUT_S", 0.3)
    with MjpegCamera(fps=60) as camera:
        source = CameraSource(camera.url, SystemClock(), threading.Event())
        source.open()
        assert source.read() is not None
        camera.silent.set()
        with pytest.raises(SourceError, match="does not deliver"):
            for _ in range(10_000):
                source.read()
        source.close()


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(("size", "matrix"), [((640, 640), Colorspace.ITU709), ((640, 480), Colorspace.ITU601)])
def test_an_untagged_stream_has_the_colours_of_the_same_file(
    tmp_path: Path, size: tuple[int, int], matrix: Colorspace
) -> None:
    path = tmp_path / "cam.ts"
    image = np.empty((size[1], size[0], 3), np.uint8)
    image[:] = (30, 200, 10)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv444p"
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
                format="yuv444p", dst_colorspace=matrix, dst_color_range="MPEG"
            )
            frame.colorspace, frame.color_range = 2, 0  # unspecified
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with served(tmp_path) as address:
        for source in (
            CameraSource(f"{address}/cam.ts", SystemClock(), threading.Event()),
            FileSource(path, SystemClock(), threading.Event()),
        ):
            source.open()
            picture = next(picture for _ in range(100) if (picture := source.read()) is not None)
            source.close()
            assert np.abs(picture.image.astype(int) - (30, 200, 10)).max() <= 3


def test_a_stream_is_mirrored_as_its_container_says(tmp_path: Path) -> None:
    path = tmp_path / "cam.mp4"
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.set_display_rotation(0, hflip=True)
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    with served(tmp_path) as address:
        source = CameraSource(f"{address}/cam.mp4", SystemClock(), threading.Event())
        source.open()
        picture = next(picture for _ in range(100) if (picture := source.read()) is not None)
        source.close()
    assert picture.image[224, 100].max() < 20
    assert picture.image[224, 340].min() > 235


@pytest.fixture
def two_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Linux lists of two webcams, each with a second device for its metadata."""
    for number, name in enumerate(
        ("Integrated Camera: Integrated C", "Integrated Camera: Integrated C", "HD Pro C920")
    ):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(f"{name}\n")
    monkeypatch.setattr("engine.sources.camera_search.DEVICES", tmp_path)
    monkeypatch.setattr("engine.sources.camera_search.NAMES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.mark.usefixtures("two_cameras")
@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("c920", 2), ("Integrated Camera: Integrated C", 0), ("integrated", 0)]
)
def test_a_camera_is_meant_by_its_number_or_name(text: str, number: int) -> None:
    assert camera_number(text) == number
    assert not is_address(text)


@pytest.mark.usefixtures("two_cameras")
@pytest.mark.parametrize(
    ("text", "words"), [("Logi", r"no camera of that name \(Logi\)\. Found: Integrated"), ("c", "2 cameras have 'c'")]
)
def test_a_name_of_no_or_several_cameras_is_told(text: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        camera_number(text)


@pytest.mark.usefixtures("two_cameras")
def test_only_cameras_that_open_are_listed() -> None:
    assert list(find_cameras()) == []  # none of the three is there


@pytest.mark.parametrize("address", ["97", "http://127.0.0.1:9/none.mjpg"])
def test_a_camera_that_is_not_there_is_told_without_noise(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = CameraSource(address, SystemClock(), threading.Event())
    with pytest.raises(SourceError, match="cannot be opened"):
        source.open()
    source.close()
    assert capfd.readouterr() == ("", "")


def test_a_number_that_no_camera_has_is_told() -> None:
    source = CameraSource("12345678901234567890", SystemClock(), threading.Event())
    with pytest.raises(SourceError, match="no camera of that number"):
        source.open()


def test_the_catalogue_always_has_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_ndi(timeout_s: float, extra_ips: str) -> None:
        raise SourceError("NDI is not available", remedy="Install ndi-python.")

    monkeypatch.setattr("engine.sources.ndi.list_sources", no_ndi)
    found = find_sources(0.1)
    assert str(found.entries[0].spec) == "stage"
    assert found.notes == ("NDI is not available. Install ndi-python.",)
