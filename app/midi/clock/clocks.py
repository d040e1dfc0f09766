"""Clocks at work in the midi thread: the program's tempo, and the outputs that follow."""

from dataclasses import dataclass

from app.control.clock_settings import ClockSettings
from app.midi.clock.outputs import ClockPorts, ClockPortStatus
from engine.messages.events import TempoChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """How clocks stand, for the window.

    Attributes:
        followed: the controllers whose clock gives the tempo.
        ports: every output that a clock can be sent to.
        asked: texts that name outputs for this run only, besides those that are set.
        late_ns: how late the latest tick of the last bar was sent.
    """

    followed: tuple[str, ...] = ()
    ports: tuple[ClockPortStatus, ...] = ()
    asked: tuple[str, ...] = ()
    late_ns: int = 0


class Clocks:
    """The midi thread owns it.

    Args:
        asked: outputs that are sent the clock in this run besides those that are set.
    """

    def __init__(self, ports: ClockPorts, settings: ClockSettings, asked: tuple[str, ...] = ()) -> None:
        self._ports = ports
        self._asked = asked
        self._settings = settings
        self._news: TempoChanged | None = None
        self._choose()

    def follow(self, settings: ClockSettings) -> bool:
        """Take in what is set; True where it is something new, so that outputs are to be opened and closed."""
        new = settings != self._settings
        if new:
            self._settings = settings
            self._choose()
        return new

    def tempo(self, news: TempoChanged) -> None:
        """The program's tempo has changed."""
        self._news = news

    def tick(self, now_ns: int) -> int | None:
        """Send what is due; when more will be."""
        if self._news is not None:
            self._ports.follow(self._news.bpm, self._news.beat_ns, now_ns)
            self._news = None
        return self._ports.tick(now_ns)

    def state(self, followed: tuple[str, ...]) -> ClockState:
        """As the window shows it."""
        return ClockState(
            followed=followed, ports=self._ports.statuses(), asked=self._asked, late_ns=self._ports.late_ns
        )

    def _choose(self) -> None:
        self._ports.choose((*self._settings.send_to, *self._asked))
