"""Why it is slow: found out, told in the strip with what to do, and gone when it is well again."""

import pytest
from pytestqt.qtbot import QtBot

from app.models.figures import RateId
from app.models.slowness import MachineLoad, Slowness
from app.models.window_models import WindowModels
from app.views.main_window import MainWindow
from engine.messages.events import ComponentState
from engine.messages.quality import QualityChanged, QualityRule, QualityStep, StepState
from engine.messages.stats import GpuShared, SharedGpu
from tests.window.fake_engine import SECOND, FakeEngine, library

IDLE = MachineLoad(threads=4, other_cores=0.1)


def slow_show(engine: FakeEngine, seconds: int = 6, **changes: object) -> WindowModels:
    show = WindowModels(engine.front, engine.scenes)
    for event in (engine.source(), engine.generator(), engine.output()):
        show.take(event)
    figures = {"pipeline_fps": 18.0, "chunk_ns": 660_000_000, "frames": 1200, "chunks": 100, **changes}
    for second in range(seconds):
        show.take(engine.stats(second, **figures))
    return show


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (None, "Field takes 660 ms for what plays 400 ms here. Try a smaller generator."),
        (IDLE, "Field takes 660 ms for what plays 400 ms here. Try a smaller generator."),
        (
            MachineLoad(threads=2, other_cores=1.76, on_battery=True),
            "other programs keep 1.8 of 2 cores busy. Close what the show does not need.",
        ),
        (MachineLoad(threads=4, other_cores=0.1, on_battery=True), "the machine runs on battery. Plug the mains in."),
        (
            MachineLoad(threads=4, other_cores=3.0, unused_gpu="RTX 4090"),
            "this torch cannot use the RTX 4090. Run hardcut doctor: it says what to install.",
        ),
    ],
)
def test_the_reason_is_said(load: MachineLoad | None, text: str) -> None:
    slowness = slow_show(FakeEngine()).slowness
    if load is not None:
        slowness.take_load(load)
    assert slowness.text == f"Slow, 18 of 30 FPS: {text}"


def test_a_shared_gpu_comes_first() -> None:
    engine = FakeEngine()
    show = slow_show(engine)
    show.take(GpuShared(at_ns=1, gpus=(SharedGpu("H200", 1, 2 << 30, 0.3),)))
    show.slowness.take_load(IDLE)
    assert show.slowness.text == "Slow, 18 of 30 FPS: another program computes on the GPU. Close it."


def test_a_moment_is_no_reason_and_it_goes_as_it_came() -> None:
    engine = FakeEngine()
    show = slow_show(engine, seconds=2)
    assert show.slowness.text == ""
    for second in range(2, 6):
        show.take(engine.stats(second, pipeline_fps=18.0))
    assert show.slowness.text.startswith("Slow")
    show.take(engine.stats(6))
    assert show.slowness.text != ""
    for second in range(7, 11):
        show.take(engine.stats(second))
    assert show.slowness.text == ""


def test_a_source_of_few_pictures_is_named() -> None:
    show = slow_show(FakeEngine(), pipeline_fps=30.0, input_fps=9.0)
    assert show.slowness.text == (told := "Stage delivers 9 of 30 pictures a second. Look at its settings.")
    show.take(FakeEngine().stats(20))
    assert show.slowness.text == told  # not 30 of 30


def test_a_stage_that_is_simplified_has_no_settings_to_look_at() -> None:
    engine = FakeEngine()
    show = WindowModels(engine.front, engine.scenes)
    step = StepState(QualityStep("stage.rate", "The dancer moves at half the rate", 0.1), QualityRule.AUTO, taken=True)
    for event in (engine.source(), engine.generator(), engine.output(), QualityChanged(at_ns=0, steps=(step,))):
        show.take(event)
    for second in range(8):
        show.take(engine.stats(second, input_fps=15.0))
    assert show.slowness.text == ""


def test_a_generator_that_is_not_ready_is_not_called_slow() -> None:
    engine = FakeEngine()
    show = slow_show(engine, seconds=1)
    show.take(engine.generator(ComponentState.FAILED))
    for second in range(1, 9):
        show.take(engine.stats(second, pipeline_fps=0.0))
    assert show.slowness.text == ""


def test_the_machine_is_looked_at_now_and_then() -> None:
    slowness: Slowness = slow_show(FakeEngine()).slowness
    asked = [slowness.wants_load(second * SECOND) for second in range(25)]
    assert [second for second, one in enumerate(asked) if one] == [0, 10, 20]


def test_a_trace_holds_a_minute_whatever_the_pace_of_the_figures() -> None:
    engine = FakeEngine(library(3))
    show = WindowModels(engine.front, engine.scenes)
    for quarter in range(4 * 90):
        engine.time_ns += SECOND // 4
        show.take(engine.stats(output_fps=float(quarter // 4)))
    trace = show.stats.traces[RateId.OUTPUT]
    assert (len(trace), trace[0], trace[-1]) == (60, 30.0, 89.0)


def test_it_stands_in_the_strip(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    strip = window.surface.strip
    for second in range(80, 90):
        engine.emit(engine.stats(second, pipeline_fps=12.0))
    qtbot.waitUntil(lambda: strip.health[0].text.startswith("Slow, 12 of 30 FPS: "))
    strip.toggle_numbers()
    qtbot.waitUntil(strip.slow.isVisible)
    assert strip.slow.text.startswith("Slow, 12 of 30 FPS: ")
    assert not strip.backend.isVisible()
    qtbot.waitUntil(lambda: window.models.slowness._load is not None)  # the machine itself was looked at
    assert strip.slow.wanted_width > 0
