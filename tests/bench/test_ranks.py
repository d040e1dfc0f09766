"""What of a run in which one of several processes was lost is counted."""

from dataclasses import fields, replace

import pytest

from app.report_schema import ReportDocument, Sample
from bench.context import Bench
from bench.harness.namespace import Namespace
from bench.harness.processes import Workplace
from bench.measures.ranks import FaultRun, measure, rows
from bench.reading import BenchError, window
from engine.messages.stats import Stats
from tests.bench.documents import MACHINE
from tests.control.parts import stats

STARTED_S, FAULT_S, END_S = 3.0, 70.2, 100


def sample(second: int, frames: int) -> Sample:
    one = replace(stats(second, 0), output_frames=30 * second, frames=frames)
    return Sample(**{known.name: getattr(one, known.name) for known in fields(Stats)}, t_s=float(second))


def run(still: range, *told: tuple[float, str]) -> FaultRun:
    """A run at 24 FPS whose frames stand still for some seconds."""
    frames, samples = 0, []
    for second in range(4, END_S):
        frames += 0 if second in still else 24
        samples.append(sample(second, frames))
    report = ReportDocument(
        version=2,
        hardcut="1",
        options={},
        machine=MACHINE,
        first_frame_s=STARTED_S,
        output=None,
        generator=None,
        gui=None,
        cuts=(),
        told=told,
        samples=tuple(samples),
        final=None,
    )
    return FaultRun(report, FAULT_S, window(samples, FAULT_S - 13.0, FAULT_S))


def values(one: FaultRun) -> dict[str, float | None]:
    return {row.id.rpartition(".")[2]: row.value(one) for row in rows("killed")}


def test_it_is_counted_from_the_fault_on() -> None:
    told = ((5.0, "Of the 2 processes that dream together, one is late"), (FAULT_S + 0.25, "Of 2 that dream together"))
    found = values(run(range(72, 77), *told))  # the sample of second 71 still has frames of before
    assert found["told"] == pytest.approx(0.25) and found["before"] == 24.0
    assert (found["still"], found["output_fps"], found["lagged"], found["pipeline_fps"]) == (6.0, 30.0, 0, 24.0)


def test_what_never_comes_back_and_is_never_told_is_not_hidden() -> None:
    found = values(run(range(71, END_S)))
    assert found["told"] is None and found["still"] == pytest.approx(END_S - 1 - FAULT_S)
    assert found["pipeline_fps"] == 0.0


def test_one_process_has_nobody_to_lose() -> None:
    with Workplace() as workplace:
        bench = Bench(workplace, Namespace(workplace), 2.0, 1, print)
        with pytest.raises(BenchError, match="nobody to lose"):
            measure(bench)
