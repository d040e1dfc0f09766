"""LTC from sound and MIDI timecode from bytes: every rate, either way, through noise, tape and anything at all."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.timecode.mtc import MtcReader, is_full_frame
from engine.audio.ltc import LtcReader
from engine.clock import NS_PER_SECOND
from engine.messages.timecode import Timecode, TimecodeRate, TimecodeReading, label_of
from tests.timecode.sounds import CODES, quarter_frames, sound_of

FIRST = 107_950  # past an hour, and past the labels that are dropped there


def heard(
    sound: "np.typing.NDArray[np.float64]", sizes: "list[int] | int" = 512, samples: float = 48_000.0
) -> list[TimecodeReading]:
    """What is read of a sound that begins at 0 and comes in blocks."""
    reader, readings, at = LtcReader(), list[TimecodeReading](), 0
    sizes = [sizes] if isinstance(sizes, int) else sizes
    turn = 0
    while at < len(sound):
        size = sizes[turn % len(sizes)]
        readings += reader.push(sound[at : at + size], samples, round(at * NS_PER_SECOND / samples))
        at, turn = at + size, turn + 1
    return readings


@pytest.mark.parametrize("rate", TimecodeRate)
@pytest.mark.parametrize(("speed", "inverted"), [(1.0, False), (0.9, True), (1.1, False)])
def test_ltc_of_every_rate_is_read_to_the_sample(rate: TimecodeRate, speed: float, inverted: bool) -> None:
    sound = sound_of(FIRST, 70, rate, speed=speed) * (-0.3 if inverted else 0.3)
    noise = np.random.default_rng(3).normal(0.0, 0.01, len(sound))
    readings = heard(sound + noise)
    assert 67 <= len(readings) <= 70
    for reading in readings[-20:]:  # a second has ended, so that its frames are counted
        assert reading.rate is rate
        frame_ns = NS_PER_SECOND / (float(rate.per_second) * speed)
        assert (reading.frame - FIRST) * frame_ns == pytest.approx(reading.at_ns, abs=2 * NS_PER_SECOND / 48_000)
    last = int(readings[-1].frame)
    assert [one.frame for one in readings[-20:]] == list(range(last - 19, last + 1))


def test_ltc_runs_backwards_swims_and_comes_at_any_rate_of_samples() -> None:
    back = heard(sound_of(FIRST, 40, TimecodeRate.EBU, backwards=True))
    frames = [one.frame for one in back]
    assert frames == list(range(int(frames[0]), FIRST, -1))
    assert frames[0] >= FIRST + 37
    for samples in (22_050.0, 44_100.0, 96_000.0, 192_000.0):
        rise = 1.5 * samples / 48_000
        readings = heard(sound_of(FIRST, 40, TimecodeRate.NTSC, samples=samples, rise=rise), samples=samples)
        assert len(readings) >= 38, samples
    steady = sound_of(FIRST, 60, TimecodeRate.EBU)
    way = np.arange(len(steady)) + 900 * np.sin(np.arange(len(steady)) / 6_000)  # ±15 % in a quarter of a second
    swimming = np.interp(way, np.arange(len(steady)), steady)
    assert len(heard(swimming)) >= 57


def test_a_drop_out_costs_no_more_than_what_it_covers() -> None:
    sound = sound_of(FIRST, 60, TimecodeRate.EBU)
    sound[48_000:50_000] = 0.0
    frames = [one.frame for one in heard(sound)]
    assert len(frames) >= 56
    assert frames == sorted(set(frames))
    assert set(frames) <= set(range(FIRST, FIRST + 61))


@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(32, 5_000), min_size=1, max_size=6), st.floats(-0.4, 0.4), st.integers(1, 4))
def test_blocks_of_any_size_read_the_same(sizes: list[int], offset: float, channels: int) -> None:
    sound = sound_of(FIRST, 45, TimecodeRate.EBU) * 0.5
    whole = [one.frame for one in heard(sound)]
    apart = heard(np.stack([sound + offset] * channels, axis=1), sizes)
    tail = [one.frame for one in apart]
    assert tail[-8:] == whole[-8:]
    assert tail == sorted(set(tail))


def test_no_sound_is_a_fault() -> None:
    chance = np.random.default_rng(5)
    reader = LtcReader()
    for number in range(400):
        size = int(chance.integers(0, 700))
        block = chance.normal(0, 10.0 ** chance.integers(-6, 3), (size, int(chance.integers(1, 9))))
        if number % 3 == 0 and size:
            block[chance.integers(size)] = chance.choice([np.nan, np.inf, -np.inf, 1e30])
        rate = float(chance.choice([8_000, 44_100, 48_000, 192_000, 0.0, np.nan]))
        reader.push(block if number % 5 else block[:, 0].astype(np.float32), rate, number)
    sound = sound_of(FIRST, 60, TimecodeRate.EBU)
    assert len(reader.push(sound, 48_000.0, 0)) > 20  # and it is well afterwards


@pytest.mark.parametrize("rate", TimecodeRate)
@pytest.mark.parametrize("backwards", [False, True])
def test_midi_timecode_of_every_rate_is_read_either_way(rate: TimecodeRate, backwards: bool) -> None:
    reader, readings = MtcReader(), list[tuple[float, TimecodeReading]]()
    for place, data in quarter_frames(FIRST, 20, rate, backwards=backwards)[3:]:  # heard from the middle of a label on
        reading = reader.quarter_frame(data, 7)
        if reading is not None:
            readings.append((place, reading))
    assert len(readings) == 19
    assert all(reading == TimecodeReading(place, rate, 7) for place, reading in readings)


def test_a_full_frame_says_where_it_goes() -> None:
    for rate, code in CODES.items():
        label = label_of(FIRST, rate)
        data = bytes((0x7F, 0x7F, 1, 1, label.hours | code << 5, label.minutes, label.seconds, label.frames))
        assert is_full_frame(data)
        assert MtcReader().full_frame(data, 5) == TimecodeReading(FIRST, rate, 5, standing=True)
    assert MtcReader().full_frame(bytes((0x7F, 0, 1, 1, 0x19, 0, 0, 0)), 0) is None  # 25 o'clock
    assert not is_full_frame(bytes((0x7F, 0, 6, 1, 0, 0, 0, 0)))


def test_lost_and_mad_quarter_frames_make_no_wrong_label() -> None:
    chance = random.Random(2)
    rate = TimecodeRate.EBU
    reader, read = MtcReader(), 0
    for place, data in quarter_frames(FIRST, 300, rate):
        if chance.random() < 0.04:
            continue
        reading = reader.quarter_frame(data, 0)
        if reading is not None:
            read += 1
            assert reading.frame == place
    assert read > 150
    for _ in range(5_000):
        reading = reader.quarter_frame(chance.randrange(128), 0)
        assert reading is None or 0 <= reading.frame < rate.day_frames * 1.3
    assert Timecode(23, 59, 59, 29).valid
