"""The window's keys: which does what, wherever the focus is."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.models.console import Console
from app.models.keys import pad_of_key
from app.models.window_models import WindowModels
from app.views.performance_view import PerformanceView
from app.views.requests import Request

NUDGE_MS: Final = 10
"""Small enough to aim with, large enough to be heard."""
SNAPSHOT_KEYS: Final = (Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F7, Qt.Key.Key_F8)

FILE_KEYS: Final = {Qt.Key.Key_S: Request.SAVE_SHOW, Qt.Key.Key_O: Request.OPEN_SHOW}
"""With Ctrl."""

Act = Callable[[], None]


class Keyboard:
    """Plays keys; a key that means nothing here is left to whoever asked.

    Args:
        toggle: opens or closes something over the window.
        step_back: closes what lies on top; False where nothing is open.
    """

    def __init__(
        self,
        console: Console,
        models: WindowModels,
        surface: PerformanceView,
        toggle: Callable[[Request], None],
        step_back: Callable[[], bool],
    ) -> None:
        self._console = console
        self._surface = surface
        self._toggle = toggle
        self._step_back = step_back
        pads, macros = models.pads, models.macros
        key = Qt.Key
        self._acts: dict[int, Act] = {
            key.Key_Escape: self._escape,
            key.Key_F1: lambda: toggle(Request.HELP),
            key.Key_F2: lambda: toggle(Request.PREFLIGHT),
            key.Key_F10: console.output.toggle_emergency,
            key.Key_F11: lambda: toggle(Request.FULL_SCREEN),
            key.Key_F9: console.output.toggle_recording,
            key.Key_F12: console.output.take_still,
            key.Key_O: lambda: toggle(Request.OSC),
            key.Key_L: lambda: toggle(Request.CONTROLLERS),
            key.Key_K: macros.toggle,
            key.Key_T: console.resync,
            key.Key_Comma: lambda: console.nudge_tempo(-NUDGE_MS),
            key.Key_Period: lambda: console.nudge_tempo(NUDGE_MS),
            key.Key_Space: console.tap,
            key.Key_B: console.output.toggle_blackout,
            key.Key_G: console.output.toggle_freeze,
            key.Key_PageUp: lambda: pads.step_bank(-1),
            key.Key_PageDown: lambda: pads.step_bank(1),
            key.Key_Slash: surface.transport.write_prompt,
        }

    def press(self, event: QKeyEvent) -> bool:
        """Play a key that went down; False where it means nothing."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        others = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if others == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_Z:
            (self._console.redo if shift else self._console.undo)()
        elif others == Qt.KeyboardModifier.ControlModifier and event.key() in FILE_KEYS:
            self._toggle(FILE_KEYS[Qt.Key(event.key())])
        elif others != Qt.KeyboardModifier.NoModifier:
            return False
        elif event.text() == "?":
            self._toggle(Request.HELP)
        elif event.key() != Qt.Key.Key_Escape and (place := _pad(event)) is not None:
            self._surface.pads.flash(place, True)
            self._console.press_pad(place)
        else:
            return self._act(event.key(), shift)
        return True

    def release(self, event: QKeyEvent) -> None:
        """A key came up."""
        place = _pad(event)
        if place is not None:
            self._surface.pads.flash(place, False)

    def _act(self, key: int, shift: bool) -> bool:
        match key:
            case Qt.Key.Key_N:
                self._console.step_playlist(-1 if shift else 1)
            case Qt.Key.Key_M:
                self._console.step_cues(-1 if shift else 1)
            case _ if key in SNAPSHOT_KEYS:
                slot = SNAPSHOT_KEYS.index(Qt.Key(key)) + 1
                (self._console.store_snapshot if shift else self._console.recall_snapshot)(slot)
            case _ if key in self._acts:
                self._acts[key]()
            case _:
                return False
        return True

    def _escape(self) -> None:
        if not self._step_back():
            self._console.panic()


def _pad(event: QKeyEvent) -> int | None:
    return pad_of_key(event.key(), event.nativeScanCode())
