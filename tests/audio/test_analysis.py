"""The analysis of sound, held against music whose beats and strokes are known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audio.hostile import RATES, abuse, recovers, sane
from bench.audio.score import f_measure, hear, score
from bench.audio.tracks import RATE, click_track, drum_loop
from engine.audio.analysis import Analyser
from engine.audio.resampler import RATE as ANALYSED
from engine.audio.resampler import Resampler, to_mono
from engine.audio.sound_clock import SoundClock


@pytest.mark.parametrize(("bpm", "swing"), [(60, 0.5), (97, 0.62), (180, 0.5)])
def test_clicks_in_noise_are_followed_to_the_millisecond(bpm: int, swing: float) -> None:
    heard = score(click_track(bpm, (float(bpm),), seconds=12.0, swing=swing, eighths=swing != 0.5))
    assert heard.tempo_right
    assert heard.octave_right
    assert np.percentile(heard.phase_s, 95) < 0.025


def test_drums_are_told_apart_and_their_beat_is_kept_over_a_break() -> None:
    loops = [
        drum_loop(1, "house", (126.0,), seconds=12.0, bass=True),
        drum_loop(2, "rock", (92.0,), seconds=12.0),
        drum_loop(3, "break", (130.0,), seconds=22.0, break_bars=(5, 4)),
    ]
    heard = [score(loop) for loop in loops]
    assert f_measure(heard, 3) >= 0.9
    assert min(f_measure(heard, drum) for drum in range(3)) >= 0.8
    assert all(one.octave_right for one in heard)
    assert np.percentile([apart for one in heard for apart in one.phase_s], 95) < 0.025
    assert heard[2].held


def test_a_tempo_that_moves_is_followed() -> None:
    heard = score(drum_loop(4, "house", (118.0, 128.0), seconds=20.0))
    assert heard.tempo_right
    assert np.percentile(heard.phase_s, 95) < 0.025


def test_noise_alone_has_no_beat() -> None:
    noise = 0.2 * np.random.default_rng(5).standard_normal(12 * RATE).astype(np.float32)
    analyser = Analyser(RATE)
    told = [one for at in range(0, len(noise), 960) for one in analyser.push(noise[at : at + 960], at * 10**9 // RATE)]
    assert sum(one.bpm > 0 for one in told) < 0.1 * len(told)


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_nothing_that_a_driver_sends_is_raised_over_and_the_state_is_right_after(rate: int) -> None:
    random = np.random.default_rng(rate)
    told = [one for _, features in abuse(random, 300) for one in features]
    assert all(sane(one) for one in told)
    analyser = Analyser(rate)
    for block in (np.full(rate, np.nan), np.full((rate, 2), np.inf), np.zeros(rate), np.full(rate, 0.7), np.ones(rate)):
        analyser.push(block.astype(np.float32), 0)
    assert recovers(analyser, rate, 8.0) == pytest.approx(120.0, rel=0.01)


def test_clipping_and_silence_are_told_and_a_constant_is_silence() -> None:
    analyser = Analyser(48_000)
    loud = np.sign(np.sin(np.arange(48_000) / 20)).astype(np.float32)
    analyser.push(loud, 10**9)
    assert analyser.condition.clipping
    for second in range(2, 7):
        analyser.push(np.full(48_000, 0.5, np.float32), second * 10**9)
    assert analyser.condition.silent
    assert not analyser.condition.clipping


@settings(max_examples=25, deadline=None)
@given(
    rate=st.sampled_from(RATES), cuts=st.lists(st.integers(0, 900), min_size=1, max_size=12), seed=st.integers(0, 99)
)
def test_sound_is_the_same_however_it_is_cut_into_blocks(rate: int, cuts: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).standard_normal(sum(cuts) + 1).astype(np.float32)
    whole = Resampler(rate).push(sound)
    pieces, at, resampler = [], 0, Resampler(rate)
    for cut in (*cuts, 1):
        pieces.append(resampler.push(sound[at : at + cut]))
        at += cut
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_height_and_its_time(rate: int) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)
    resampler = Resampler(rate)
    heard = resampler.push(tone)[2000:6000]
    at = np.arange(2000, 6000) / ANALYSED - resampler.delay
    np.testing.assert_allclose(heard, np.sin(2 * np.pi * 1000 * at), atol=0.005)


def test_channels_and_integers_become_one_channel_of_full_scale_one() -> None:
    block = np.array([[2**14, -(2**14)], [2**14, 2**14]], np.int16)
    np.testing.assert_allclose(to_mono(block), [0.0, 0.5])


def test_the_sounds_clock_goes_through_the_jitter_of_threads_and_tells_what_was_lost() -> None:
    clock, random = SoundClock(48_000), np.random.default_rng(1)
    for block in range(1, 1000):
        late = int(abs(random.normal(0, 3_000_000)))
        assert clock.push(480, block * 10_000_000 + late) == 0.0
    assert abs(clock.at_ns(0.0) - 999 * 10_000_000) < 4_000_000
    assert clock.push(480, 1000 * 10_000_000 + 2 * 10**9) == pytest.approx(2.0, abs=0.01)


def test_features_carry_the_instants_of_their_sound() -> None:
    track = click_track(9, (120.0,), seconds=4.0)
    told, _ = hear(track)
    rises = [one.at_ns / 1e9 for before, one in pairwise(told) if one.flux > before.flux + 0.5]
    nearest = [np.abs(track.beats - at).min() for at in rises[1:]]
    assert nearest
    assert max(nearest) < 0.03
