"""Features on their way into a chunk and a session."""

import threading
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from engine.audio.track import resample, split
from engine.loop.lease import Lease
from engine.loop.ports import RunnerPorts
from engine.messages.audio import FEATURE_IDS, NO_SOUND, AudioFeatures, FeatureTrack
from engine.session.plain import from_plain, to_plain

MS = 1_000_000


@given(
    at=st.lists(st.integers(0, 990), min_size=1, max_size=60, unique=True).map(sorted),
    kick=st.integers(0, 59),
    frames=st.integers(1, 12),
)
def test_no_onset_falls_between_two_frames(at: list[int], kick: int, frames: int) -> None:
    struck = at[kick % len(at)]
    features = [AudioFeatures(at_ns=one * MS + 1, kick=float(one == struck)) for one in (*at, 995)]
    track = resample(features, split(0, 1000 * MS, frames), [0] * frames)
    strengths = [track.frame(position)["kick"] for position in range(frames)]
    assert max(strengths) == 1.0
    assert all(0.0 <= value <= 1.0 for row in track.rows for value in row)


def test_what_was_heard_last_is_seen_a_frame_before_the_last() -> None:
    features = [AudioFeatures(at_ns=one * 10 * MS, kick=float(one == 7)) for one in range(1, 9)]
    track = resample(features, split(0, 80 * MS, 4), [0] * 4)
    assert [track.frame(position)["kick"] for position in range(4)] == [0.0, 0.0, 1.0, 1.0]


def test_every_feature_has_a_value_of_its_own() -> None:
    bands = tuple(0.1 * place for place in range(1, 9))
    named = {"level": 0.81, "peak": 0.82, "centroid": 0.83, "flux": 0.84, "kick": 0.85, "snare": 0.86, "hat": 0.87}
    heard = AudioFeatures(at_ns=250 * MS, bands=bands, bpm=60.0, beat_ns=0, bar_ns=-1000 * MS, **named)
    values = [heard.value(feature) for feature in FEATURE_IDS]
    assert values == [0.81, 0.82, *bands, 0.83, 0.84, 0.85, 0.86, 0.87, 0.25, 0.3125]


def test_beat_and_bar_are_those_of_the_instant_at_which_a_frame_is_seen() -> None:
    heard = AudioFeatures(at_ns=1000 * MS, bpm=120.0, beat_ns=900 * MS, bar_ns=400 * MS, confidence=1.0)
    track = resample([heard], split(900 * MS, 1000 * MS, 2), (1400 * MS, 1650 * MS))
    assert [(track.frame(one)["beat"], track.frame(one)["bar"]) for one in range(2)] == [(0.0, 0.5), (0.5, 0.625)]


def test_a_track_survives_a_session_and_one_frame_more_is_the_last() -> None:
    track = resample([AudioFeatures(at_ns=5, level=1 / 3)], split(0, 10, 2), (0, 0))
    assert from_plain(FeatureTrack, to_plain(track)) == track
    assert track.frame(7) == track.frame(1)
    assert tuple(track.frame(0)) == FEATURE_IDS


def test_without_sound_or_long_after_it_there_is_no_track() -> None:
    assert resample([], (0, 1), (0,)) is NO_SOUND
    assert resample([AudioFeatures(at_ns=0)], split(10**9, 2 * 10**9, 1), (0,)) is NO_SOUND
    assert NO_SOUND.frame(0) == {}


def test_every_port_of_the_chunk_loop_is_lent_to_its_thread() -> None:
    """A port with a default that the lease forgets would be that default, in silence."""

    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

        def now_ns(self) -> int:
            return 0

        def __call__(self, *_: object) -> None:
            reached.append(self.name)

        def which(self) -> str:
            return self.name

    reached: list[str] = []
    names = [one.name for one in fields(RunnerPorts)]
    lease = Lease(RunnerPorts(**{name: Named(name) for name in names}))  # type: ignore[arg-type]
    lease.lend_to(threading.current_thread())
    for name in names:
        lent = getattr(lease.ports, name)
        if callable(lent):
            lent(None)
        else:
            reached.append(lent.which())
    assert reached == names
