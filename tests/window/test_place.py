"""Where the window opens: as it was, if its display is there; damaged files are told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from app.settings import Area, SettingsError, WindowPlace, load_place, placed, save_place
from app.views.main_window import MainWindow
from app.views.windows.screens import displays
from tests.conftest import ROOT
from tests.window.fake_engine import FakeEngine

SMALLEST = (1024, 700)
LAPTOP, BEAMER = Area(0, 25, 1366, 743), Area(1366, 0, 1920, 1080)
edges = st.integers(-5000, 5000)


def test_it_opens_where_it_was_or_of_the_usual_size() -> None:
    place = WindowPlace(screen="HDMI", x=1400, y=40, width=1500, height=900)
    assert placed(place, {"eDP": LAPTOP, "HDMI": BEAMER}, SMALLEST) == (1400, 40, 1500, 900)
    assert placed(place, {"eDP": LAPTOP}, SMALLEST) == (43, 25, 1280, 743)
    assert placed(None, {"HDMI": BEAMER}, SMALLEST) == (1686, 140, 1280, 800)
    assert placed(place, {}, SMALLEST) is None


@given(edges, edges, st.integers(1, 9000), st.integers(1, 9000))
def test_it_never_leaves_its_display(x: int, y: int, width: int, height: int) -> None:
    place = WindowPlace(screen="HDMI", x=x, y=y, width=width, height=height)
    area = placed(place, {"eDP": LAPTOP, "HDMI": BEAMER}, SMALLEST)
    assert area is not None
    assert BEAMER.x <= area.x and area.x + area.width <= BEAMER.x + BEAMER.width
    assert BEAMER.y <= area.y and area.y + area.height <= BEAMER.y + BEAMER.height


def test_the_file_is_kept_whole_and_faults_are_sentences(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "window.toml"
    place = WindowPlace(screen="eDP-1", x=-3, y=9, width=1300, height=820, maximised=True)
    assert load_place(file) is None
    save_place(file, place)
    assert load_place(file) == place
    assert [one.name for one in file.parent.iterdir()] == ["window.toml"]
    for text in ("x = ", "screen = 4\nx=1\ny=1\nwidth=1\nheight=1", 'screen = "a"\nx = 1', ""):
        file.write_text(text)
        with pytest.raises(SettingsError, match="The window's place"):
            load_place(file)
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be saved: File exists"):
        save_place(tmp_path / "file" / "window.toml", place)


def test_a_window_returns_to_its_place(engine: FakeEngine, qapp: QApplication, tmp_path: Path) -> None:
    file, screen = tmp_path / "window.toml", next(iter(displays()))
    for expected in ((1100, 710), (1200, 720)):
        save_place(file, WindowPlace(screen=screen, x=0, y=0, width=expected[0], height=expected[1]))
        window = MainWindow(engine, engine.front, engine, file)
        window.show()
        qapp.processEvents()
        most = window.screen().availableGeometry()
        assert window.width() == min(expected[0], max(most.width(), 1024))
        window.close()
        kept = load_place(file)
        assert kept is not None and (kept.screen, kept.width) == (screen, window.width())
        window.deleteLater()
    file.write_text("nonsense")
    window = MainWindow(engine, engine.front, engine, file)
    last = window.models.log.last
    assert last is not None and last.text.startswith("The window's place is not valid TOML")
    window.show()
    window.close()
    assert load_place(file) is not None
    window.deleteLater()


def test_on_two_displays_the_output_takes_the_other_one(tmp_path: Path) -> None:
    screens = [
        {
            "name": name,
            "x": x,
            "y": 0,
            "width": width,
            "height": height,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        }
        for name, x, width, height in (("laptop", 0, 1366, 768), ("beamer", 1366, 1920, 1080))
    ]
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": screens}))
    told = subprocess.check_output(
        [sys.executable, "-m", "tests.window.two_displays", str(tmp_path / "window.toml")],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"},
        text=True,
        timeout=60,
    )
    assert told.splitlines() == [
        "displays: beamer laptop",
        "window on beamer display:2 on",
        "window on beamer display:2 off",
        "kept: beamer 1280 800",
        "window on laptop display:1 on",
        "window on laptop display:1 off",
        "kept: laptop 1100 720",
    ]
