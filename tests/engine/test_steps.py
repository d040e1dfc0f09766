"""Stepwise work: whoever drives it gets its result, and whoever leaves it leaves it closed."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.steps import at_pauses, drive, scaled, under


class Log:
    """Work of some steps that notes what happens to it, and the context it is in."""

    def __init__(self) -> None:
        self.inside = False
        self.happened: list[str] = []

    def work(self, steps: int, fail_at: int = -1) -> Generator[float, None, str]:
        try:
            for step in range(steps):
                assert self.inside
                if step == fail_at:
                    raise LookupError
                yield step / steps
            assert self.inside
            return "done"
        except GeneratorExit:
            self.happened.append("closed")
            raise

    @contextmanager
    def context(self) -> Iterator[None]:
        assert not self.inside
        self.inside = True
        try:
            yield
        finally:
            self.inside = False


@given(steps=st.integers(0, 6), stop_at=st.integers(0, 8))
def test_work_is_done_or_closed(steps: int, stop_at: int) -> None:
    log, pauses = Log(), []

    def pause() -> None:
        assert not log.inside
        if len(pauses) == stop_at:
            raise KeyError
        pauses.append(0)

    work = under(log.context, log.work(steps))
    if stop_at < steps:
        with pytest.raises(KeyError):
            drive(work, pause)
        assert (log.happened, len(pauses)) == (["closed"], stop_at)
    else:
        assert drive(work, pause) == "done"
        assert (log.happened, len(pauses)) == ([], steps)
    assert not log.inside


@given(steps=st.integers(1, 6), left_at=st.integers(1, 6))
def test_closing_the_outer_closes_the_inner(steps: int, left_at: int) -> None:
    log = Log()
    seen: list[float] = []
    work = scaled(1.0, 3.0, at_pauses(lambda one: seen.append(one) or one, under(log.context, log.work(steps))))
    for number in range(min(left_at, steps)):
        assert next(work) == 1.0 + 2.0 * number / steps
    work.close()
    assert log.happened == ["closed"]
    assert len(seen) == min(left_at, steps)


@given(steps=st.integers(1, 6), fail_at=st.integers(0, 5))
def test_a_fault_comes_through(steps: int, fail_at: int) -> None:
    log = Log()
    work = scaled(0.0, 1.0, under(log.context, log.work(steps, fail_at)))
    if fail_at < steps:
        with pytest.raises(LookupError):
            drive(work)
    else:
        assert drive(work) == "done"
    assert not log.inside
