"""Weights fetched from the generator's menu, by the real fetcher, from a hub on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub.utils import close_session
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import theme
from app.commands.models.window import WindowFetcher
from app.models.weights import Stage, WeightsEnded, WeightsProgress, progress_words
from app.views.main_window import MainWindow
from app.widgets.popover import Choice
from engine.clock import SystemClock
from engine.folders import models_folder
from engine.generators.wan.card_library import load_card
from engine.messages.offers import GeneratorOffer
from tests.wan.hub_server import HubServer
from tests.whole_files import contents
from tests.window.fake_engine import FakeEngine

NAME = "wan-1.3b"
CARD = load_card(NAME)
HEAVY = CARD.files[0].file
Artefacts = Callable[[str], Path]


class Listing(FakeEngine):
    """It offers a model as its files stand in the folder of models."""

    def generator_offers(self) -> tuple[GeneratorOffer, ...]:
        missing = CARD.missing(models_folder())
        hindrance = f"{len(missing)} files are not there: hardcut models fetch {NAME}." if missing else ""
        wan = GeneratorOffer(name=NAME, label=CARD.label, hindrance=hindrance, needs_restart=True)
        return (GeneratorOffer(name="field", label="Neural field"), wan)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    repositories: dict[str, dict[str, bytes]] = {}
    for file in CARD.files:
        repositories.setdefault(file.repo, {}).update(contents(file, 2_000_000 if file.file == HEAVY else 1000))
    with HubServer(repositories, licence="cc-by-nc-4.0") as server:
        monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path / "models"))
        yield server
        close_session()


@pytest.fixture
def fetching(server: HubServer, qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    """A window that can fetch, with the generator's menu open."""
    theme.apply(qapp)
    engine = Listing()
    window = MainWindow(engine, engine.front, engine, fetcher=WindowFetcher(SystemClock(), server.endpoint))
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    engine.perform()
    window.surface.chain.generator_chip.pressed.emit()
    qtbot.waitUntil(lambda: "Fetch it …" in lines(window))
    yield window
    window.close()
    window.deleteLater()
    qapp.processEvents()


def lines(window: MainWindow) -> list[str]:
    return [one.accessibleName() for one in window.overlays.popover.findChildren(Choice)]


def told(window: MainWindow) -> str:
    return " ".join(one.text() for one in window.overlays.popover.findChildren(QLabel))


def press(window: MainWindow, title: str) -> None:
    [choice] = [one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == title]
    choice.chosen.emit()


def stage(window: MainWindow) -> Stage:
    return window.overlays.weights.model.stage


def test_size_and_licence_are_shown_then_the_weights_come(
    fetching: MainWindow, server: HubServer, qtbot: QtBot, tmp_path: Path, artefacts: Artefacts
) -> None:
    press(fetching, "Fetch it …")
    qtbot.waitUntil(lambda: "Agree and fetch" in lines(fetching), timeout=20_000)
    text = told(fetching)
    for file in CARD.files:
        assert file.file in text and f"Licence {file.licence}; its page says cc-by-nc-4.0" in text
    assert f"2.0 MB in all, into {tmp_path / 'models'}, which has " in text
    assert not (tmp_path / "models").exists() and not server.ranges(HEAVY)
    fetching.grab().save(str(artefacts("window/fetch-offer.png")))
    press(fetching, "Agree and fetch")
    qtbot.waitUntil(lambda: stage(fetching) is Stage.IDLE, timeout=20_000)
    assert fetching.overlays.weights.model.trouble == ""
    assert not CARD.missing(tmp_path / "models")
    qtbot.waitUntil(lambda: "Fetch it …" not in lines(fetching), timeout=20_000)  # the list has looked again
    assert f"{NAME}: every file is there." in [entry.text for entry in fetching.models.log.entries]


def test_a_stop_keeps_what_has_come(server: HubServer, tmp_path: Path) -> None:
    fetcher = WindowFetcher(SystemClock(), server.endpoint)
    assert fetcher.plan(NAME) is not None
    steps = fetcher.fetch(NAME)
    assert isinstance(next(steps), WeightsProgress)
    fetcher.stop()
    [ended] = steps
    assert isinstance(ended, WeightsEnded) and not ended.whole
    assert CARD.missing(tmp_path / "models") == CARD.files
    again = fetcher.plan(NAME)
    assert again is not None and again.left < again.size
    *_, last = fetcher.fetch(NAME)
    assert last == WeightsEnded(True, f"{NAME}: every file is there.") and fetcher.plan(NAME) is None


def test_a_broken_fetch_is_told_and_goes_on_from_there(
    fetching: MainWindow, server: HubServer, qtbot: QtBot, artefacts: Artefacts
) -> None:
    server.faults.cuts[HEAVY] = [1_200_000, 0]
    press(fetching, "Fetch it …")
    qtbot.waitUntil(lambda: "Agree and fetch" in lines(fetching), timeout=20_000)
    press(fetching, "Agree and fetch")
    assert "Stop" in lines(fetching) and "is being fetched" in told(fetching)
    fetching.grab().save(str(artefacts("window/fetch-progress.png")))
    qtbot.waitUntil(lambda: stage(fetching) is Stage.IDLE, timeout=20_000)
    assert "connection failed" in told(fetching)
    press(fetching, "Fetch it …")
    qtbot.waitUntil(lambda: stage(fetching) is Stage.OFFERED, timeout=20_000)
    assert "2.0 MB in all, of which 1.2 MB are there, into" in told(fetching)
    press(fetching, "Not now")
    assert "Fetch it …" in lines(fetching)


def test_what_the_hub_refuses_stands_in_the_list(fetching: MainWindow, server: HubServer, qtbot: QtBot) -> None:
    server.faults.gated = {CARD.files[0].repo}
    press(fetching, "Fetch it …")
    qtbot.waitUntil(lambda: "agreed to its terms" in told(fetching), timeout=20_000)
    assert "Agree to them on that page, then sign in" in told(fetching)
    assert "Fetch it …" in lines(fetching) and stage(fetching) is Stage.IDLE
    warned = fetching.models.log.entries[-1].text
    assert warned.startswith(f"{NAME} could not be looked up. ")


def test_too_small_a_disk_is_said_before_anything_comes(
    fetching: MainWindow, server: HubServer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.generators.wan.library.fetching._free", lambda _folder: 1000)
    press(fetching, "Fetch it …")
    qtbot.waitUntil(lambda: "Make room, or name another folder" in told(fetching), timeout=20_000)
    assert not server.ranges(HEAVY)


def test_progress_in_words() -> None:
    half = WeightsProgress(9_500_000_000, 22_100_000_000, "a.pt", rate=84_000_000)
    assert progress_words(half) == "42 %, 9.5 GB of 22.1 GB, 84.0 MB/s, 2 min left"
    assert progress_words(half, stopping=True) == "42 %, 9.5 GB of 22.1 GB. Stopping …"
