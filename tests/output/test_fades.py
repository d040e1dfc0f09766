"""Blackout and freeze over a time: every frame lies between the two pictures, and the ends are exact."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS
from engine.output.programme import Programme
from tests.output.parts import flat

TICK_NS = 20 * NS_PER_MS
TICKS = st.integers(1, 40)


def level_of(programme: Programme) -> float:
    return float(programme.picture[0, 0, 0]) * programme.gain


def test_a_blackout_fades_and_comes_back() -> None:
    programme = Programme()
    programme.put(flat(200, 200, 200))
    fade_ns = 10 * TICK_NS
    programme.control(freeze=False, blackout=False, level=1.0, fade_ns=fade_ns, passed_ns=TICK_NS)
    seen = []
    for blackout in (*[True] * 12, *[False] * 12):
        programme.control(freeze=False, blackout=blackout, level=1.0, fade_ns=fade_ns, passed_ns=TICK_NS)
        seen.append(round(programme.gain, 6))
    assert seen == [
        *[round(1 - step / 10, 6) for step in range(1, 11)],
        0,
        0,
        *[step / 10 for step in range(1, 11)],
        1,
        1,
    ]


@given(TICKS)
def test_what_comes_or_goes_fades_until_it_is_there_or_gone(ticks: int) -> None:
    programme = Programme()
    programme.put(flat(200, 200, 200))
    for on in (False, True, False):
        for _ in range(ticks + 2):
            programme.control(freeze=on, blackout=on, level=1.0, fade_ns=ticks * TICK_NS, passed_ns=TICK_NS)
            assert programme.blackout_fades or programme.gain in (0.0, 1.0)
            assert programme.freeze_fades is programme.blackout_fades
        assert not programme.blackout_fades and programme.gain == 1.0 - on


@given(TICKS, st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_what_is_seen_never_jumps_farther_than_the_fade_allows(ticks: int, switches: list[tuple[bool, bool]]) -> None:
    programme = Programme()
    programme.put(flat(240, 0, 0))
    programme.control(freeze=False, blackout=False, level=1.0)
    before, version = level_of(programme), programme.version
    for freeze, blackout in switches:
        programme.control(freeze=freeze, blackout=blackout, level=1.0, fade_ns=ticks * TICK_NS, passed_ns=TICK_NS)
        now = level_of(programme)
        assert abs(now - before) <= 240 / ticks + 2
        assert (programme.version != version) or now == before
        before, version = now, programme.version


@given(TICKS)
def test_a_freeze_is_let_go_by_a_crossfade_to_what_has_come_meanwhile(ticks: int) -> None:
    programme = Programme()
    programme.put(flat(100, 0, 0))
    fade_ns = ticks * TICK_NS
    programme.control(freeze=False, blackout=False, level=1.0, fade_ns=fade_ns, passed_ns=TICK_NS)
    for _ in range(ticks + 1):
        programme.control(freeze=True, blackout=False, level=1.0, fade_ns=fade_ns, passed_ns=TICK_NS)
        programme.put(flat(200, 0, 0))
    assert programme.picture[0, 0, 0] == 100
    seen = []
    for _ in range(ticks):
        programme.control(freeze=False, blackout=False, level=1.0, fade_ns=fade_ns, passed_ns=TICK_NS)
        programme.put(flat(200, 0, 0))
        seen.append(int(programme.picture[0, 0, 0]))
    assert seen == sorted(seen)
    assert seen[-1] == 200
    expected = [100 + 100 * step / ticks for step in range(1, ticks + 1)]
    assert np.abs(np.subtract(seen, expected)).max() <= 1


def test_without_a_time_and_at_the_beginning_all_is_at_once() -> None:
    programme = Programme()
    programme.put(flat(9, 9, 9))
    programme.control(freeze=True, blackout=True, level=1.0, fade_ns=10**9, passed_ns=0)
    assert programme.gain == 0.0
    programme.put(flat(50, 9, 9))
    assert programme.picture[0, 0, 0] == 9
    programme.control(freeze=False, blackout=False, level=1.0, fade_ns=0, passed_ns=TICK_NS)
    assert (programme.gain, int(programme.picture[0, 0, 0])) == (1.0, 50)
