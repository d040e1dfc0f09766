"""How the show fares, in words that a performer reads at a glance."""

from pathlib import Path

from app.models.health import Cell, Health, Mood
from app.models.recording import Recording
from app.models.window_models import WindowModels
from app.widgets.meters import HealthCell
from engine.messages.events import ComponentState, SourceState
from engine.messages.sinks import SinkPhase, SinkReport
from tests.window.fake_engine import SECOND, FakeEngine


def read(show: WindowModels, free: int = 71 << 30) -> dict[str, Cell]:
    health = Health(
        show.stats, show.slowness, show.chain, show.recording, show.sinks, lambda: Path("/"), lambda _folder: free
    )
    health.tick(0)
    return {cell.caption: cell for cell in health.cells}


def test_it_says_what_is_well_and_what_is_not(engine: FakeEngine) -> None:
    show = WindowModels(engine.front, engine.scenes)
    assert read(show)["Picture"].text == "Starting"
    show.take(engine.generator(ComponentState.STARTING, 0.4))
    assert read(show)["Picture"].text == "Field warms up, 40 %"
    show.take(engine.generator())
    show.take(engine.output())
    show.take(engine.stats(pipeline_fps=30.0))
    assert list(read(show).values()) == [
        Cell("Picture", "Smooth, 30 FPS", Mood.GOOD),
        Cell("Missing", "Nothing"),
        Cell("Recording", "Off"),
        Cell("Disk", "71 GiB free"),
    ]
    for second in range(1, 9):
        show.take(engine.stats(second, pipeline_fps=12.0))
    assert read(show)["Picture"].text.startswith("Slow, 12 of 30 FPS:")
    show.take(engine.source("ndi:CAM", SourceState.LOST))
    show.take(engine.generator(detail="In place of wan-14b: there is no room."))
    assert read(show)["Missing"] == Cell("Missing", "CAM, wan-14b", Mood.FAULT)
    film = SinkReport(sink="record", phase=SinkPhase.ON, recorded_ns=65 * SECOND, free_bytes=9 << 30)
    show.take(engine.output(sinks=(film,)))
    assert read(show)["Recording"] == Cell("Recording", "REC 1:05, 9 GiB free", Mood.GOOD)
    assert read(show, free=3 << 30)["Disk"] == Cell("Disk", "3.0 GiB free", Mood.WARNING)


def test_the_disk_is_the_one_that_is_recorded_to(engine: FakeEngine) -> None:
    rooms = {"/home/me/Videos": 71 << 30, "/ssd/night": 30 << 30, "/card": 12 << 30}

    def text(show: WindowModels) -> str:
        parts = (show.stats, show.slowness, show.chain, show.recording, show.sinks)
        health = Health(*parts, lambda: Path("/home/me/Videos"), lambda folder: rooms[folder.as_posix()])
        health.tick(0)
        return health.cells[-1].text

    show = WindowModels(engine.front, engine.scenes)
    assert text(show) == "71 GiB free"  # a film would go there
    film = SinkReport(sink="record:/card", phase=SinkPhase.ON, name="/card/Hardcut 1.mp4")
    show.take(engine.output(sinks=(film,)))
    assert text(show) == "12 GiB free"
    show = WindowModels(engine.front, engine.scenes, Recording(lambda: (Path("/ssd/night/show.session"),)))
    assert text(show) == "30 GiB free"
    show.take(engine.output(sinks=(film,)))
    assert text(show) == "12 GiB free"  # the fuller of both


def test_words_stand_in_full_on_two_lines(qapp: object) -> None:
    cell = HealthCell(None, "Picture", "")
    cell.show_words("Slow, 12 of 30 FPS: other programs keep 1.4 of 2 cores busy. Close what is not needed.", None)
    cell.resize(400, 48)
    assert not cell.grab().isNull()
