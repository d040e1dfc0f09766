"""Pictures of the window in its states, for people to look at."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.midi.ports.port import PortState
from app.models.controllers.api import ControllerStatus, MidiSnapshot
from app.views.main_window import MainWindow
from app.views.requests import Request
from engine.messages.events import ArmState, ComponentState, CutQueued, SceneArming, SourceState
from tests.window.fake_engine import SECOND, FakeEngine, library

SIZES = ((1024, 700), (1280, 800), (1366, 768), (1920, 1080), (2560, 1440))
Make = Callable[[FakeEngine], MainWindow]
Artefacts = Callable[[str], Path]


def lost(engine: FakeEngine, _window: MainWindow) -> None:
    engine.emit(engine.source("ndi:BOOTH (Camera 1)", SourceState.LOST, "waiting for it to return"))
    engine.emit(engine.output(connections=0))
    engine.midi = MidiSnapshot(
        ports=(
            ControllerStatus("APC mini mk2", PortState.OPEN),
            ControllerStatus("nanoKONTROL2", PortState.GONE, "It has gone; it is opened again when it returns."),
        ),
        ghosts={"field.energy": 0.1, "field.warp": 0.2, "field.hue": 0.9},
        waiting=frozenset({"field.warp", "field.hue"}),
    )


def warming(engine: FakeEngine, _window: MainWindow) -> None:
    engine.emit(engine.generator(ComponentState.STARTING, 0.43), engine.output(connections=0))


def fault(engine: FakeEngine, _window: MainWindow) -> None:
    engine.emit(engine.generator(ComponentState.FAILED, 0.0, "out of memory on the GPU; it is started again"))
    engine.emit(engine.stats(71, pipeline_fps=0.0, lagged=4))


def blackout(engine: FakeEngine, _window: MainWindow) -> None:
    engine.pixels = np.zeros_like(engine.pixels)
    engine.sequence += 1
    engine.emit(engine.output(blackout=True, tally=True))


def frozen(engine: FakeEngine, _window: MainWindow) -> None:
    engine.emit(engine.output(freeze=True))


def on_air(engine: FakeEngine, _window: MainWindow) -> None:
    engine.emit(engine.output(tally=True, connections=2))


def queued(engine: FakeEngine, window: MainWindow) -> None:
    window.models.pads.arm(SceneArming(scene, ArmState.ARMED) for scene in ("Deep Sea", "Pearl"))
    engine.emit(CutQueued(at_ns=engine.time_ns, scene="Neon Rain", due_ns=engine.time_ns + 2 * SECOND))
    engine.time_ns += SECOND


def second_bank(_engine: FakeEngine, window: MainWindow) -> None:
    window.models.pads.turn_bank(1)


def help_page(_engine: FakeEngine, window: MainWindow) -> None:
    window.overlays.toggle(Request.HELP)


def source_menu(_engine: FakeEngine, window: MainWindow) -> None:
    window.surface.chain.source_chip.pressed.emit()


def output_menu(_engine: FakeEngine, window: MainWindow) -> None:
    window.surface.chain.output_chip.pressed.emit()


def focus(_engine: FakeEngine, window: MainWindow) -> None:
    window.surface.knobs.knobs[2].setFocus(Qt.FocusReason.TabFocusReason)


STATES = (
    lost,
    warming,
    fault,
    blackout,
    frozen,
    on_air,
    queued,
    second_bank,
    help_page,
    source_menu,
    output_menu,
    focus,
)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_performing_at_every_size(
    window: MainWindow, qtbot: QtBot, artefacts: Artefacts, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.wait(120)
    shot = window.grab()
    assert (shot.width(), shot.height()) == size
    assert shot.save(str(artefacts(f"window/performing-{size[0]}x{size[1]}.png")))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_states(
    window: MainWindow,
    engine: FakeEngine,
    qtbot: QtBot,
    artefacts: Artefacts,
    state: Callable[[FakeEngine, MainWindow], None],
) -> None:
    state(engine, window)
    qtbot.wait(160)
    assert window.grab().save(str(artefacts(f"window/{state.__name__}-1280x800.png")))
    window.resize(1024, 700)
    qtbot.wait(60)
    assert window.grab().save(str(artefacts(f"window/{state.__name__}-1024x700.png")))


def test_long_names(open_window: Make, qtbot: QtBot, artefacts: Artefacts) -> None:
    engine = FakeEngine(library(24, long_names=True))
    window = open_window(engine)
    engine.perform()
    engine.emit(engine.source("file:/home/me/Videos/An unreasonably long name of a recording, final final 2.mov"))
    engine.emit(engine.output(name="STUDIO-WORKSTATION-07.local (Hardcut)"))
    qtbot.wait(120)
    assert window.grab().save(str(artefacts("window/long-names-1280x800.png")))


def test_before_anything_is_known(open_window: Make, qtbot: QtBot, artefacts: Artefacts) -> None:
    engine = FakeEngine(library(0))
    window = open_window(engine)
    qtbot.wait(60)
    assert window.grab().save(str(artefacts("window/empty-1280x800.png")))
