"""Performing without a window: a live status line, and a clean end on Ctrl-C.

Without its terminal nobody could end a headless show: when the terminal closes (SIGHUP) it ends as on Ctrl-C, with
report and session written. Start it with nohup to keep it going. A show in a window goes on: the window is
there to end it.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from app.inhibitor import awake
from app.models.sinks import SinksModel, sink_news
from app.report import WORTH_TELLING
from app.streams import ForgivingText
from engine.clock import NS_PER_MS
from engine.mailbox import Mailbox
from engine.messages.events import (
    CommandRefused,
    ComponentState,
    DepthChanged,
    Event,
    GeneratorChanged,
    Level,
    Notice,
    SourceChanged,
    SourceState,
)
from engine.messages.output_events import OutputChanged
from engine.messages.quality import QualityChanged, StepState
from engine.messages.stats import GpuShared, Stats
from engine.output.settings import NDI_SINK

REFRESH_S = 0.25
PLAIN_REFRESH_S = 5.0
"""Where the output is a file or a pipe, a line every 5 s is as much as a person reads."""


class StatusLine:
    """Print events as one line that stays, and sentences that scroll above it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = ForgivingText(stream)
        self._live = self._stream.isatty()
        self._events: Mailbox[Event] = Mailbox()
        self._stats: Stats | None = None
        self._output: OutputChanged | None = None
        self._sinks = SinksModel()
        self._shown_ns = 0
        self._taken: tuple[StepState, ...] = ()

    def on_event(self, event: Event) -> None:
        """Queue an event; called on the engine's threads."""
        self._events.put(event)

    def refresh(self) -> None:
        """Print the queued events; called on the main thread."""
        for event in self._events.drain():
            sentence = self._sentence(event)
            if sentence:
                self.print_line(sentence)
        interval_ns = 0 if self._live else round(PLAIN_REFRESH_S * 1e9)
        if self._stats is not None and self._stats.at_ns - self._shown_ns >= max(interval_ns, 1):
            self._shown_ns = self._stats.at_ns
            line = self.line()
            self._stream.say(line if self._live else f"{line}\n", over=self._live)

    def close(self) -> None:
        """Leave the cursor on a line of its own."""
        if self._live:
            self._stream.say("\n")

    def line(self) -> str:
        """Return the figures in one line."""
        stats, output = self._stats, self._output
        if stats is None:
            return "starting"
        viewers = f"{output.connections} watching" if output and output.connections else "nobody watching"
        air = "  ON AIR" if output and output.tally else ""
        film = f"  {self._sinks.text}" if self._sinks.text else ""
        return (
            f"in {stats.input_fps:4.1f}  pipeline {stats.pipeline_fps:4.1f}  out {stats.output_fps:4.1f} fps"
            f"  latency {stats.latency_ns / NS_PER_MS:3.0f} ms  chunk {stats.chunk_ns / NS_PER_MS:3.0f} ms"
            f"  lagged {stats.lagged} repeated {stats.repeated} dropped {stats.dropped}"
            f"  {stats.memory_bytes / 2**20:.0f} MiB  {viewers}{air}{film}"
        )

    def _sentence(self, event: Event) -> str:
        match event:
            case Stats():
                self._stats = event
            case OutputChanged():
                before, self._output = self._output, event
                self._sinks.take(event)
                for _, text in sink_news(before.sinks if before else (), event.sinks):
                    self.print_line(text if text.endswith(".") else f"{text}.")
                if event.state is ComponentState.FAILED:
                    return event.detail if before is None or event.detail != before.detail else ""
                first = before is None or before.name != event.name or before.state is ComponentState.FAILED
                if first and event.name:
                    medium = " on NDI" if event.sink == NDI_SINK.id else ""
                    return f"Sending {event.width}×{event.height} as “{event.name}”{medium}."
            case Notice() if event.level in WORTH_TELLING:
                return event.text
            case CommandRefused():
                return event.text
            case GpuShared():
                return event.sentence()
            case QualityChanged():
                return self._quality(event)
            case SourceChanged() if event.state is not SourceState.OPENING or event.detail:
                return f"Source {event.spec}: {event.state.value}. {event.detail}".strip()
            case DepthChanged(state=ComponentState.FAILED):
                return f"Control map, {event.estimator}: {event.detail}"
            case GeneratorChanged() if event.state is ComponentState.READY:
                return f"Generator {event.name} is ready."
        return ""

    def _quality(self, event: QualityChanged) -> str:
        """How simplified the picture is, where other steps are taken than before."""
        before, self._taken = self._taken, event.taken
        if {one.step.id for one in before} == {one.step.id for one in event.taken}:
            return ""
        looks = "; ".join(one.step.label for one in event.taken)
        return f"{event.sentence()}" + (f" ({looks})." if looks else ".")

    def print_line(self, sentence: str) -> None:
        """Print a sentence on a line of its own; called on the main thread."""
        self._stream.say(f"{sentence}\n", over=self._live)


@contextmanager
def kept_awake(tell: Callable[[Level, str], None]) -> Iterator[None]:
    """Keep the machine awake during the with-block; tell once whether the system allows it.

    It is asked while the show runs already: nothing waits for it but this thread, for two seconds at most.
    """
    with awake() as trouble:
        lack = f"The machine may fall asleep ({trouble}). Switch that off in the system's settings before a show."
        tell(Level.INFO, lack if trouble else "The machine is kept awake.")
        yield


ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that end a show in order, where the system knows them; the first is enough."""


@contextmanager
def ending_on_signals(ended: threading.Event) -> Iterator[None]:
    """Set the event on each ENDING signal during the with-block; an ignored one stays so (nohup)."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    numbers = [getattr(signal, name) for name in ENDING if hasattr(signal, name)]
    previous = {
        number: signal.signal(number, end) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def perform(line: StatusLine, duration_s: float, each: Callable[[], None], ended: threading.Event) -> None:
    """Keep the status line alive until the event is set or the duration is over (0: none)."""
    timer = threading.Timer(duration_s, ended.set) if duration_s else None
    try:
        if timer is not None:
            timer.start()
        while not ended.wait(REFRESH_S):
            line.refresh()
            each()
    finally:
        if timer is not None:
            timer.cancel()
            timer.join()
        line.refresh()
        line.close()


def default_stream() -> TextIO | None:
    """Return standard error, so that standard output stays free."""
    return sys.stderr
