"""Plays the desktop's services on a bus of its own, asks to be kept awake, and tells what each side saw.

Run by dbus-run-session, with the services to play as arguments.
"""

import os
import sys

from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Slot
from PySide6.QtDBus import QDBusConnection, QDBusUnixFileDescriptor

from app.wakefulness import Wakefulness


@ClassInfo({"D-Bus Interface": "org.freedesktop.ScreenSaver"})
class ScreenSaver(QObject):
    @Slot(str, str, result="uint")
    def Inhibit(self, who: str, why: str) -> int:
        print("screensaver:", who, "|", why, flush=True)
        return 7


@ClassInfo({"D-Bus Interface": "org.freedesktop.login1.Manager"})
class Login(QObject):
    @Slot(str, str, str, str, result="QDBusUnixFileDescriptor")
    def Inhibit(self, what: str, who: str, why: str, mode: str) -> QDBusUnixFileDescriptor:
        print("login1:", what, "|", who, "|", why, "|", mode, flush=True)
        self.end, lock = os.pipe()
        descriptor = QDBusUnixFileDescriptor(lock)
        os.close(lock)
        return descriptor

    def released(self) -> bool:
        os.set_blocking(self.end, False)
        try:
            return os.read(self.end, 1) == b""
        except BlockingIOError:
            return False


def play_services() -> Login:
    """Play those that are named in the arguments; on the system's bus, which is the test's own, login1 too."""
    bus = QDBusConnection.sessionBus()
    login = Login()
    screen_saver = ScreenSaver(login)
    played = {"org.freedesktop.ScreenSaver": screen_saver, "org.freedesktop.login1": login}
    for name in sys.argv[1:]:
        assert bus.registerService(name)
        assert bus.registerObject(
            f"/{name.replace('.', '/')}", played[name], QDBusConnection.RegisterOption.ExportAllSlots
        )
    return login


def main() -> int:
    application = QCoreApplication([])
    login = play_services()
    awake = Wakefulness()

    def told(granted: bool, text: str) -> None:
        print(granted, text, flush=True)
        held = "org.freedesktop.login1" in sys.argv and not login.released()
        awake.end()
        QTimer.singleShot(100, lambda: ended(held))

    def ended(held: bool) -> None:
        if held:
            print("released:", login.released(), flush=True)
        application.quit()

    awake.told.connect(told)
    awake.begin()
    print("begun", flush=True)
    application.exec()
    return 0


if __name__ == "__main__":
    sys.exit(main())
