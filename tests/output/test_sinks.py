"""Several sinks at once: switched while running, none in another's way, and what the recorder leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND, SystemClock
from engine.errors import OutputError
from engine.memory_left import Headroom
from engine.messages.sinks import SinkPhase, SinkReport
from engine.output.client import NULL_SINK, OutputClient, OutputConfig, SinkSpec
from engine.output.encoders import choose_encoder
from engine.output.film import Film, Sound, packed_frame
from engine.output.layout import SharedMemory, Word
from engine.output.settings import VideoFormat
from engine.output.sink_records import SinkWishes, read_reports, read_wishes, write_reports, write_wishes
from engine.output.sinks.isolated import PROCESS_BYTES, IsolatedSink
from engine.output.sinks.recorder import Timeline
from tests.output.parts import eventually, flat, frame, when

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client() -> Iterator[OutputClient]:
    config = OutputConfig(name="Sinks", width=64, height=48, fps=Fraction(30), sinks=(NULL_SINK,))
    client = OutputClient.connect(config, SystemClock())
    yield client
    client.close()


def report(client: OutputClient, sink: SinkSpec | str) -> SinkReport | None:
    return next((one for one in client.sinks() if one.sink == str(sink)), None)


def recorded(client: OutputClient, sink: SinkSpec, seconds: float, but: str = "") -> SinkReport:
    """Wait until so much of the show lies in a film of another name than one."""
    found: list[SinkReport] = []

    def enough() -> bool:
        now = report(client, sink)
        if now is not None:
            found.append(now)
        return now is not None and now.recorded_ns >= seconds * NS_PER_SECOND and now.name != but

    eventually(enough, "a recording")
    return found[-1]


def frames_of(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as film:
        return list(film.decode(video=0))


@given(st.lists(st.integers(-9_000_000, 9_000_000), min_size=2, max_size=60), st.sampled_from([25, 30, 60]))
def test_pictures_lie_on_the_grid_of_their_rate_in_order(jitter: list[int], fps: int) -> None:
    timeline, rate = Timeline(), Fraction(fps)
    period = NS_PER_SECOND / rate
    times = [timeline.place(round(number * period) + late + 10**9, rate) for number, late in enumerate(jitter)]
    assert times[0] == 0
    numbers = [round(time_ns / period) for time_ns in times]
    assert numbers == sorted(set(numbers))
    assert all(abs(time_ns - number * period) < 1 for time_ns, number in zip(times, numbers, strict=True))


TEXTS = st.text(max_size=600)


@settings(max_examples=25)
@given(st.lists(st.builds(SinkReport, sink=TEXTS, name=TEXTS, detail=TEXTS, remark=TEXTS), max_size=9), st.text())
def test_records_of_any_text_are_read_as_they_were_written(reports: list[SinkReport], still: str) -> None:
    path = Path(os.environ["HARDCUT_RUNTIME_DIR"]) / f"ring-{time.monotonic_ns()}"
    memory = SharedMemory.create(path)
    try:
        write_reports(memory, tuple(reports))
        found = read_reports(memory)
        assert found is not None
        assert [one.sent for one in found] == [one.sent for one in reports]
        assert all(one.name.startswith(short.name) for one, short in zip(reports, found, strict=True))
        wishes = SinkWishes((SinkSpec("ndi"), SinkSpec("record", "/a:b/c.mp4")), "ndi", 3, still[:80])
        write_wishes(memory, wishes)
        assert read_wishes(memory) == wishes
        memory.words[Word.WISHES_SEQUENCE] = 7  # its writer died half-way
        write_wishes(memory, wishes)
        assert read_wishes(memory) == wishes
    finally:
        memory.close()
        path.unlink()


def test_a_recording_is_switched_on_and_off_while_the_other_sink_goes_on(client: OutputClient, tmp_path: Path) -> None:
    recorder = SinkSpec("record", str(tmp_path / "film.mp4"))
    (tmp_path / "film.mp4").write_bytes(b"somebody else's")
    client.publish(frame(flat(200, 40, 90)))
    before = when(client, lambda status: status.shown == 1, "the picture")
    client.steering.switch_sink(recorder, True)
    first = recorded(client, recorder, 0.5)
    assert first.name == str(tmp_path / "film 2.mp4")
    client.steering.switch_sink(recorder, False)
    eventually(lambda: report(client, recorder) is None, "that it is off")
    client.steering.switch_sink(recorder, True)
    assert recorded(client, recorder, 0.2).name == str(tmp_path / "film 3.mp4")
    client.steering.switch_sink(recorder, False)
    after = client.status()
    untold = 9  # counts are told four times a second
    assert after.sent - before.sent >= after.ticks - before.ticks - after.lagged - untold
    assert (tmp_path / "film.mp4").read_bytes() == b"somebody else's"

    def whole() -> bool:
        return len(frames_of(tmp_path / "film 2.mp4")) >= 15

    eventually(whole, "the whole film")
    numbers: list[int] = []
    for picture in frames_of(tmp_path / "film 2.mp4"):
        assert (picture.width, picture.height) == (64, 48)
        numbers.append(round((picture.time or 0.0) * 30))  # a busy machine may have lost some
        assert picture.time == pytest.approx(numbers[-1] / 30, abs=1e-4)
        red, green, blue = picture.to_ndarray(format="rgb24")[24, 32]
        assert abs(int(red) - 200) < 6
        assert abs(int(green) - 40) < 6
        assert abs(int(blue) - 90) < 6
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_whatever_is_killed_the_film_so_far_plays(client: OutputClient, tmp_path: Path, ending: str) -> None:
    recorder = SinkSpec("record", str(tmp_path / f"cut.{ending}"))
    client.steering.switch_sink(recorder, True)
    recorded(client, recorder, 2.2)
    workers = [one for one in psutil.Process(client.pid).children() if "engine.output.sinks.worker" in one.cmdline()]
    assert len(workers) == 1
    workers[0].kill()
    assert len(frames_of(tmp_path / f"cut.{ending}")) >= 30
    again = recorded(client, recorder, 0.2, but=str(tmp_path / f"cut.{ending}"))  # it begins anew by itself
    os.kill(client.pid, signal.SIGKILL)  # and now the whole output process

    def finished() -> bool:
        return not [one for one in workers if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    eventually(finished, "that the recorder's process ends")
    eventually(lambda: not client.alive(), "that it is dead")
    client.renew()
    assert client.status().ticks >= 0
    recorded(client, recorder, 0.2, but=again.name)  # the successor records on
    assert len(frames_of(Path(again.name))) >= 3


def test_a_sink_that_cannot_be_is_told_and_delays_nobody(client: OutputClient, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = SinkSpec("record", str(tmp_path / "file" / "film.mp4"))
    client.steering.switch_sink(SinkSpec("nothing"), True)
    client.steering.switch_sink(blocked, True)
    eventually(lambda: "Known are" in (report(client, "nothing") or SinkReport(sink="")).detail, "what is wrong")
    eventually(lambda: "cannot be written" in (report(client, blocked) or SinkReport(sink="")).detail, "what is wrong")
    told = report(client, "nothing")
    assert told is not None
    assert told.phase is SinkPhase.ENDED
    assert client.status().detail == ""
    with pytest.raises(OutputError, match="cannot have 9 sinks"):
        for number in range(9):
            client.steering.switch_sink(SinkSpec("nothing", str(number)), True)
    with pytest.raises(OutputError, match="too long"):
        client.steering.take_still("x" * 5000)


def test_a_sink_that_is_switched_two_hundred_times_is_there_at_once_afterwards(
    client: OutputClient, tmp_path: Path
) -> None:
    """What was switched off again before its turn came is never opened."""
    recorder = SinkSpec("record", str(tmp_path / "film.mp4"))
    ticks = client.status().ticks
    for number in range(200):
        client.steering.switch_sink(recorder, number % 2 == 0)
        time.sleep(0.005)
    client.steering.switch_sink(recorder, True)
    recorded(client, recorder, 0.3)
    assert len(list(tmp_path.iterdir())) <= 3
    assert client.status().ticks > ticks + 20


def test_a_still_is_what_viewers_see(client: OutputClient, tmp_path: Path) -> None:
    client.publish(frame(flat(10, 200, 90)))
    when(client, lambda status: status.shown == 1, "the picture")
    client.steering.take_still(str(tmp_path / "one.png"))
    eventually(lambda: (report(client, "still") or SinkReport(sink="")).sent == 1, "the still")
    client.steering.take_still(str(tmp_path / "one.png"))
    eventually(lambda: (report(client, "still") or SinkReport(sink="")).sent == 2, "the other")
    for name in ("one.png", "one 2.png"):
        picture = cv2.imread(str(tmp_path / name))
        assert picture is not None
        assert picture.shape == (48, 64, 3)
        assert tuple(picture[24, 32]) == (90, 200, 10)
    client.steering.take_still(str(tmp_path / "one.jpg"))
    eventually(lambda: "is a PNG" in (report(client, "still") or SinkReport(sink="")).detail, "that it is refused")


FULL = """
import resource, signal, sys, time
import numpy as np
from engine.output.settings import VideoFormat
from engine.output.sinks.base import SinkEndedError
from engine.output.sinks.recorder import Recorder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
recorder = Recorder(sys.argv[1])
recorder.open()
noise = np.random.default_rng(0)
try:
    for _ in range(400):
        recorder.send(noise.integers(16, 235, (128, 128, 2), np.uint8), VideoFormat(width=128, height=128))
        time.sleep(0.01)
    print("never full")
