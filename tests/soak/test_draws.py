"""The seed alone says which faults a soak injects, and with what."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak import injections
from tests.soak.draws import Course, Draw, draw_faults
from tests.soak.injections import FAULTS


class Pace:
    """A clock on which each gesture and each fault takes so long."""

    def __init__(self, gesture_s: float, fault_s: float) -> None:
        self._gesture_ns, self._fault_ns = round(gesture_s * 1e9), round(fault_s * 1e9)
        self.now_ns = 0
        self.injected: list[tuple[str, float]] = []

    def run(self, seed: int, seconds: float) -> list[tuple[str, float]]:
        Course(lambda: self.now_ns, self.inject, self.gesture, lambda *_: True).run(
            draw_faults(("a", "b", "c"), seed), seconds
        )
        return self.injected

    def inject(self, draw: Draw) -> None:
        self.now_ns += self._fault_ns
        self.injected.append((draw.name, draw.random().random()))

    def gesture(self, _at_s: float) -> None:
        self.now_ns += self._gesture_ns


@given(seed=st.integers(0, 2**31), gesture_s=st.floats(0.05, 9), fault_s=st.floats(0, 9))
def test_at_any_pace_the_same_faults_come(seed: int, gesture_s: float, fault_s: float) -> None:
    steady, other = Pace(0.5, 0.1).run(seed, 100), Pace(gesture_s, fault_s).run(seed, 100)
    assert min(len(steady), len(other)) >= 5
    assert all(one == another for one, another in zip(steady, other, strict=False))


def test_another_seed_draws_others_and_each_comes_before_any_comes_again() -> None:
    first, second = (list(islice(draw_faults(tuple(FAULTS), seed), 3 * len(FAULTS))) for seed in (1, 2))
    assert first != second
    for begin in range(0, len(first), len(FAULTS)):
        assert {one.name for one in first[begin : begin + len(FAULTS)]} == set(FAULTS)


class Noting:
    """Stands where the show does, and notes what faults ask of it."""

    def __init__(self, home: Path) -> None:
        self.home, self.runtime = home, home / "run"
        self.output, self.program = 1001, SimpleNamespace(pid=1002)
        self.films = self.clock = self
        self.asked: list[tuple[Any, ...]] = []

    def sink_processes(self, _sink: str) -> tuple[int, ...]:
        return (1003,)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **named: self.asked.append(
            (name, *(one for one in arguments if one is not self), named)
        )


DRAWN = (
    "output stopped, up to 2 s",
    "program stopped, up to 2 s",
    "source changed, broken, gone",
    "hostile datagrams",
    "scene files edited to nonsense",
    "recorder stopped, up to 3 s",
    "disk full while recording",
    "clock set by an hour or two",
)


@pytest.mark.parametrize("name", DRAWN)
def test_the_seed_of_a_draw_gives_its_parameters(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stops: list[tuple[int, float]] = []
    monkeypatch.setattr(injections.faults, "stop", lambda pid, seconds: stops.append((pid, seconds)))

    def done(seed: int) -> tuple[Any, ...]:
        show = Noting(tmp_path)
        for number in range(4):
            (tmp_path / f"clip-{number}.mp4").touch()
        FAULTS[name].inject(show, Draw(name, 5.0, seed).random())  # type: ignore[arg-type]
        written = tuple(path.read_bytes() for path in sorted(tmp_path.rglob("*.toml")))
        return show.asked, tuple(stops[-1:]), written

    monkeypatch.setattr(injections.time, "sleep", lambda _seconds: None)
    assert done(7) == done(7)
    assert any(done(7) != done(other) for other in range(8, 16))
