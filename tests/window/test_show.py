"""The show as a whole in the window: the pads' pictures, the first picture, the mark's menu, the first steps."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.control.intents import ToggleMacroPart
from app.models.choices import ChoiceBook
from app.settings import AfterEnd, WindowPlace, save_place
from app.show.desk import ShowDesk
from app.show.document import Carried, Playing, Show
from app.show.file import read_show, save_show
from app.show.keeper import ShowKeeper
from app.views.app import Starting
from app.views.main_window import MainWindow
from app.views.requests import Request
from app.views.sections.album import Album, picture_key
from app.views.shell import displays, open_shell
from app.widgets.popover import Choice
from engine.clock import SystemClock
from engine.messages.commands import HardCut, Origin, PutScene
from engine.messages.input_commands import SelectSource
from engine.messages.scenes import Scene
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton
GREY = QColor(90, 90, 90)


class Opened:
    """A window over a fake engine, with a keeper of its own."""

    def __init__(self, qtbot: QtBot, folder: Path, engine: FakeEngine, album: Album) -> None:
        self.choices = ChoiceBook(folder / "settings.toml")
        self.keeper = ShowKeeper(Show(), None, SystemClock(), lambda _text: None)
        self.keeper.start()
        self._unsubscribe = engine.subscribe(self.keeper.hear)
        self.desk = ShowDesk(engine, self.keeper, folder / "user", engine.front)
        self.window = MainWindow(engine, engine.front, engine, choices=self.choices, desk=self.desk, album=album)
        self.window.resize(1280, 800)
        self.window.show()
        qtbot.waitExposed(self.window)

    def close(self) -> None:
        self._unsubscribe()
        self.window.close()
        self.window.deleteLater()
        self.keeper.close()


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, tmp_path: Path, engine: FakeEngine) -> Iterator[Opened]:
    theme.apply(qapp)
    made = Opened(qtbot, tmp_path, engine, Album(tmp_path / "album", "field", "Neon Rain"))
    yield made
    made.close()
    qapp.processEvents()


def flat(colour: QColor) -> QImage:
    image = QImage(448, 448, QImage.Format.Format_RGB888)
    image.fill(colour)
    return image


def choice(window: MainWindow, title: str) -> Choice:
    [found] = [one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == title]
    return found


def test_a_picture_is_of_what_the_scene_holds() -> None:
    scene = Scene(name="A", generator="field", prompt="red", parameters={"a": 0.1})
    key = picture_key("field", scene)
    assert picture_key("field", replace(scene, name="B")) == key
    others = (replace(scene, prompt="blue"), replace(scene, parameters={"a": 0.2}), replace(scene, prompts={"x": 1.0}))
    assert len({key, picture_key("wan", scene), *(picture_key("field", one) for one in others)}) == 5


def test_pads_keep_their_pictures_and_the_first_one_stands_there_at_once(
    opened: Opened, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    pictures = opened.window.surface.scene_pictures
    pictures.keep("Neon Rain", flat(GREY))
    opened.window.surface.album.close()
    assert len(list((tmp_path / "album").glob("*.jpg"))) == 1
    black = FakeEngine()
    black.pixels = black.pixels * 0  # nothing has been generated
    again = Opened(qtbot, tmp_path, black, Album(tmp_path / "album", "field", "Neon Rain"))
    try:
        surface = again.window.surface
        qtbot.waitUntil(lambda: surface.scene_pictures.picture("Neon Rain") is not None)
        assert surface.scene_pictures.picture("Molten Gold") is None
        qtbot.wait(80)
        assert surface.pictures.programme.image.isNull()  # black is no picture
        seen = surface.pictures.programme.grab().toImage()
        middle = seen.pixelColor(seen.width() // 2, seen.height() // 4)
        assert middle.red() == middle.green() == middle.blue() and 30 < middle.red() < 90
    finally:
        again.close()
        qapp.processEvents()


def test_a_show_is_saved_and_opened(opened: Opened, engine: FakeEngine, qtbot: QtBot, tmp_path: Path) -> None:
    engine.perform()
    engine.emit(engine.committed("Neon Rain", targets={"field.energy": 0.25}))
    qtbot.waitUntil(lambda: opened.keeper.state().show.playing.scene == "Neon Rain")
    menu, newest = opened.window.overlays.show, opened.window.surface.strip.newest
    menu._go(menu._saving, tmp_path / "night")
    qtbot.waitUntil(lambda: newest.text.startswith("Saved the show as night.hardcut."))
    show, faults = read_show(tmp_path / "night.hardcut")
    assert (show.playing.scene, faults) == ("Neon Rain", ())
    engine.posted.clear()
    menu.open_file(tmp_path / "night.hardcut")
    qtbot.waitUntil(lambda: any(isinstance(one, HardCut) for one in engine.posted))
    kinds = [type(one) for one in engine.posted]
    assert kinds.index(SelectSource) < kinds.index(HardCut)
    (tmp_path / "bad.hardcut").write_text("nonsense")
    menu.open_file(tmp_path / "bad.hardcut")
    qtbot.waitUntil(lambda: "bad.hardcut" in newest.text)


def test_macros_of_an_opened_show_are_under_the_hands_at_once(
    opened: Opened, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.front.send(ToggleMacroPart(1, "field.hue"), Origin.WINDOW)
    text = '[[macro.1]]\nparameter = "field.energy"\n[[macro.4]]\nparameter = "field.warp"\n'
    scene = 'name = "Pearl"\ngenerator = "field"\nprompt = "theirs"\n[parameters]\n'
    show = Show(playing=Playing(scene="Pearl"), carried=Carried(files={"midi/macros.toml": text}))
    save_show(
        replace(show, carried=Carried(files={"midi/macros.toml": text, "scenes/field/p.toml": scene})),
        tmp_path / "night.hardcut",
    )
    opening = opened.desk.open(tmp_path / "night.hardcut")
    macros = engine.front.state.macros
    assert {one: macros[one].parts[0].parameter for one in macros} == {
        1: "field.hue",
        2: "field.energy",
        4: "field.warp",
    }
    assert macros[2].name == "Macro 1 (night)"
    [put] = [one for one in engine.posted if isinstance(one, PutScene)]
    assert (put.scene.name, put.scene.prompt) == ("Pearl (night)", "theirs")
    told = " ".join(opening.faults)
    assert "1 is 2 here" in told
    assert "Pearl (night) for Pearl" in told


def test_what_a_start_begins_with_is_chosen_once(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    opened.window.overlays.toggle(Request.SHOW)
    qtbot.mousePress(choice(opened.window, "Begin with the home scene"), LEFT)
    assert ChoiceBook(tmp_path / "settings.toml").now.after_end is AfterEnd.HOME
    (tmp_path / "settings.toml").write_text("after_end = 7")
    book = ChoiceBook(tmp_path / "settings.toml")
    assert (book.now.after_end, bool(book.trouble)) == (AfterEnd.RESUME, True)


def test_first_steps_are_put_away_once(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    steps = opened.window.overlays.steps
    assert steps.isVisible()
    qtbot.keyPress(opened.window, Qt.Key.Key_Escape)
    assert not steps.isVisible()
    assert ChoiceBook(tmp_path / "settings.toml").now.steps_seen
    opened.window.overlays.toggle(Request.FIRST_STEPS)
    assert steps.isVisible()
    qtbot.mousePress(steps, LEFT)
    assert not steps.isVisible()


def test_the_window_is_seen_before_anything_is_started(opened: Opened, qtbot: QtBot) -> None:
    started = threading.Event()
    starting = Starting(started.set)
    other = Starting(lambda: (_ for _ in ()).throw(ValueError("no output")).__next__())
    with qtbot.waitSignal(other.failed):
        starting.begin()
        other.begin()
    starting.begin()  # a second time changes nothing
    starting.check()
    assert started.is_set()
    with pytest.raises(ValueError, match="no output"):
        other.check()


def test_a_bare_window_stands_where_the_real_one_will_be(qapp: QApplication, tmp_path: Path) -> None:
    screen = next(iter(displays()))
    place = WindowPlace(screen=screen, x=10, y=20, width=1024, height=700)
    save_place(tmp_path / "window.toml", place)
    (tmp_path / "bad.toml").write_text("x = ")
    for name in ("window.toml", "bad.toml", "none.toml"):
        shell = open_shell(tmp_path / name)
        try:
            assert shell.isVisible()
            assert (shell.geometry().y() == 20) is (name == "window.toml")
        finally:
            shell.close()
            shell.deleteLater()
            qapp.processEvents()
