"""The window on two displays (Qt's offscreen platform makes them): F11 covers the second, and the window returns to it.

Run with QT_QPA_PLATFORM=offscreen:configfile=…; the argument is the file that remembers the window's place.
"""

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.settings import WindowPlace, load_place, save_place
from app.views.main_window import MainWindow
from app.views.windows.screens import displays
from engine.messages.output_commands import SwitchSink
from engine.messages.sinks import SinkPhase, SinkReport
from tests.window.fake_engine import FakeEngine


def main() -> int:
    file = Path(sys.argv[1])
    application = QApplication([])
    names = list(displays())
    print("displays:", *names)
    engine = FakeEngine()
    for second in (False, True):
        window = MainWindow(engine, engine.front, engine, file)
        window.show()
        application.processEvents()
        for _ in range(2):
            QTest.keyClick(window, Qt.Key.Key_F11)
            asked = engine.posted.pop()
            assert isinstance(asked, SwitchSink)
            print("window on", window.screen().name(), asked.sink, "on" if asked.on else "off")
            sinks = (SinkReport(sink=asked.sink, phase=SinkPhase.ON),) if asked.on else ()
            engine.emit(engine.output(sinks=sinks))
            application.processEvents()
        window.close()
        kept = load_place(file)
        assert kept is not None
        print("kept:", kept.screen, kept.width, kept.height)
        window.deleteLater()
        application.processEvents()
        if not second:
            save_place(file, WindowPlace(screen=names[1], x=1600, y=100, width=1100, height=720))
    return 0


if __name__ == "__main__":
    sys.exit(main())
