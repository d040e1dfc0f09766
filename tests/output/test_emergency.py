"""What viewers see while nothing comes: pure, in the output process, and after that process was replaced."""

import itertools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.emergency_clip import prepare_clip
from engine.errors import OutputError
from engine.messages.emergency import Emergency, EmergencyKind, parse_emergency
from engine.output.client import OutputClient
from engine.output.clip import Clip, read_clip, write_clip
from engine.output.emergency import AFTER_NS, BREATH_S, EmergencyPicture
from engine.output.emergency_controls import EmergencyControls, write_emergency
from engine.output.layout import SharedMemory
from tests.output.parts import connect, eventually, flat, frame, when
from tests.sources.videos import write_video

TICK_NS = NS_PER_SECOND // 30


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[SharedMemory]:
    memory = SharedMemory.create(tmp_path / "ring")
    yield memory
    memory.close()


class Air:
    """An emergency with a programme, ticked by hand."""

    def __init__(self, memory: SharedMemory, controls: EmergencyControls, since_ns: int | None = None) -> None:
        write_emergency(memory, controls)
        self.memory = memory
        self.emergency = EmergencyPicture(memory, since_ns)
        self.programme = flat(200, 100, 50)
        self.now_ns = 100 * NS_PER_SECOND

    def run(self, seconds: float, *, starved: bool = True, frozen: bool = False) -> list[int]:
        """Tick for so long; the first pixel of each picture's red."""
        seen = []
        for _ in range(round(seconds * 30)):
            self.now_ns += TICK_NS
            self.emergency.tick(self.programme, self.now_ns, starved=starved, frozen=frozen)
            seen.append(int(self.emergency.picture(self.programme)[0, 0, 0]))
        return seen


def test_nothing_changes_while_pictures_come(memory: SharedMemory) -> None:
    air = Air(memory, EmergencyControls(EmergencyKind.BLACK, 0.0))
    assert set(air.run(10, starved=False)) == {200} and air.emergency.version == 0 and not air.emergency.shown


def test_it_begins_after_two_seconds_and_the_show_fades_in_again(memory: SharedMemory) -> None:
    air = Air(memory, EmergencyControls(EmergencyKind.BLACK, 1.0))
    air.run(1, starved=False)
    assert set(air.run(AFTER_NS / NS_PER_SECOND - 0.1)) == {200}
    faded = air.run(2)
    assert faded == sorted(faded, reverse=True) and faded[-1] == 0 and air.emergency.shown
    back = air.run(1, starved=False)
    assert back == sorted(back) and back[-1] == 200 and not air.emergency.shown


def test_a_breath_is_slow_and_moves_at_every_frame(memory: SharedMemory) -> None:
    air = Air(memory, EmergencyControls(EmergencyKind.BREATHE))
    air.run(2.2)
    breath = air.run(BREATH_S)
    assert min(breath) < 120 and max(breath) >= 199
    assert max(abs(one - two) for one, two in itertools.pairwise(breath)) <= 4
    before = air.emergency.version
    air.run(1)
    assert air.emergency.version == before + 30


def test_what_is_held_by_hand_stays_until_it_is_let_go(memory: SharedMemory) -> None:
    air = Air(memory, EmergencyControls(EmergencyKind.BLACK, 0.0))
    assert set(air.run(10, frozen=True)) == {200}
    assert air.run(0.1)[-1] == 0


def test_by_hand_it_comes_at_once_and_stays_whatever_comes(memory: SharedMemory) -> None:
    air = Air(memory, EmergencyControls(EmergencyKind.HOLD))
    air.run(1, starved=False)
    write_emergency(memory, EmergencyControls(EmergencyKind.HOLD, on=True))
    air.run(0.1, starved=False)
    air.programme = flat(9, 9, 9)
    assert set(air.run(5, starved=False)) == {200}
    write_emergency(memory, EmergencyControls(EmergencyKind.HOLD))
    assert air.run(0.1, starved=False)[-1] == 9


