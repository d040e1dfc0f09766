"""A cue list chases a timecode: in time, over jumps, through stops, with a hand in between."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.messages.commands import Origin
from engine.messages.cue_lists import parse_cues
from engine.messages.events import CommandRefused
from engine.messages.list_commands import FollowTimecode, StepCues, UseCues
from engine.messages.list_events import CueChanged, TimecodeChanged
from engine.messages.timecode import Timecode, TimecodeRate, label_of, parse_label
from tests.scheduling.show import CHUNK_NS, SCENES, Show

CUES = parse_cues(
    """
offset = "-01:00:00:00"
[[cue]]
scene = "Two"
time = "00:00:10:00"
[[cue]]
scene = "One"
time = "00:00:20:00"
[[cue]]
scene = "Two"
[[cue]]
scene = "Two"
time = "00:00:30:12"
""",
    "show.toml",
    SCENES,
)
HOUR_NS = 3600 * NS_PER_SECOND


class Chase(Show):
    """A show with the cue list, and a timecode that is told where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.boundary(UseCues(stamp_ns=0, cues=CUES))

    def tell(self, seconds: float, speed: float = 1.0) -> None:
        """Where the timecode is in the list's time."""
        position_ns = HOUR_NS + round(seconds * NS_PER_SECOND)
        rate = TimecodeRate.EBU
        self.follow = FollowTimecode(stamp_ns=self.now_ns, position_ns=position_ns, speed=speed, rate=rate, source="x")
        self.heard = [self.boundary(self.follow)]

    def played(self, seconds: float) -> list[tuple[int, float]]:
        """The cues that came by the time so many seconds have passed, each with its place in the list's time."""
        start_ns, line = self.now_ns, self.follow
        commits = [*self.heard, *self.until(start_ns + round(seconds * NS_PER_SECOND))]
        self.heard = []
        found = []
        for commit in commits:
            numbers = [event.number for event in commit.events if isinstance(event, CueChanged)]
            for cut, number in zip([one for one in commit.cuts if one.origin is Origin.TIMECODE], numbers, strict=True):
                here_ns = line.position_ns + (cut.stamp_ns - line.stamp_ns) * line.speed - HOUR_NS
                found.append((number, here_ns / NS_PER_SECOND))
        return found


def test_cues_come_when_their_time_is_reached() -> None:
    show = Chase()
    show.tell(8.0)
    due_ns = show.scheduler.next_due_ns
    assert due_ns is not None
    assert due_ns - show.follow.stamp_ns == 2 * NS_PER_SECOND
    played = show.played(25.0)
    assert [number for number, _ in played] == [1, 2, 4]
    assert [at for _, at in played] == pytest.approx([10.0, 20.0, 30.48], abs=1e-6)
    assert show.scheduler.next_due_ns is None
    [told] = [one for one in show.told(show.follow) if isinstance(one, TimecodeChanged)]
    assert str(told.label(told.stamp_ns)) == "01:00:08:00"


def test_a_jump_leads_to_the_cue_in_force_there_and_a_stop_to_none() -> None:
    show = Chase()
    show.tell(25.0)
    assert show.played(1.0) == [(2, 25.0)]
    show.tell(40.0)
    assert show.played(1.0) == [(4, 40.0)]
    show.tell(12.0)  # back
    assert show.played(1.0) == [(1, 12.0)]
    show.tell(12.0, speed=0.0)
    assert show.played(30.0) == []
    show.tell(12.0)  # on from there: the cue plays already
    assert show.played(1.0) == []
    show.tell(5.0)
    assert [number for number, _ in show.played(6.0)] == [1]  # from before the first it comes again
    show.tell(35.0, speed=-1.0)
    assert show.played(3.0) == []


def test_a_line_that_is_set_right_plays_nothing_twice_and_a_hand_goes_before() -> None:
    show = Chase()
    show.tell(19.9)
    assert [number for number, _ in show.played(0.05)] == [1, 2]
    here = 19.9 + (show.now_ns - show.follow.stamp_ns) / NS_PER_SECOND
    show.tell(here - 0.2)  # it was early by a few frames
    assert show.scheduler.scene.name == "One"
    assert show.played(1.0) == []
    assert show.boundary(StepCues(stamp_ns=0)).scene == "Two"
    show.tell(21.3)
    assert [number for number, _ in show.played(10.0)] == [4]


@given(
    st.lists(
        st.tuples(st.floats(-10, 50), st.sampled_from([-1.0, 0.0, 0.9, 1.0, 1.1]), st.integers(0, 100)), max_size=8
    )
)
def test_wherever_it_goes_the_cue_in_force_plays_and_nothing_is_due_in_the_past(
    moves: list[tuple[float, float, int]],
) -> None:
    show = Chase()
    for seconds, speed, chunks in moves:
        show.tell(seconds, speed)
        for _ in range(chunks):
            show.boundary()
        due_ns = show.scheduler.next_due_ns
        assert due_ns is None or due_ns > show.now_ns - CHUNK_NS
        here = seconds + speed * (show.now_ns - CHUNK_NS - show.follow.stamp_ns) / NS_PER_SECOND
        if speed > 0 and here >= 10.0:
            wanted = "One" if 20.0 <= here < 30.48 else "Two"
            assert show.scheduler.scene.name == wanted


@pytest.mark.parametrize("speed", [float("nan"), float("inf"), 1e-300, -100.0])
def test_a_timecode_that_nothing_plays_at_is_refused(speed: float) -> None:
    show = Chase()
    show.tell(8.0, speed)
    assert [type(event) for event in show.heard[0].events] == [CommandRefused]
    show.follow = replace(show.follow, speed=1.0, position_ns=10**18)
    assert [type(event) for event in show.told(show.follow)] == [CommandRefused]


@given(st.sampled_from(TimecodeRate), st.integers(0, 3_000_000))
def test_labels_are_frames_and_back(rate: TimecodeRate, frame: int) -> None:
    frame %= rate.day_frames
    label = label_of(frame, rate)
    assert label.valid
    assert label.frame(rate) == frame
    assert parse_label(str(label)) == label
    assert label_of(frame + 1, rate) > label or frame + 1 == rate.day_frames


def test_dropped_labels_follow_the_clock_on_the_wall() -> None:
    drop = TimecodeRate.DROP
    assert [str(label_of(1798 + n, drop)) for n in range(4)] == [
        *("00:00:59:28", "00:00:59:29", "00:01:00:02", "00:01:00:03")
    ]
    assert Timecode(1).frame(drop) == 107_892
    assert abs(Timecode(1).instant_ns(drop) - HOUR_NS) < 4_000_000
    assert Timecode(0, 1, 0, 0).frame(drop) == Timecode(0, 1, 0, 2).frame(drop)
    assert Fraction(drop.day_frames) / drop.per_second == pytest.approx(86_400, abs=0.1)
