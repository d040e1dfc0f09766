"""A whole engine with all its real rooms; only the network is left out (the output sends to nobody)."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from engine.engine import Engine, EngineConfig
from engine.mailbox import Mailbox
from engine.messages.commands import Command
from engine.messages.events import ComponentState, Event, GeneratorChanged
from engine.messages.stats import Stats
from engine.output.client import NULL_SINK, OutputConfig

E = TypeVar("E", bound=Event)
FLOWING = 20
"""Frames: enough to know that pictures come."""

PATIENCE_NS = 60_000_000_000
"""Machines that test may be slow and busy; nothing here measures speed."""


class Show:
    """An engine and everything it told."""

    def __init__(self, config: EngineConfig) -> None:
        self.engine = Engine(config)
        self.told: list[Event] = []
        self._news: Mailbox[Event] = Mailbox()
        self._mark = 0
        self.engine.subscribe(self._news.put)

    def post(self, make: Callable[..., Command], **fields: object) -> Command:
        """Post a command stamped now; wait_for then looks at what was told since."""
        self.told.extend(self._news.drain())
        self._mark = len(self.told)
        command = make(stamp_ns=self.engine.now_ns(), **fields)
        self.engine.post(command)
        return command

    def wait_for(self, kind: type[E], holds: Callable[[E], bool] = lambda _event: True) -> E:
        """The first such event since the last post, whenever it comes."""
        deadline_ns = self.engine.now_ns() + PATIENCE_NS
        seen = self._mark
        while self.engine.now_ns() < deadline_ns:
            self.told.extend(self._news.drain())
            for event in self.told[seen:]:
                if isinstance(event, kind) and holds(event):
                    return event
            seen = len(self.told)
            self._news.wait(100_000_000)
        raise AssertionError(f"no such {kind.__name__} was told; the last events were {self.told[-5:]}")

    def flowing(self) -> Stats:
        """Wait until the output has shown some more pictures."""
        self.told.extend(self._news.drain())
        shown = [event.frames for event in self.told if isinstance(event, Stats)]
        return self.wait_for(Stats, lambda stats: stats.frames >= (shown[-1] if shown else 0) + FLOWING)


@pytest.fixture
def show() -> Iterator[Show]:
    """An engine on the stage, ready and dreaming."""
    running = Show(EngineConfig(output=OutputConfig(name="Show under test", sinks=(NULL_SINK,))))
    running.engine.start()
    try:
        running.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        yield running
    finally:
        running.engine.stop()
