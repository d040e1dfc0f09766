"""The beat: what moves it, and what waits for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import ParameterError
from engine.messages.commands import CancelQueued, ExternalBeat, NudgeTempo, Resync, SetTempo
from engine.messages.events import CommandRefused, CutQueued, TempoChanged
from engine.messages.transitions import Launch
from engine.scheduling.tempo import BEATS_COUNTED, LAUNCH_BEATS, TapTempo, Tempo
from tests.scheduling.show import CHUNK_NS, Show, cut

BEAT_NS = NS_PER_SECOND // 2
QUANTISED = [launch for launch in Launch if launch is not Launch.NOW]


@pytest.mark.parametrize(("launch", "beats"), [(one, LAUNCH_BEATS[one]) for one in QUANTISED])
def test_a_cut_waits_for_its_beat_bar_or_bars(launch: Launch, beats: int) -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    [queued] = show.told(cut("Two", launch))
    assert queued == CutQueued(at_ns=CHUNK_NS, scene="Two", due_ns=beats * BEAT_NS)
    commits = show.until(beats * BEAT_NS)
    [hit] = [index for index, commit in enumerate(commits) if commit.cuts]
    at_ns = (2 + hit) * CHUNK_NS
    assert beats * BEAT_NS <= at_ns < beats * BEAT_NS + CHUNK_NS


def test_a_nudge_moves_every_beat_and_what_waits_for_one() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    show.boundary(cut("Two", Launch.BAR))
    told = show.told(NudgeTempo(stamp_ns=0, offset_ns=-30 * NS_PER_MS))
    due_ns = 4 * BEAT_NS - 30 * NS_PER_MS
    assert told == (
        TempoChanged(at_ns=2 * CHUNK_NS, bpm=120.0, beat_ns=-30 * NS_PER_MS),
        CutQueued(at_ns=2 * CHUNK_NS, scene="Two", due_ns=due_ns),
    )
    assert show.scheduler.next_due_ns == due_ns


def test_a_resync_begins_the_bar_now() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    assert show.told(Resync(stamp_ns=777)) == (TempoChanged(at_ns=CHUNK_NS, bpm=120.0, beat_ns=777),)


def test_an_external_clock_leads_and_the_bar_goes_on() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    [changed] = show.told(ExternalBeat(stamp_ns=0, bpm=125.0, beat_ns=5 * BEAT_NS + 7 * NS_PER_MS))
    assert isinstance(changed, TempoChanged)
    period_ns = Tempo(125.0, 0).beat_period_ns
    assert changed.beat_ns + 5 * period_ns == 5 * BEAT_NS + 7 * NS_PER_MS


@given(st.floats(30, 300), st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), st.sampled_from(QUANTISED))
def test_the_next_and_the_nearest_instant_lie_on_the_grid(
    bpm: float, anchor_ns: int, instant_ns: int, launch: Launch
) -> None:
    tempo = Tempo(bpm, anchor_ns)
    step_ns = tempo.beat_period_ns * LAUNCH_BEATS[launch]
    following, nearest = tempo.next_ns(instant_ns, launch), tempo.nearest_ns(instant_ns, launch)
    assert (following - anchor_ns) % step_ns == (nearest - anchor_ns) % step_ns == 0
    assert 0 <= following - instant_ns < step_ns
    assert abs(nearest - instant_ns) <= step_ns // 2 + 1
    assert (tempo.followed(bpm, nearest).anchor_ns - anchor_ns) % (BEATS_COUNTED * tempo.beat_period_ns) == 0


def test_the_first_tap_is_the_first_beat_of_the_bar() -> None:
    taps = TapTempo()
    found = [taps.tap(1_000 + beat * BEAT_NS) for beat in range(12)]
    assert {tempo.anchor_ns for tempo in found if tempo is not None} == {1_000}


def test_a_missed_tap_is_counted_as_the_beat_that_it_is() -> None:
    taps = TapTempo()
    found = [taps.tap(beat * BEAT_NS) for beat in (0, 1, 2, 4, 5)]
    assert found[-1] == Tempo(120.0, 0)


@pytest.mark.parametrize("bpm", [0.0, 29.9, 301.0, float("nan")])
def test_an_impossible_tempo_is_refused_whoever_says_so(bpm: float) -> None:
    show = Show()
    told = show.told(SetTempo(stamp_ns=0, bpm=bpm), ExternalBeat(stamp_ns=0, bpm=bpm, beat_ns=0))
    assert [type(event) for event in told] == [CommandRefused, CommandRefused]
    with pytest.raises(ParameterError, match="The tempo cannot be"):
        Tempo(bpm, 0)


def test_all_that_waits_is_cancelled_at_once() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    show.boundary(cut("Two", Launch.BAR), cut("One", Launch.FOUR_BARS))
    assert show.told(CancelQueued(stamp_ns=0)) == (CutQueued(at_ns=2 * CHUNK_NS, scene="", due_ns=0),)
    assert show.scheduler.next_due_ns is None