except SinkEndedError as error:
    print(error)
recorder.close()
"""


def test_a_full_disk_ends_the_recording_and_keeps_the_film(tmp_path: Path) -> None:
    path = tmp_path / "full.mp4"
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("The disk is full"), done
    assert 100_000 < path.stat().st_size <= 1_500_000
    assert len(frames_of(path)) >= 1


def test_a_process_that_hangs_is_replaced(tmp_path: Path) -> None:
    sink = IsolatedSink(SinkSpec("record", str(tmp_path / "a.mp4")), "Test")
    sink.open()
    assert sink.wanted()
    image = np.full((32, 32, 2), 128, np.uint8)
    sink.send(image, VideoFormat(width=32, height=32))
    child = psutil.Process().children()[-1]
    child.suspend()
    with pytest.raises(OutputError, match="has ended or hangs"):
        sink.send(image, VideoFormat(width=32, height=32))
    assert not sink.wanted()
    assert not child.is_running()
    sink.close()
    sink.open()
    sink.send(np.full((32, 48, 2), 128, np.uint8), VideoFormat(width=48, height=32))
    sink.close()


def test_no_process_is_started_for_which_there_is_no_memory(tmp_path: Path) -> None:
    left = [PROCESS_BYTES - 1]
    path = tmp_path / "a.mp4"
    sink = IsolatedSink(SinkSpec("record", str(path)), "Test", lambda: Headroom(left[0], 2 * PROCESS_BYTES))
    with pytest.raises(OutputError, match="Memory is short"):
        sink.open()
    assert not sink.wanted() and not path.exists()
    left[0] = PROCESS_BYTES
    sink.open()
    assert sink.wanted()
    sink.close()


def test_a_film_has_sound_beside_the_picture(tmp_path: Path) -> None:
    encoder = choose_encoder(64, 64, Fraction(25))
    film = Film(tmp_path / "loud.mkv", 64, 64, Fraction(25), encoder, Sound(48_000, 2))
    tone = np.sin(np.arange(1920 * 25) * 0.05).astype(np.float32)
    for number in range(25):
        film.add(packed_frame(np.full((64, 64, 2), 90, np.uint8)), number * NS_PER_SECOND // 25)
        part = tone[number * 1920 : (number + 1) * 1920]
        film.add_sound(np.stack([part, 0.5 * part]), number * 1920)
    film.close()
    with av.open(str(film.path)) as found:
        assert len(list(found.decode(video=0))) == 25
    with av.open(str(film.path)) as found:
        sound = np.concatenate([one.to_ndarray() for one in found.decode(audio=0)], axis=1)
    assert abs(sound.shape[1] - 48_000) < 2048
    left, right = np.sqrt((sound[:, 4096:-4096] ** 2).mean(axis=1))
    assert (float(left), float(right)) == (pytest.approx(0.707, rel=0.1), pytest.approx(0.354, rel=0.1))
