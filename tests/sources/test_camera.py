"""A live stream on the loopback as the camera: newest pictures, loss, return, and devices that are not there."""

import threading

import pytest

from engine.clock import SystemClock
from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.messages.frame import InputFrame
from engine.sources.camera import CameraSource
from engine.sources.catalogue import find_sources
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
