"""One input from its opening to its going and coming back, without a driver."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audio.tracks import RATE, click_track
from bench.audio.unplugged import play
from engine.audio.listening import Listening
from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError, AudioInput, choose
from engine.audio.wire import (
    Coded,
    Fares,
    Found,
    Heard,
    Listen,
    Look,
    UseGain,
    Word,
    order_line,
    read_order,
    read_word,
    word_line,
)
from engine.clock import Clock, ManualClock
from engine.messages.audio import AudioFeatures, AudioState
from engine.messages.timecode import TimecodeRate
from tests.timecode.sounds import sound_of

BLOCK_NS = 20_000_000
BLOCK = RATE // 50


class Card:
    """A machine's inputs: a microphone that may be unplugged."""

    def __init__(self) -> None:
        self.plugged = True
        self.ring = SoundRing(RATE, 2)
        self.rate = RATE
        self.closed = 0

    def list(self, *, again: bool) -> tuple[AudioInput, ...]:  # noqa: ARG002
        return (AudioInput("Microphone", "test", 2, RATE, False, 0),) if self.plugged else ()

    def open(self, chosen: AudioInput, clock: Clock) -> "Card":  # noqa: ARG002
        if not self.plugged:
            raise AudioError("It cannot be opened", where=chosen.name)
        self.ring = SoundRing(RATE, 2)
        return self

    def ended(self) -> bool:
        return not self.plugged

    def close(self) -> None:
        self.closed += 1


class Room:
    """Listening beside a card, and what it told."""

    def __init__(self) -> None:
        self.card, self.clock = Card(), ManualClock(10**9)
        self.words: list[Word] = []
        self.listening = Listening(self.card, self.clock, self.words.append)

    def play(self, sound: np.ndarray, times: int = 1) -> None:
        for _ in range(times):
            for at in range(0, len(sound), BLOCK):
                self.clock.advance(BLOCK_NS)
                if self.card.plugged:
                    block = sound[at : at + BLOCK]
                    self.card.ring.write(np.stack((block, block), axis=1), self.clock.now_ns())
                self.listening.step()

    @property
    def states(self) -> list[AudioState]:
        return [one.state for one in self.words if isinstance(one, Fares)]


SECOND = np.sin(np.arange(RATE) / 10).astype(np.float32)


def test_an_input_is_heard_goes_silent_clips_goes_and_comes_back() -> None:
    room = Room()
    room.listening.obey(Listen("micro"))
    room.play(0.3 * SECOND)
    room.play(0.0 * SECOND, times=4)
    room.play(np.sign(SECOND))
    room.card.plugged = False
    room.play(SECOND, times=4)
    assert room.card.closed == 1
    room.card.plugged = True
    room.play(0.3 * SECOND, times=3)
    assert room.states == [
        AudioState.OPENING,
        AudioState.LIVE,
        AudioState.NO_SIGNAL,
        AudioState.CLIPPING,
        AudioState.GONE,
        AudioState.GONE,
        AudioState.LIVE,
    ]
    room.listening.obey(Listen("none"))
    assert room.states[-1] is AudioState.OFF


@settings(max_examples=8)
@given(seed=st.integers(0, 2**31))
def test_a_card_that_goes_in_the_middle_of_a_block_is_told_and_heard_again(seed: int) -> None:
    show = play(np.random.default_rng(seed), 250)
    assert not show.faults


def test_a_rate_that_cannot_be_heard_is_a_sentence() -> None:
    room = Room()
    room.card.rate = 384_000
    room.listening.obey(Listen("micro"))
    room.play(SECOND)
    told = room.words[-1]
    assert isinstance(told, Fares)
    assert told.state is AudioState.NONE
    assert "384000" in told.detail
    assert room.card.closed


def test_a_timecode_that_begins_beside_music_is_read_soon_and_then_whole() -> None:
    room, rate = Room(), TimecodeRate.EBU
    room.listening.obey(Listen("micro"))
    room.play(0.3 * SECOND, times=3)
    assert not any(isinstance(one, Coded) for one in room.words)
    begun = len(room.words)
    code = sound_of(1000, 100, rate, samples=float(RATE)).astype(np.float32)
    room.play(0.5 * code)
    told = [one for one in room.words[begun:] if isinstance(one, Coded)]
    frames = [round(reading.frame) for one in told if one.channel == 1 for reading in one.readings]
    assert frames == list(range(frames[0], frames[-1] + 1))  # none is left out
    assert frames[0] < 1000 + 25 * 0.6 and frames[-1] > 1000 + 95


def test_without_any_input_the_state_is_none_and_says_what_there_is() -> None:
    room = Room()
    room.listening.obey(Listen("Line"))
    room.play(SECOND)
    told = room.words[-1]
    assert isinstance(told, Fares)
    assert told.state is AudioState.NONE
    assert "Microphone" in told.detail


def test_a_fixed_gain_holds_for_what_is_opened_later() -> None:
    levels = []
    for gain_db in (0.0, 12.0):
        room = Room()
        room.listening.obey(UseGain(gain_db))
        room.listening.obey(Listen("Microphone"))
        room.play(0.01 * SECOND)
        heard = [one for word in room.words if isinstance(word, Heard) for one in word.features]
        levels.append(heard[-1].level)
    assert abs(levels[1] - levels[0] - 12 / 48) < 0.01


def test_features_are_stamped_with_when_the_card_heard_them() -> None:
    room, track = Room(), click_track(3, (120.0,), seconds=8.0)
    began_ns = room.clock.now_ns()
    room.listening.obey(Listen("Microphone"))
    room.listening.step()
    room.play(track.sound)
    heard = [one for word in room.words if isinstance(word, Heard) for one in word.features][-1]
    beat_s = (heard.beat_ns - began_ns) / 1e9
    assert heard.bpm > 0
    assert abs((beat_s - track.beats[0] + 0.25) % 0.5 - 0.25) < 0.02


def test_the_older_half_of_a_full_ring_is_lost_and_the_newest_kept() -> None:
    ring = SoundRing(100, 1)
    for at in range(0, 1000, 50):
        ring.write(np.arange(at, at + 50)[:, None], at)
    block, end_ns = ring.read()
    assert block[:, 0].tolist() == list(range(900, 1000))
    assert end_ns == 950
    assert len(ring.read()[0]) == 0


def test_a_name_is_chosen_whole_before_it_is_chosen_by_a_part() -> None:
    inputs = tuple(AudioInput(name, "", 2, 48_000, False, 0) for name in ("USB Line 2", "Line"))
    assert [choose(text, inputs) for text in ("line", "usb", "tape")] == [inputs[1], inputs[0], None]


def test_what_both_processes_say_reads_back_as_it_was() -> None:
    for order in (Listen("a b", "/x y", 7), UseGain(None), UseGain(-3.5), Look()):
        assert read_order(order_line(order)) == order
    heard = Heard((AudioFeatures(at_ns=5, level=0.25, bands=(0.1,) * 8, bpm=120.0),))
    for word in (heard, Fares("Mic", AudioState.GONE, "why"), Found(("a", "b"))):
        assert read_word(word_line(word)) == word
