"""Clocks at work in the midi thread: the program's tempo, what the user has set, and the outputs that follow."""

from dataclasses import dataclass, replace

from app.control.clock_settings import ClockSettings, LinkMode, with_port
from app.errors import MidiError
from app.midi.clock.outputs import ClockPorts, ClockPortStatus
from app.midi.learning.user_bindings import UserBindingsFolder
from engine.messages.events import TempoChanged


@dataclass(frozen=True, slots=True)
class SendClock:
    """Send the clock to an output of this name from now on, or no longer."""

    port: str
    send: bool


@dataclass(frozen=True, slots=True)
class SetLink:
    """Let Ableton Link be this to us from now on."""

    mode: LinkMode


ClockWish = SendClock | SetLink


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """How clocks stand, for the window.

    Attributes:
        followed: the controllers whose clock gives the tempo.
        ports: every output that a clock can be sent to.
        asked: texts that name outputs for this run only, besides those that are set.
        trouble: what went wrong with the file of settings, a sentence; "" while all is well.
        late_ns: how late the latest tick of the last bar was sent.
    """

    settings: ClockSettings = ClockSettings()  # noqa: RUF009 - frozen
    followed: tuple[str, ...] = ()
    ports: tuple[ClockPortStatus, ...] = ()
    asked: tuple[str, ...] = ()
    trouble: str = ""
    late_ns: int = 0


class Clocks:
    """The midi thread owns it.

    Args:
        folder: where settings are kept; None: nowhere.
        send_to: outputs that are sent the clock in this run besides those that are set.
    """

    def __init__(self, ports: ClockPorts, folder: UserBindingsFolder | None, send_to: tuple[str, ...] = ()) -> None:
        self._ports = ports
        self._folder = folder
        self._asked = send_to
        self._settings = ClockSettings()
        self._news: TempoChanged | None = None
        self.trouble = ""
        """What went wrong with the file of settings, a sentence."""
        if folder is not None:
            try:
                self._settings = folder.load_clock()
            except MidiError as error:
                self.trouble = str(error)
        self._choose()

    def take(self, wish: ClockWish) -> None:
        """Act on a new setting and keep it."""
        match wish:
            case SendClock(port, send):
                self._settings = with_port(self._settings, port, send, self._ports.names)
            case SetLink(mode):
                self._settings = replace(self._settings, link=mode)
        self.trouble = ""
        self._choose()
        if self._folder is not None:
            try:
                self._folder.save_clock(self._settings)
            except MidiError as error:
                self.trouble = str(error)

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
            settings=self._settings,
            followed=followed,
            ports=self._ports.statuses(),
            asked=self._asked,
            trouble=self.trouble,
            late_ns=self._ports.late_ns,
        )

    def _choose(self) -> None:
        self._ports.choose((*self._settings.send_to, *self._asked))
