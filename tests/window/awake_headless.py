"""Plays the desktop's services as awake_bus does, and a show without a window that is kept awake."""

import sys

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.headless import kept_awake
from tests.window.awake_bus import play_services


def main() -> int:
    application = QCoreApplication([])
    login = play_services()
    named = "org.freedesktop.login1" in sys.argv
    with kept_awake(lambda level, text: print(level.value, text, flush=True)):
        if named:
            print("while it plays:", "released" if login.released() else "held", flush=True)
    loop = QEventLoop(application)
    QTimer.singleShot(100, loop.quit)
    loop.exec()
    if named:
        print("at its end:", "released" if login.released() else "held", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
