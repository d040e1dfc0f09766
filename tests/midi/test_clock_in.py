"""MIDI clock: tempo and beat from ticks, under jitter, from any start."""

import random

import pytest

from app.control.slots import Slot, SlotKind
from app.midi.bindings import bound
from app.midi.clock.receive import ClockFollower
from app.midi.control_ids import ControlId, MessageKind
from app.midi.learning.learner import SetControl
from app.midi.messages.types import Clock, Continue, Message, SongPosition, Start, Stop
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import Command, ExternalBeat, HardCut, Resync, SetParameter
from tests.midi.core_parts import FakeSystem
from tests.midi.test_core import GENERIC, A, Booth

BEAT = 500 * NS_PER_MS  # 120 bpm


def ticks(count: int, first_ns: int = 0, bpm: float = 120.0, jitter_ms: float = 0.0) -> list[tuple[Message, int]]:
    chance = random.Random(4)
    return [
        (Clock(), first_ns + round(index * 60e9 / bpm / 24) + round(chance.uniform(-1, 1) * jitter_ms * NS_PER_MS))
        for index in range(count)
    ]


def told(follower: ClockFollower, messages: list[tuple[Message, int]]) -> list[Command]:
    return [command for message, stamp in messages for command in follower.handle(message, stamp)]


def test_a_steady_clock_is_told_once() -> None:
    commands = told(ClockFollower(), ticks(240, first_ns=7))
    assert [(one.bpm, one.beat_ns) for one in commands if isinstance(one, ExternalBeat)] == [(120.0, 7)]
    assert len(commands) == 1


@pytest.mark.parametrize("bpm", [32.0, 97.3, 128.0, 174.0, 290.0])
def test_jitter_is_smoothed(bpm: float) -> None:
    beats = [one for one in told(ClockFollower(), ticks(480, bpm=bpm, jitter_ms=1.0)) if isinstance(one, ExternalBeat)]
    period = 60e9 / bpm
    assert beats[-1].bpm == pytest.approx(bpm, rel=0.003)
    away = (beats[-1].beat_ns + period / 2) % period - period / 2
    assert abs(away) < 3 * NS_PER_MS


def test_a_change_of_tempo_is_followed_within_a_second() -> None:
    follower = ClockFollower()
    told(follower, ticks(96))
    beats = [one for one in told(follower, ticks(72, 4 * BEAT, 140.0)) if isinstance(one, ExternalBeat)]
    assert beats[-1].bpm == pytest.approx(140.0, abs=0.1)


def test_start_says_where_the_bar_is() -> None:
    follower = ClockFollower()
    told(follower, ticks(100))
    commands = told(follower, [(Start(), 5 * BEAT), *ticks(200, 5 * BEAT + 1)])
    assert [one.stamp_ns for one in commands if isinstance(one, Resync)] == [5 * BEAT + 1]


def test_song_position_and_continue() -> None:
    follower = ClockFollower()
    # Four sixteenths are a beat: the bar began one beat before the next tick.
    commands = told(follower, [(Stop(), 0), (SongPosition(4), 0), (Continue(), 0), *ticks(200, 8 * BEAT)])
    assert [one.stamp_ns for one in commands if isinstance(one, Resync)] == [7 * BEAT]


def test_a_gap_begins_anew_and_nonsense_says_nothing() -> None:
    follower = ClockFollower()
    told(follower, ticks(10))
    assert told(follower, ticks(10, 9 * BEAT)) == []
    assert told(ClockFollower(), [(Clock(), 5)] * 100) == []
    assert told(ClockFollower(), ticks(100, bpm=2000.0)) == []


def test_a_sequencers_notes_beside_its_clock_are_not_pads_until_they_are_learnt() -> None:
    booth = Booth(system := FakeSystem([A]), GENERIC)
    booth.take()
    system.play(A, [0x90, 36, 1])
    booth.take()
    assert len(booth.posted) == 1
    system.play(A, [0xF8], [0x90, 36, 1], [0xB0, 1, 0])
    booth.pass_time()
    assert [type(command) for command in booth.posted] == [HardCut, SetParameter]  # its knobs play on
    assert booth.states[-1].clock.followed == ("Desk one",)
    system.play(A, [0x90, 37, 1])
    booth.pass_time(NS_PER_SECOND // 2)
    assert booth.states[-1].last_message.endswith("(a sequencer's: its clock ticks; learn it to play it)")
    pad = ControlId(MessageKind.NOTE, 37, 1)
    booth.take(SetControl("Desk one", pad, (bound(pad, Slot(SlotKind.SCENE, name="Tide")),)))
    system.play(A, [0xF8], [0x90, 37, 1])
    booth.take()
    assert isinstance(booth.posted[-1], HardCut)
    booth.pass_time(2 * NS_PER_SECOND)
    system.play(A, [0x90, 36, 1])
    booth.take()
    assert len(booth.posted) == 4
