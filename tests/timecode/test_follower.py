"""One steady line from readings: jitter, jumps, wrong bits, drop-outs, two sources; and the thread that tells it."""

import random
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.timecode.follower import FREEWHEEL_NS, TimecodeFollower
from app.timecode.service import TimecodeService
from engine.audio.ltc import LtcReader
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.messages.audio_events import TimecodeHeard
from engine.messages.commands import Command
from engine.messages.list_commands import FollowTimecode
from engine.messages.timecode import TimecodeRate, TimecodeReading
from engine.scheduling.chase import TimecodeChase
from tests.timecode.sounds import quarter_frames, sound_of

EBU = TimecodeRate.EBU
FRAME_NS = 40 * NS_PER_MS
START_NS = 7 * NS_PER_SECOND


class Tape:
    """Plays readings into a follower; one frame each, from START_NS on."""

    def __init__(self) -> None:
        self.follower = TimecodeFollower()
        self.told: list[FollowTimecode] = []
        self.now_ns = START_NS
        self.chance = random.Random(4)

    def play(self, first: float, count: int, *, speed: float = 1.0, source: str = "a", jitter_ns: int = 0) -> None:
        for number in range(count):
            at_ns = self.now_ns + self.chance.randrange(-jitter_ns, jitter_ns + 1)
            self.tell(
                self.follower.hear(source, TimecodeReading(first + number * (1 if speed > 0 else -1), EBU, at_ns))
            )
            self.now_ns += round(FRAME_NS / abs(speed))

    def wait(self, ns: int) -> None:
        self.now_ns += ns
        self.tell(self.follower.tick(self.now_ns))

    def tell(self, line: FollowTimecode | None) -> None:
        if line is not None:
            self.told.append(line)

    def frame(self, at_ns: int) -> float:
        """Where the line that was told last is."""
        line = self.told[-1]
        return (line.position_ns + (at_ns - line.stamp_ns) * line.speed) / FRAME_NS


def test_jitter_is_smoothed_and_told_once() -> None:
    tape = Tape()
    tape.play(1000, 500, jitter_ns=2 * NS_PER_MS)
    assert len(tape.told) < 10
    assert tape.told[-1].speed == pytest.approx(1.0, abs=0.01)
    assert tape.frame(tape.now_ns) == pytest.approx(1500, abs=0.3)


@pytest.mark.parametrize("speed", [0.9, 1.1, -1.0])
def test_speed_and_direction_are_found(speed: float) -> None:
    tape = Tape()
    tape.play(1000, 60, speed=speed)
    assert tape.told[-1].speed == pytest.approx(speed, abs=0.01)
    assert tape.frame(tape.now_ns) == pytest.approx(1000 + (60 if speed > 0 else -60), abs=0.3)


def test_a_jump_is_followed_and_a_wrong_bit_is_not() -> None:
    tape = Tape()
    tape.play(1000, 50)
    before = len(tape.told)
    tape.play(1050 + 80_000, 1)
    tape.play(1051, 20)
    assert len(tape.told) == before
    tape.play(5000, 2)
    assert tape.frame(tape.now_ns) == pytest.approx(5002, abs=0.1)


def test_a_drop_out_is_bridged_for_two_seconds_then_it_stands() -> None:
    tape = Tape()
    tape.play(1000, 50)
    before = len(tape.told)
    tape.wait(FREEWHEEL_NS - 200 * NS_PER_MS)
    gone = (tape.now_ns - START_NS) / FRAME_NS
    tape.play(1000 + gone, 10)
    assert len(tape.told) == before  # it went on as if nothing had been
    tape.wait(FREEWHEEL_NS + NS_PER_MS)
    assert tape.told[-1].speed == 0.0
    stood = tape.frame(0)
    tape.wait(10 * NS_PER_SECOND)
    assert len(tape.told) == before + 1
    assert tape.frame(tape.now_ns) == stood
    tape.play(200, 2)
    assert tape.told[-1].speed == pytest.approx(1.0)


