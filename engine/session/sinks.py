"""Sinks for a replay's pictures: none, or the output process at the pace of the show; for films, see rendering."""

import threading
from typing import Final, Protocol

from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.frame import OutputFrame
from engine.output.client import OutputClient, OutputConfig
from engine.session.replay import ShownChunk

AHEAD: Final = 4
"""Frames that wait for the output before a chunk is handed over, at most."""

MOST_TO_SHOW: Final = 64
"""Twice the slots of the ring: an output that has not shown them by then never will."""


class ReplaySink(Protocol):
    """Accept a replay's chunks in order; one thread owns it."""

    def show(self, chunk: ShownChunk) -> None: ...

    def finish(self) -> None:
        """Take note that the show is over; close follows."""
        ...

    def close(self) -> None: ...


class DiscardSink:
    """Drop every chunk, as fast as the generator makes them."""

    def show(self, chunk: ShownChunk) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class LiveSink:
    """The output process, at the pace of the show.

    Args:
        output: its name, canvas and rate.

    Raises:
        OutputError: it cannot be started.
    """

    def __init__(self, output: OutputConfig) -> None:
        self._client = OutputClient.connect(output, SystemClock())
        self._first_epoch = self._client.last_epoch + 1
        self._shift: int | None = None
        self._period_s = 0.0
        self._pause = threading.Event()

    def show(self, chunk: ShownChunk) -> None:
        """Publish the chunk once the output will soon need it."""
        if self._shift is None:
            self._shift = self._first_epoch - chunk.epoch
        self._period_s = chunk.period_ns / NS_PER_SECOND
        while self._client.queued() > AHEAD or self._client.free_slots() < len(chunk.images):
            self._pause.wait(self._period_s)  # the output takes a frame a period
        self._client.publish_chunk(
            [
                OutputFrame(chunk.epoch + self._shift, chunk.number, position, 0, chunk.period_ns, image)
                for position, image in enumerate(chunk.images)
            ]
        )

    def finish(self) -> None:
        """Wait until the queued frames are shown."""
        for _ in range(MOST_TO_SHOW):
            if self._client.queued() == 0:
                break
            self._pause.wait(self._period_s)

    def close(self) -> None:
        """End the output process."""
        self._client.close(end_output=True)
