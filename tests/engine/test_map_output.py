"""Maps as a source of their own: a sender that fails in whatever way is tried again and told once."""

import time
from typing import Any, ClassVar

import numpy as np
import pytest

from engine import map_output
from engine.clock import NS_PER_SECOND, ManualClock
from engine.errors import OutputError
from engine.listeners import Listeners
from engine.map_output import MapOutput
from engine.messages.events import Event, MapChanged, Notice
from engine.messages.frame import ControlMap
from engine.messages.parameters import MAP_PARAMETERS, MAP_SEND


class Sink:
    """Fails when it is opened for as long as there are faults, then sends."""

    faults: ClassVar[list[Exception]] = []
    sent: ClassVar[list[tuple[int, ...]]] = []

    def __init__(self, _kind: str, _name: str) -> None:
        pass

    def open(self) -> None:
        if self.faults:
            raise self.faults.pop()

    def wanted(self) -> bool:
        return True

    def send(self, image: Any, _video: object) -> None:
        self.sent.append(image.shape)

    def close(self) -> None:
        pass


def test_whatever_fails_is_tried_again_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_output, "IsolatedSink", Sink)
    monkeypatch.setattr(Sink, "faults", [OutputError("It is gone"), ValueError("odd")])
    monkeypatch.setattr(Sink, "sent", [])
    clock, listeners, told = ManualClock(), Listeners(), list[Event]()
    listeners.subscribe(told.append)
    output = MapOutput("Hardcut Depth", clock, listeners)
    empty = np.zeros((225, 297), np.float32)
    found = ControlMap(frame_id=0, capture_ns=0, ready_ns=0, depth=empty, flow=np.zeros((225, 297, 2), np.float32))
    output.hear(MapChanged(at_ns=0, name="cues", values={**MAP_PARAMETERS.defaults(), MAP_SEND: 1.0}))
    try:
        patience = time.monotonic() + 20
        while not Sink.sent and time.monotonic() < patience:
            clock.advance_to(clock.now_ns() + NS_PER_SECOND)
            output.offer(found)
            time.sleep(0.01)
    finally:
        output.close()
    assert Sink.sent[0] == (224, 296, 2)
    assert [event.text for event in told if isinstance(event, Notice)] == [
        "The control map cannot be sent: ValueError('odd'). It is tried again."
    ]