def test_another_source_takes_over_when_the_first_is_silent() -> None:
    tape = Tape()
    tape.play(1000, 10)
    for _ in range(20):
        tape.play(1010, 1)
        tape.play(9000, 1, source="b")
    assert {line.source for line in tape.told} == {"a"}
    tape.wait(FREEWHEEL_NS)
    tape.play(9000, 3, source="b")
    assert tape.told[-1].source == "b"


def test_a_full_frame_stands_where_it_says() -> None:
    tape = Tape()
    tape.tell(tape.follower.hear("a", TimecodeReading(90_000, EBU, START_NS, standing=True)))
    assert (tape.told[-1].speed, tape.frame(0)) == (0.0, 90_000)


@given(
    st.lists(
        st.tuples(st.integers(0, 5 * NS_PER_SECOND), st.floats(-10, 2_600_000), st.booleans(), st.sampled_from("ab")),
        max_size=60,
    )
)
def test_whatever_is_read_what_is_told_can_be_followed(readings: list[tuple[int, float, bool, str]]) -> None:
    tape, chase = Tape(), TimecodeChase()
    for ns, frame, near, source in readings:
        tape.now_ns += ns % (FRAME_NS if near else 5 * NS_PER_SECOND)
        at = tape.frame(tape.now_ns) + frame % 1.2 - 0.6 if near and tape.told else frame
        tape.tell(tape.follower.hear(source, TimecodeReading(at, EBU, tape.now_ns, standing=ns % 7 == 0)))
        tape.tell(tape.follower.tick(tape.now_ns))
    for line in tape.told:
        chase = chase.follow(line)


@pytest.fixture
def heard() -> Iterator[tuple[TimecodeService, list[Command]]]:
    posted: list[Command] = []
    service = TimecodeService(posted.append, SystemClock())
    service.start()
    yield service, posted
    service.close()


def wait_for(posted: list[Command], count: int) -> FollowTimecode:
    deadline = time.monotonic() + 10.0
    while len(posted) < count:
        assert time.monotonic() < deadline, posted
        time.sleep(0.005)
    line = posted[-1]
    assert isinstance(line, FollowTimecode)
    return line


def test_the_thread_reads_sound_and_midi_and_stands_when_both_end(
    heard: tuple[TimecodeService, list[Command]],
) -> None:
    service, posted = heard
    sound = sound_of(90_000, 10, EBU).astype(np.float32)
    began_ns = time.monotonic_ns() - round(len(sound) / 48_000 * NS_PER_SECOND)
    for reading in LtcReader().push(sound, 48_000.0, began_ns):
        service.hear(TimecodeHeard(at_ns=reading.at_ns, name="deck", reading=reading))
    line = wait_for(posted, 1)
    assert (line.source, line.speed) == ("LTC, deck", pytest.approx(1.0, abs=0.01))
    assert line.position_ns == pytest.approx(3600 * NS_PER_SECOND + line.stamp_ns - began_ns, abs=NS_PER_MS)
    stands = wait_for(posted, 2)  # two seconds after the sound ended
    assert stands.speed == 0.0
    start_ns = time.monotonic_ns()
    for place, data in quarter_frames(500, 4, TimecodeRate.NTSC):
        service.hear_midi("desk", bytes((0xF1, data)), start_ns + round((place - 500) / 30 * NS_PER_SECOND))
    assert wait_for(posted, 3).source == "MTC, desk"
    service.hear_midi("desk", bytes.fromhex("F0 7F 7F 01 01 21 00 00 05 F7"), start_ns + NS_PER_SECOND)
    line = wait_for(posted, 4)
    assert (line.speed, line.position_ns, line.rate) == (0.0, 3600 * NS_PER_SECOND + NS_PER_SECOND // 5, EBU)
    assert service.state().line == line
