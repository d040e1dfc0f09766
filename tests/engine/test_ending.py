"""A thread that hangs does not keep the program from ending, and it is told."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import librarian
from engine.clock import ManualClock
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.librarian import Librarian
from engine.messages.emergency import Emergency
from engine.session import recorder
from engine.session.recorder import SessionRecorder
from tests.session.shows import Show


@pytest.fixture
def hang() -> Iterator[Callable[..., None]]:
    """A call that does not return before the test is over; then all threads that were left behind end."""
    over, threads = threading.Event(), set[threading.Thread]()

    def call(*_: object) -> None:
        threads.add(threading.current_thread())
        over.wait()

    yield call
    over.set()
    for thread in threads:
        thread.join()


def test_the_librarian_does_not_wait_for_a_disk_for_ever(
    hang: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(librarian, "save_emergency", hang)
    monkeypatch.setattr(librarian, "END_S", 0.05)
    spec = find_generator(DEFAULT_GENERATOR).describe()
    one = Librarian(spec, None, ManualClock(7), lambda _: None, lambda _: None, tmp_path / "emergency.toml")
    one.start()
    one.keep_emergency(Emergency())
    one.stop()
    assert caplog.messages == ["The thread hardcut-librarian did not end within 0.05 s; it is left behind."]
    assert one._thread.daemon


def test_the_session_does_not_wait_for_a_disk_for_ever(
    hang: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(SessionRecorder, "_sync", hang)
    monkeypatch.setattr(recorder, "END_S", 0.05)
    show = Show(tmp_path / "a.session")
    show.chunk()
    show.end()
    assert "The thread hardcut-session did not end within 0.05 s; it is left behind." in caplog.messages
