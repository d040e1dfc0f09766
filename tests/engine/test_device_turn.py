"""One thread at a time records a graph or waits for the device; nobody waits for a thread that has hung."""

import threading

import pytest

from engine import device_turn as module
from engine.device_turn import device_turn, device_turn_if_free, untold


def elsewhere(found: list[bool]) -> None:
    def work() -> None:
        with device_turn_if_free() as free:
            found.append(free)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_the_turn_is_free_again_once_it_was_left() -> None:
    found: list[bool] = []
    with device_turn(), device_turn():  # who has it may take it again
        elsewhere(found)
    with pytest.raises(ValueError, match="broke"), device_turn():
        raise ValueError("broke")
    elsewhere(found)
    assert found == [False, True]


def test_a_thread_that_keeps_it_for_ever_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    holding, done = threading.Event(), threading.Event()

    def hang() -> None:
        with device_turn():
            holding.set()
            done.wait()

    thread = threading.Thread(target=hang, name="hardcut-hung")
    thread.start()
    holding.wait()
    assert untold() == ()
    with device_turn():
        """Goes on, and does not give back what it never had."""
    (told,) = untold()
    assert told.startswith("hardcut-hung has kept the GPU to itself for more than 0.01 seconds; MainThread goes on")
    monkeypatch.setattr(module, "_PATIENCE_S", 1000.0)
    for _ in range(3):  # a warm-up takes the turn dozens of times
        with device_turn():
            """Has not waited again."""
    assert untold() == ()  # once for each
    with device_turn_if_free() as free:
        assert not free
    done.set()
    thread.join()
    with device_turn_if_free() as free:
        assert free
    with device_turn():
        """The one that hung has let go: the next is waited for, and told, again."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    holding.clear()
    done.clear()
    thread = threading.Thread(target=hang, name="hardcut-again")
    thread.start()
    holding.wait()
    with device_turn():
        """Goes on."""
    done.set()
    thread.join()
    assert [text.split()[0] for text in untold()] == ["hardcut-again"]
