"""The audio process as the program uses it: a file's sound, a process that dies, a JACK server that goes away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from bench.audio.tracks import RATE, drum_loop
from engine.audio import listener
from engine.audio.listener import PATIENCE_NS, AudioListener
from engine.backoff import Backoff
from engine.clock import SystemClock
from engine.messages.audio import AudioState
from engine.messages.audio_events import AudioBeat, AudioChanged
from engine.messages.events import Event, SourceChanged, SourceState
from engine.messages.input_commands import SelectAudio
from tests.midi.jack import JackServer

PATIENCE_S = 20.0
PLAYER = """
import sys, time, numpy, jack
sound, at = numpy.load(sys.argv[1]), 0
client = jack.Client("player", no_start_server=True)
port = client.outports.register("out")
@client.set_process_callback
def process(frames):
    global at
    port.get_array()[:] = numpy.take(sound, range(at, at + frames), mode="wrap")
    at += frames
with client:
    sys.stdin.read()
"""


class Ears:
    """A listener and what it told."""

    def __init__(self, patience_ns: int = PATIENCE_NS) -> None:
        self.events: list[Event] = []
        self.listener = AudioListener(SystemClock(), self.events.append, patience_ns=patience_ns)

    def choose(self, name: str) -> None:
        self.listener.apply(SelectAudio(stamp_ns=0, name=name))

    @property
    def states(self) -> list[AudioState]:
        return [one.state for one in self.events if isinstance(one, AudioChanged)]

    @property
    def details(self) -> list[str]:
        return [one.detail for one in self.events if isinstance(one, AudioChanged)]

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < end, self.events
            time.sleep(0.02)


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears = Ears()
    yield ears
    ears.listener.close()


def write_sound(path: Path, seconds: float) -> None:
    """Write a drum loop of 120 BPM as a WAV."""
    sound = drum_loop(8, "house", (120.0,), seconds=seconds).sound
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def test_the_sound_of_the_file_that_plays_is_heard_until_none_is_chosen(ears: Ears, tmp_path: Path) -> None:
    write_sound(tmp_path / "loop.wav", 8.0)
    ears.choose("source")
    ears.listener.hear(
        SourceChanged(at_ns=time.monotonic_ns(), spec=f"file:{tmp_path / 'loop.wav'}", state=SourceState.LIVE)
    )
    ears.wait(lambda: AudioState.LIVE in ears.states)
    ears.wait(lambda: any(isinstance(one, AudioBeat) and one.bpm > 0 for one in ears.events))
    newest = ears.listener.newest()
    assert newest is not None
    assert abs(newest.at_ns - time.monotonic_ns()) < 2 * 10**9
    assert newest.bpm == pytest.approx(120.0, rel=0.02)
    now_ns = time.monotonic_ns()
    assert len(ears.listener.track(now_ns, (now_ns, now_ns + 10**7)).rows) == 2
    ears.choose("none")
    ears.wait(lambda: ears.states[-1] is AudioState.OFF)
    assert ears.listener.newest() is None


def test_a_process_that_is_killed_is_told_and_started_again(ears: Ears, tmp_path: Path) -> None:
    write_sound(tmp_path / "loop.wav", 30.0)
    ears.listener.hear(
        SourceChanged(at_ns=time.monotonic_ns(), spec=f"file:{tmp_path / 'loop.wav'}", state=SourceState.LIVE)
    )
    ears.choose("source")
    ears.wait(lambda: AudioState.LIVE in ears.states)
    process = ears.listener._process
    assert process is not None
    process.kill()
    ears.wait(lambda: AudioState.GONE in ears.states)
    ears.wait(lambda: ears.states[-1] is AudioState.LIVE)


def test_a_process_that_stands_still_is_told_and_started_again(tmp_path: Path) -> None:
    ears = Ears(patience_ns=5 * 10**9)
    try:
        ears.choose("an input that nobody has")
        ears.wait(lambda: AudioState.NONE in ears.states)
        process = ears.listener._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        ears.wait(lambda: AudioState.GONE in ears.states)
        assert "Listening gave no sign for 5 s; it is started again." in ears.details
        ears.wait(lambda: ears.states[-1] is AudioState.NONE)
        assert process.returncode == -signal.SIGKILL
    finally:
        ears.listener.close()


@pytest.mark.parametrize("fault", [OSError("no memory"), SystemExit(3)], ids=["error", "exit"])
def test_a_process_that_cannot_be_had_is_tried_again(
    ears: Ears, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    popen, faults = listener._popen, [OSError("no memory"), fault, fault]

    def popen_later() -> subprocess.Popen[bytes]:
        if faults:
            raise faults.pop(0)
        return popen()

    monkeypatch.setattr(listener, "_popen", popen_later)
    ears.listener._backoff = Backoff(10**6, 10**6)
    ears.choose("an input that nobody has")
    ears.wait(lambda: AudioState.NONE in ears.states)
    assert ears.states.count(AudioState.GONE) == 2
    assert f"Listening has failed: {fault!r}. It is started again." in ears.details


def test_nothing_is_started_where_nothing_is_to_be_heard(ears: Ears) -> None:
    ears.choose("none")
    assert ears.listener._process is None
    ears.choose("an input that nobody has")
    ears.wait(lambda: AudioState.NONE in ears.states)


@pytest.mark.jack
def test_another_program_is_heard_through_jack_and_no_end_of_it_ends_the_show(ears: Ears, tmp_path: Path) -> None:
    np.save(tmp_path / "sound.npy", np.random.default_rng(1).standard_normal(48_000).astype(np.float32) / 8)
    with JackServer() as server:
        player = subprocess.Popen([sys.executable, "-c", PLAYER, str(tmp_path / "sound.npy")], stdin=subprocess.PIPE)
        try:
            ears.wait(lambda: "player" in ears.listener.input_names())
            ears.choose("player")
            ears.wait(lambda: AudioState.LIVE in ears.states)
            player.send_signal(signal.SIGKILL)
            ears.wait(lambda: AudioState.GONE in ears.states)
            server.stop()
            ears.wait(lambda: ears.states[-1] in (AudioState.GONE, AudioState.NONE))
            assert os.getpid()  # a library that ends its process has ended another
        finally:
            player.kill()
            player.wait()
            assert player.stdin is not None
            player.stdin.close()
