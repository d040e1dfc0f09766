"""Files made on the spot: their own rate, an unbroken loop, seeking, and every way to be unreadable."""

import itertools
import os
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engine.clock import NS_PER_SECOND, Clock, ManualClock, SystemClock
from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.sources.base import Picture
from engine.sources.file import STILL_FPS, FileSource
from engine.sources.manager import SourceManager
from engine.sources.spec import SourceSpec
from tests.sources.scripted import Heard, eventually
from tests.sources.videos import number_of, write_video


class Playing:
    """A file played on a clock that jumps to each picture's time."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock(start_ns=5 * NS_PER_SECOND)
        self.source = FileSource(path, self._wound(), threading.Event())
        self.source.open()

    def _wound(self) -> Clock:
        return self.clock

    def pictures(self, count: int) -> list[Picture]:
        got: list[Picture] = []
        for _ in range(400 * count):
            if len(got) == count:
                break
            picture = self.source.read()
            if picture is not None:
                got.append(picture)
            else:
                self.clock.advance(2 * NS_PER_SECOND // 1000)
        assert len(got) == count
        return got


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Playing]]:
    # On a clock moved by hand there is nothing to wait for.
    monkeypatch.setattr("engine.sources.base.READ_TIMEOUT_S", 0.0)
    opened: list[Playing] = []

    class Tracked(Playing):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            opened.append(self)

    yield Tracked
    for playing in opened:
        playing.source.close()


def gaps_ms(pictures: list[Picture]) -> list[float]:
    times = [picture.capture_ns / 1e6 for picture in pictures]
    return [round(after - before, 1) for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize(
    ("name", "codec", "rate", "pixel_format"),
    [
        ("a.mp4", "libx264", 24, "yuv420p"),
        ("a.mkv", "mpeg4", 60, "yuv420p"),
        ("a.avi", "mjpeg", 25, "yuvj420p"),
        ("a.webm", "libvpx", 30, "yuv420p"),
        ("a.mov", "prores_ks", 25, "yuv422p10le"),
        ("a.ts", "mpeg2video", 25, "yuv420p"),
    ],
)
def test_it_plays_at_its_own_rate_and_loops_without_a_seam(
    play: type[Playing], tmp_path: Path, name: str, codec: str, rate: int, pixel_format: str
) -> None:
    path = write_video(tmp_path / name, codec, 12, rate, pixel_format=pixel_format)
    playing = play(path)
    pictures = playing.pictures(30)
    assert [number_of(picture.image) for picture in pictures] == [number % 12 for number in range(30)]
    assert gaps_ms(pictures) == pytest.approx([1000 / rate] * 29, abs=1.1)  # containers count milliseconds
    span = (pictures[24].capture_ns - pictures[0].capture_ns) / 1e9
    assert span == pytest.approx(24 / rate, abs=0.003)
    assert f"{rate} fps" in playing.source.label
    assert playing.source.rate == pytest.approx(rate, rel=0.01)
    assert all(picture.image.shape == (448, 448, 3) for picture in pictures)


def test_a_variable_rate_is_kept(play: type[Playing], tmp_path: Path) -> None:
    times = [0, 20, 120, 140, 500, 520]
    path = write_video(tmp_path / "v.mkv", "mpeg4", 6, 50, times_ms=times)
    assert gaps_ms(play(path).pictures(6)) == [20, 100, 20, 360, 20]


def test_a_picture_that_stands_for_long_stands_for_long(play: type[Playing], tmp_path: Path) -> None:
    """A recorded screen: frames come when something moves, and Matroska keeps no durations."""
    times = [0, 2000, 14000, 15900]
    path = write_video(tmp_path / "v.mkv", "mpeg4", 4, 10, size=(64, 64), times_ms=times)
    playing = play(path)
    playing.pictures(1)
    playing.clock.advance(1)
    assert gaps_ms(_in_time(playing, 6))[:4] == pytest.approx([12000, 1900, 100, 2000], abs=1)


def _in_time(playing: Playing, count: int) -> list[Picture]:
    """Pictures on a clock that goes on in steps too short for any to be late."""
    got: list[Picture] = []
    for _ in range(count * 200):
        picture = playing.source.read()
        if picture is not None:
            got.append(picture)
        playing.clock.advance(NS_PER_SECOND // 10)
        if len(got) == count:
            break
    return got


def test_the_last_picture_stands_as_long_as_others_did(play: type[Playing], tmp_path: Path) -> None:
    path = tmp_path / "v.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate((0, 3000, 6000)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 16 + 8 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            for packet in stream.encode(frame.reformat(format="yuv420p")):
                packet.duration = 3000
                container.mux(packet)
        container.mux(stream.encode(None))
    playing = play(path)
    assert playing.source.duration == pytest.approx(9.0)
    assert gaps_ms(_in_time(playing, 7)) == pytest.approx([3000] * 6, abs=1)


def test_seeking_into_a_picture_that_stands_shows_it(play: type[Playing], tmp_path: Path) -> None:
    times = [0, 100, 200, 9000, 9100, 9200]
    playing = play(write_video(tmp_path / "v.mkv", "mpeg4", 6, 10, size=(64, 64), times_ms=times))
    playing.pictures(1)
    playing.source.seek(5.0)
    pictures = _in_time(playing, 3)
    assert [number_of(picture.image) for picture in pictures] == [2, 3, 4]
    assert gaps_ms(pictures) == pytest.approx([4000, 100], abs=1)


def test_a_clock_that_jumps_is_no_long_picture(play: type[Playing], tmp_path: Path) -> None:
    """MPEG-TS may be spliced: its clock jumps, and nobody waits for it."""
    times = [0, 100, 200, 60000, 60100, 60200]
    playing = play(write_video(tmp_path / "v.ts", "libx264", 6, 25, size=(64, 64), times_ms=times))
    assert max(gaps_ms(_in_time(playing, 6))) < 1000


def test_the_best_video_is_played_not_the_first(play: type[Playing], tmp_path: Path) -> None:
    path = tmp_path / "v.ts"
    with av.open(str(path), "w") as container:
        streams = []
        for edge in (32, 256):
            stream = container.add_stream("mpeg2video", rate=25)
            stream.width, stream.height, stream.pix_fmt = edge, edge, "yuv420p"
            streams.append(stream)
        for number in range(6):
            for stream, level in zip(streams, (200, 40), strict=True):
                image = np.full((stream.height, stream.width, 3), level, np.uint8)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    playing = play(path)
    assert playing.pictures(2)[1].image.mean() == pytest.approx(40, abs=3)
    assert "256×256" in playing.source.label


def test_seeking_forth_and_back_and_beyond_the_end(play: type[Playing], tmp_path: Path) -> None:
    playing = play(write_video(tmp_path / "a.mp4", "libx264", 24, 24, size=(64, 64)))
    playing.pictures(3)
    for seconds, first in ((0.5, 12), (0.0, 0), (0.75, 18), (1.25, 6)):
        playing.source.seek(seconds)
        before = playing.clock.now_ns()
        pictures = playing.pictures(3)
        assert [number_of(picture.image) for picture in pictures] == [first, first + 1, first + 2]
        assert pictures[0].capture_ns >= before
        assert gaps_ms(pictures) == pytest.approx([41.7, 41.7], abs=0.1)


def test_a_picture_file_stays(play: type[Playing], tmp_path: Path) -> None:
    for name in ("p.png", "p.jpg"):
        path = tmp_path / name
        cv2.imwrite(str(path), np.full((300, 500, 3), (10, 120, 240), np.uint8))
        playing = play(path)
        pictures = playing.pictures(5)
        assert gaps_ms(pictures)[1:] == [1000 / STILL_FPS] * 3
        assert np.abs(pictures[-1].image.astype(int) - (240, 120, 10)).max() <= 2
        assert "still" in playing.source.label


def test_a_turned_video_stands_upright(play: type[Playing], tmp_path: Path) -> None:
    upright = play(write_video(tmp_path / "a.mp4", frames=2)).pictures(1)[0].image
    turned = play(write_video(tmp_path / "b.mp4", frames=2, rotation=90)).pictures(1)[0].image
    assert upright[5, 224].mean() > 200
    # A rotation of 90 means: show it a quarter turn counter-clockwise, so that its top comes to the left.
    assert turned[224, 5].mean() > 200
    assert turned[5, 224].mean() < 100


def test_a_long_standstill_is_not_caught_up(play: type[Playing], tmp_path: Path) -> None:
    playing = play(write_video(tmp_path / "a.mp4", frames=24))
    playing.pictures(3)
    playing.clock.advance(60 * NS_PER_SECOND)
    pictures = playing.pictures(5)
    assert [number_of(picture.image) for picture in pictures] == [3, 4, 5, 6, 7]
    assert gaps_ms(pictures)[1:] == pytest.approx([41.7] * 3, abs=0.1)


def _damaged(path: Path) -> Path:
    data = bytearray(write_video(path, "mpeg4", 30, size=(320, 240)).read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 6] = np.random.default_rng(1).bytes(len(data) // 6)
    path.write_bytes(data)
    return path


def test_a_hole_in_the_file_is_played_over(play: type[Playing], tmp_path: Path) -> None:
    pictures = play(_damaged(tmp_path / "a.avi")).pictures(60)
    times = [picture.capture_ns for picture in pictures]
    assert times == sorted(times)


def test_a_file_cut_short_plays_what_there_is(play: type[Playing], tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", "mpeg4", 24)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    pictures = play(path).pictures(40)
    assert 0 in [number_of(picture.image) for picture in pictures[5:]]  # it loops


def _cut_mp4(path: Path) -> None:
    write_video(path, "libx264", 24)
    path.write_bytes(path.read_bytes()[:900])


def _sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _animation(path: Path, pictures: int = 5, edge: int = 64) -> Path:
    animation = cv2.Animation()
    animation.frames = [np.full((edge, edge, 3), 16 + 8 * number, np.uint8) for number in range(pictures)]
    animation.durations = np.arange(50, 50 + 10 * pictures, 10)
    assert cv2.imwriteanimation(str(path), animation)
    return path


def _giant_webp(path: Path) -> None:
    data = bytearray(_animation(path).read_bytes())
    data[24:30] = b"\xff" * 6  # 16 million pixels a side
    path.write_bytes(data)


def test_an_animated_webp_plays_in_a_loop_by_its_durations(play: type[Playing], tmp_path: Path) -> None:
    playing = play(_animation(tmp_path / "a.webp", pictures=20))  # more than a block
    pictures = playing.pictures(45)
    assert [number_of(picture.image) for picture in pictures] == [number % 20 for number in range(45)]
    assert gaps_ms(pictures)[:19] == [50 + 10 * number for number in range(19)]
    assert "animated WebP" in playing.source.label
    playing.source.seek(0.11)
    assert number_of(playing.pictures(1)[0].image) == 2


def test_an_animated_webp_lies_over_black(play: type[Playing], tmp_path: Path) -> None:
    animation = cv2.Animation()
    animation.frames = [np.full((64, 64, 4), (255, 255, 255, alpha), np.uint8) for alpha in (0, 128, 255)]
    animation.durations = np.array([50, 50, 50])
    path = tmp_path / "a.webp"
    assert cv2.imwriteanimation(str(path), animation)
    levels = [float(picture.image.mean()) for picture in play(path).pictures(3)]
    assert levels == pytest.approx([0, 128, 255], abs=2)


def test_a_still_webp_is_a_picture(play: type[Playing], tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    cv2.imwrite(str(path), np.full((64, 64, 3), 16 + 8 * 7, np.uint8))
    assert [number_of(picture.image) for picture in play(path).pictures(3)] == [7, 7, 7]


def test_impossible_pixels_are_taken_for_square_ones(play: type[Playing], tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", "libx264", 12, pixel_aspect=Fraction(1, 10000))
    assert number_of(play(path).pictures(2)[1].image) == 1


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("none.mp4", lambda path: None, "no such file"),
        ("folder", lambda path: path.mkdir(), "folder"),
        ("empty.mp4", lambda path: path.touch(), "empty"),
        ("noise.mp4", lambda path: path.write_bytes(np.random.default_rng(0).bytes(9000)), "cannot be read"),
        ("notes.txt", lambda path: path.write_text("no picture here\n" * 99), ""),
        ("notes.mp4", lambda path: path.write_text("no picture here\n" * 99), "cannot be read"),
        ("cut.mp4", _cut_mp4, "cut short"),
        ("sound.wav", _sound, "no picture"),
        ("pipe.mp4", os.mkfifo, "a pipe or a device"),
        ("device.mp4", lambda path: path.symlink_to("/dev/zero"), "a pipe or a device"),
        ("large.webp", _giant_webp, "too large"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_sentence(tmp_path: Path, name: str, make, words: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / name
    make(path)
    source = FileSource(path, SystemClock(), threading.Event())
    with pytest.raises(SourceError) as caught:
        source.open()
    source.close()
    text = str(caught.value)
    assert words in text
    assert str(path) in text
    assert text.endswith(".")


def test_from_file_to_file_without_a_gap(tmp_path: Path) -> None:
    first = SourceSpec("file", str(write_video(tmp_path / "a.mp4", "libx264", 24, 50)))
    second = SourceSpec("file", str(write_video(tmp_path / "b.mkv", "mpeg4", 24, 25, size=(320, 240))))
    missing = SourceSpec("file", str(tmp_path / "c.mp4"))
    clock, heard, times = SystemClock(), Heard(), list[tuple[int, int]]()
    manager = SourceManager(clock, heard, lambda frame: times.append((clock.now_ns(), frame.source_serial)))
    try:
        manager.select(first)
        heard.wait_for(str(first), SourceState.LIVE)
        manager.select(missing)
        assert "no such file" in heard.wait_for(str(missing), SourceState.FAILED).detail
        assert manager.current == first
        manager.select(second)
        heard.wait_for(str(second), SourceState.LIVE)
        assert eventually(lambda: len([serial for _, serial in times if serial == 2]) > 3)
    finally:
        manager.close()
    assert [serial for _, serial in times] == sorted(serial for _, serial in times)
    assert [event.state for event in heard.events] == [
        SourceState.OPENING, SourceState.LIVE, SourceState.OPENING, SourceState.FAILED,
        SourceState.OPENING, SourceState.LIVE,
    ]  # fmt: skip
