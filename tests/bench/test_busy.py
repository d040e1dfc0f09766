"""What of a run beside a busy core is counted: how simplified the picture was from the end of the warm-up on."""

from app.report_schema import ReportDocument, ReportedQuality
from bench.context import WARM_UP_S, Performance
from bench.measures.busy import FIGURES, BusyRun
from bench.reading import Window
from tests.bench.documents import MACHINE

WINDOW = Window(20.0, 26.0, 30.0, 0, 3, 600, 0.2, 150.0, 40.0)


def told(t_s: float, *taken: str, reason: str = "busy") -> ReportedQuality:
    return ReportedQuality(t_s=t_s, taken=taken, offered=5, reason=reason if taken else "")


def run(*quality: ReportedQuality) -> BusyRun:
    report = ReportDocument(
        version=2,
        hardcut="1",
        options={},
        machine=MACHINE,
        first_frame_s=3.0,
        output=None,
        generator=None,
        gui=None,
        cuts=(),
        told=(),
        samples=(),
        final=None,
        quality=quality,
    )
    return BusyRun(Performance(report, ()), WINDOW)


def values(one: BusyRun) -> dict[str, float | None]:
    return {row.id: row.value(one) for row in FIGURES}


def test_what_was_taken_before_the_warm_up_ended_counts_while_it_lasts() -> None:
    begin_s = 3.0 + WARM_UP_S
    one = run(told(1.0), told(4.0, "a", "b", "c"), told(begin_s - 1, "a", "b"), told(begin_s + 4, "a"))
    assert [len(step.taken) for step in one.quality] == [2, 1]
    assert values(one)["busy.steps"] == 2
    assert values(one)["busy.pipeline_fps"] == 26.0
    assert values(run())["busy.steps"] == 0


def test_a_step_without_a_reason_is_untold() -> None:
    assert values(run(told(9.0, "a", reason=""), told(12.0, "a")))["busy.untold"] == 1
    assert values(run(told(9.0)))["busy.untold"] == 0