def test_a_clip_fades_in_and_loops(memory: SharedMemory, tmp_path: Path) -> None:
    path = tmp_path / "a.clip"
    shades = [np.full((448, 448, 3), shade, np.uint8) for shade in (20, 60)]
    assert write_clip(path, shades, 10.0) == 2
    air = Air(memory, EmergencyControls(EmergencyKind.LOOP, clip=str(path)))
    air.run(2)
    entering = air.run(0.4)
    assert 60 < entering[3] < 200
    assert {round(one, -1) for one in air.run(1)[10:]} == {20, 60}


def test_a_lost_or_damaged_clip_breathes_in_its_place_and_says_so(memory: SharedMemory, tmp_path: Path) -> None:
    path = tmp_path / "a.clip"
    path.write_bytes(b"HCCLIP1\n" + bytes(40))
    air = Air(memory, EmergencyControls(EmergencyKind.LOOP, clip=str(path)))
    air.run(2.2)
    assert min(air.run(BREATH_S)) < 120
    assert "damaged" in air.emergency.trouble


def test_a_successor_goes_on_where_the_fade_had_ended(memory: SharedMemory) -> None:
    air = Air(memory, EmergencyControls(EmergencyKind.BLACK, 30.0), since_ns=30 * NS_PER_SECOND)
    assert air.run(0.1)[0] == 0


@settings(max_examples=60)
@given(data=st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"HCCLIP1\n\x02\0\0\0" + rest))
def test_a_clip_file_is_read_or_refused_in_a_sentence(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.clip"
    path.write_bytes(data)
    try:
        clip = read_clip(path)
    except OutputError:
        return
    assert isinstance(clip, Clip) and clip.pictures


@pytest.mark.parametrize("text", ["hold", "breathe", "black:0", "black:4.5", "loop:/a b/c.mp4"])
def test_a_choice_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_emergency(text)) == text


@pytest.mark.parametrize("text", ["", "loop", "loop:", "black:", "black:nan", "black:-1", "black:61", "hold:1"])
def test_what_is_no_choice_is_refused(text: str) -> None:
    with pytest.raises(OutputError):
        parse_emergency(text)


def test_default_is_the_last_picture() -> None:
    assert Emergency() == parse_emergency("hold")


def test_a_video_is_decoded_once_and_a_still_is_one_picture(tmp_path: Path) -> None:
    video, still = tmp_path / "v.mp4", tmp_path / "s.png"
    write_video(video, frames=20, rate=10)
    cv2.imwrite(str(still), np.full((300, 500, 3), 77, np.uint8))
    clip = prepare_clip(video)
    assert len(read_clip(clip).pictures) == 20 and read_clip(clip).rate == 10.0
    stamp = clip.stat().st_mtime_ns
    assert prepare_clip(video) == clip and clip.stat().st_mtime_ns == stamp
    assert len(read_clip(prepare_clip(still)).pictures) == 1


def _red(client: OutputClient) -> int:
    return int(client.preview()[1][0, 0, 0])


def test_the_output_shows_it_without_an_engine_and_hands_it_on_when_it_is_killed() -> None:
    client = connect()
    try:
        client.steering.set_emergency(EmergencyControls(EmergencyKind.BLACK, 0.5))
        client.publish(frame(flat(200, 100, 50)))
        eventually(lambda: _red(client) == 200, "the picture")
        when(client, lambda status: status.emergency, "the emergency")
        eventually(lambda: _red(client) == 0, "black")
        client.keep_spare()
        time.sleep(1.0)
        os.kill(client.pid, signal.SIGKILL)
        eventually(lambda: not client.alive(), "its death")
        client.renew()
        when(client, lambda status: status.emergency, "the emergency again")
        assert _red(client) == 0
        client.publish(frame(flat(201, 100, 50), epoch=1))
        eventually(lambda: _red(client) == 201, "the show again")
        when(client, lambda status: not status.emergency, "its end")
    finally:
        client.close()
