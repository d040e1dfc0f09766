"""The auto-pilot as it is set, and where it goes next."""

from app.control.auto import AutoSettings
from app.control.state import ControlState
from app.models.signal import Signal
from engine.messages.events import AutoPilotChanged


class AutoPilotModel:
    """Observes the front and the engine.

    Attributes:
        settings: how it is set; flying: the engine has taken it up.
    """

    def __init__(self, front: ControlState) -> None:
        self.changed = Signal()
        self.settings: AutoSettings = front.auto
        self.flying = False
        self._next = ""
        self._due_ns = self._bar_ns = 0

    def follow(self, front: ControlState) -> None:
        """Take in how it is set."""
        if front.auto != self.settings:
            self.settings = front.auto
            self.changed.emit()

    def take(self, event: AutoPilotChanged) -> None:
        """Take an event of the engine."""
        self.flying, self._next = event.plan is not None, event.next_name
        self._due_ns, self._bar_ns = event.due_ns, event.bar_ns
        self.changed.emit()

    def bars_left(self, now_ns: int) -> int | None:
        """Bars until it acts, the one that runs included; None while that is not known."""
        if not self.flying or not self._due_ns or not self._bar_ns:
            return None
        return max(-((now_ns - self._due_ns) // self._bar_ns), 0)

    def words(self, now_ns: int) -> str:
        """What it does, "" for nothing."""
        if not self.settings.on:
            return ""
        if not self.flying:
            return "Auto: no scene on the pads in front"
        left = self.bars_left(now_ns)
        if left is None:
            return "Auto: waits for another section"
        when = "now" if left == 0 else f"in {left} bar{'s' if left != 1 else ''}"
        return f"Auto: {self._next} {when}"
