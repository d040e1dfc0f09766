"""Keeps display and machine awake while a window performs, and says where the system does not let it.

Linux: org.freedesktop.ScreenSaver on the session bus (Idle Inhibition Service draft 0.1) keeps the display, login1 on
the system bus (systemd's inhibitor locks) the machine. Both are asked without waiting, and both let go by themselves
when their connection closes, however the program ends. Windows and macOS: see engine.output.activity, not run yet.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, Signal
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

from engine.output.activity import activity

WHO: Final = "Hardcut"
WHY: Final = "A performance is running"
PATIENCE_MS: Final = 2000
"""For an answer from the bus; nothing waits for it but the sentence."""


@dataclass(frozen=True, slots=True)
class _Inhibitor:
    """One service that is asked on Linux; where it lies, what it takes, and what may happen without it."""

    keeps: str
    without: str
    bus: QDBusConnection.BusType
    service: str
    path: str
    interface: str
    arguments: tuple[str, ...]

    @property
    def connection(self) -> str:
        """Its own connection, so that closing it lets go."""
        return f"hardcut-{self.service}"


_INHIBITORS: Final = (
    _Inhibitor(
        "display",
        "The display may go dark",
        QDBusConnection.BusType.SessionBus,
        "org.freedesktop.ScreenSaver",
        "/org/freedesktop/ScreenSaver",
        "org.freedesktop.ScreenSaver",
        (WHO, WHY),
    ),
    _Inhibitor(
        "machine",
        "The machine may fall asleep",
        QDBusConnection.BusType.SystemBus,
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        ("sleep:idle", WHO, WHY, "block"),
    ),
)


class Wakefulness(QObject):
    """Display and machine, kept awake from begin to end. It lives on the main thread, beside a QCoreApplication.

    Signals:
        told: once after begin: whether all is granted, and a sentence.
    """

    told = Signal(bool, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held = contextlib.ExitStack()
        self._waiting = 0
        self._granted: list[str] = []
        self._refused: list[str] = []
        self._locks: list[object] = []

    def begin(self) -> None:
        """Ask to be kept awake; returns at once."""
        if sys.platform == "linux":
            self._waiting = len(_INHIBITORS)
            for inhibitor in _INHIBITORS:
                self._ask(inhibitor)
        else:
            granted = self._held.enter_context(activity(WHY, display=True))
            refusal = "" if granted else "the system refuses"
            self._take("display and machine", "Display and machine may fall asleep", refusal)
            self._tell()

    def end(self) -> None:
        """Let display and machine rest again; harmless when repeated."""
        self._locks.clear()
        self._held.close()

    def _ask(self, inhibitor: _Inhibitor) -> None:
        name = inhibitor.connection
        wanted = inhibitor.bus is not QDBusConnection.BusType.SessionBus or _has_session_bus()
        bus = QDBusConnection.connectToBus(inhibitor.bus, name) if wanted else None
        self._held.callback(QDBusConnection.disconnectFromBus, name)
        if bus is None or not bus.isConnected():
            # Later, as an answer would come: whoever begins is not told before begin returns.
            QTimer.singleShot(0, self, lambda: self._answer(inhibitor, "there is no bus to ask on"))
            return
        call = QDBusMessage.createMethodCall(inhibitor.service, inhibitor.path, inhibitor.interface, "Inhibit")
        call.setArguments(list(inhibitor.arguments))
        watcher = QDBusPendingCallWatcher(bus.asyncCall(call, PATIENCE_MS), self)
        watcher.finished.connect(lambda done: self._answered(inhibitor, done))

    def _answered(self, inhibitor: _Inhibitor, watcher: QDBusPendingCallWatcher) -> None:
        if watcher.isError():
            self._answer(inhibitor, watcher.error().message())
        else:
            self._locks += watcher.reply().arguments()  # login1 answers with a file, and its lock lasts as long
            self._answer(inhibitor, "")
        watcher.deleteLater()

    def _answer(self, inhibitor: _Inhibitor, trouble: str) -> None:
        self._take(inhibitor.keeps, inhibitor.without, f"{inhibitor.service}: {trouble}" if trouble else "")
        self._waiting -= 1
        if not self._waiting:
            self._tell()

    def _take(self, keeps: str, without: str, trouble: str) -> None:
        if trouble:
            self._refused.append(f"{without} ({trouble.rstrip('.')}).")
        else:
            self._granted.append(keeps)

    def _tell(self) -> None:
        self.told.emit(not self._refused, sentence(self._granted, self._refused))


def _has_session_bus() -> bool:
    """There is one already: asked for where there is none, libdbus would start one that nobody ends."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS")) or (runtime is not None and Path(runtime, "bus").exists())


def sentence(granted: Sequence[str], refused: Sequence[str]) -> str:
    """What was granted, and what may happen where it was not."""
    what = " and ".join(granted)
    kept = f"The {what} {'are' if ' and ' in what else 'is'} kept awake."
    told = [kept] * bool(granted) + list(refused)
    return " ".join([*told, "Switch that off in the system's settings before a show."] if refused else told)


@dataclass(frozen=True, slots=True)
class KeptAwake:
    """What was asked for where there is no window, and holds until end.

    Attributes:
        granted: all of it; text: what was granted and what was not, a sentence.
    """

    granted: bool
    text: str
    _wakefulness: Wakefulness
    _application: QCoreApplication

    def end(self) -> None:
        """Let display and machine rest again."""
        self._wakefulness.end()


def keep_awake() -> KeptAwake:
    """Ask on the main thread, without a window; waits for the answer, PATIENCE_MS at most."""
    application = QCoreApplication.instance() or QCoreApplication([])
    answers: list[tuple[bool, str]] = []
    loop = QEventLoop(application)
    wakefulness = Wakefulness()

    def take(granted: bool, text: str) -> None:
        answers.append((granted, text))
        QTimer.singleShot(0, loop, loop.quit)

    wakefulness.told.connect(take)
    wakefulness.begin()
    if not answers:
        loop.exec()
    return KeptAwake(*answers[0], wakefulness, application)


def ask_awake() -> tuple[bool, str]:
    """Ask as a performance would, and let go again: whether all is granted, and a sentence."""
    kept = keep_awake()
    kept.end()
    return kept.granted, kept.text
