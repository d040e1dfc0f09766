"""A session that is recorded is seen, with how much it has become, and where it is in trouble."""

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.models.recording import LITTLE_ROOM, LOOK_NS, STALLED_NS, Recording
from app.views.main_window import MainWindow
from tests.window.fake_engine import FakeEngine


def test_it_tells_how_much_it_has_become_and_that_it_stalls(tmp_path: Path) -> None:
    session, inputs = tmp_path / "a.session", tmp_path / "a.session.inputs"
    room = [10 * LITTLE_ROOM]
    recording = Recording(lambda: (session, inputs), lambda _: room[0])
    recording.tick(0)
    assert (recording.text, recording.troubled) == ("REC 0 MiB", False)
    session.write_bytes(bytes(3 << 20))
    inputs.write_bytes(bytes(1 << 20))
    recording.tick(LOOK_NS // 2)
    assert recording.text == "REC 0 MiB"  # not yet looked at again
    recording.tick(LOOK_NS)
    assert recording.text == "REC 4 MiB"
    recording.tick(LOOK_NS + STALLED_NS + 1)
    assert (recording.text, recording.troubled) == ("REC STALLED", True)
    session.write_bytes(bytes(4 << 20))
    room[0] = LITTLE_ROOM - 1
    recording.tick(2 * STALLED_NS)
    assert (recording.text, recording.troubled) == ("REC 5 MiB, DISK FULL SOON", True)


def test_nothing_is_said_where_nothing_is_recorded() -> None:
    recording = Recording()
    recording.tick(0)
    assert (recording.text, recording.sentence) == ("", "")


def test_the_window_shows_it(engine: FakeEngine, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    session = tmp_path / "a.session"
    session.write_bytes(bytes(7 << 20))
    window = MainWindow(engine, engine.front, engine, recording=lambda: (session,))
    window.show()
    now = window.surface.pictures.now
    qtbot.waitUntil(lambda: now.recording.startswith("REC 7 MiB"))
    assert str(session) in now.toolTip()
    window.close()
    window.deleteLater()
