"""The panel of the controllers: each drawn as it looks, alive, with an editor for what its controls do.

It lies over the pictures, the editor over knobs and pads; keys and controllers go on playing, and nothing waits for it.
"""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.slots import Slot
from app.midi.ports.port import PortState
from app.models.console import Console
from app.models.control_labels import faces
from app.models.controllers.api import MidiFeed
from app.models.controllers.devices import ControllerView
from app.models.controllers.panel import GLOW_NS, MidiPanelModel
from app.models.targets import Targets
from app.models.window_models import WindowModels
from app.views.controllers.editor import BindingEditor
from app.views.controllers.files import OverlayFiles
from app.views.menus.controllers import WHOLE_DEVICE
from app.views.menus.targets import TargetMenu
from app.views.performance_view import PerformanceView
from app.widgets import icons
from app.widgets.control import Control, box
from app.widgets.controller_tabs import ControllerTabs, Tab
from app.widgets.device_picture import DevicePictureView
from app.widgets.keys import KeyRow, PushKey
from app.widgets.meters import Words
from app.widgets.popover import Popover
from engine.messages.parameters import OUTPUT_LEVEL, ParameterSpec

FACES_TICKS: Final = 3
"""Every so many ticks lights and values are compared anew: ten times a second, as the rest of the controllers."""
DONE_TICKS: Final = 180
"""Some six seconds: time to read what was done before messages take the line again."""
SURE_MS: Final = 4000
"""How long a key that undoes a lot waits for its second press."""

_STATES: Final = {
    PortState.OPEN: ("open", theme.ACCENT),
    PortState.BUSY: ("in use by another program", theme.AMBER),
    PortState.GONE: ("gone", theme.OFF),
    PortState.ABSENT: ("not there", theme.OFF),
}
NOTHING: Final = "No MIDI controller is connected. Plug one in at any time: it is found by its name."


class MidiPanel(QWidget):
    """The panel. Its model decides; this shows it.

    Signals:
        learn_asked: targets, a tuple of Slot, and the part beside which to ask.
        more_asked: the menu of controllers, beside a part.
        closed: it was closed.
    """

    learn_asked = Signal(tuple, QWidget)
    more_asked = Signal(QWidget)
    closed = Signal()

    def __init__(
        self, surface: PerformanceView, popover: Popover, show: WindowModels, console: Console, midi: MidiFeed
    ) -> None:
        super().__init__(surface)
        self._surface = surface
        self._show = show
        self._midi = midi
        self._ticks = self._done_ticks = 0
        self._done = ""
        self.model = MidiPanelModel(midi.give, console.remember)
        self._files = OverlayFiles(self)
        self._targets = TargetMenu(popover, show, self.model.aim)
        self.setAccessibleName("Controllers")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # the pictures below are not painted for nothing
        self.setAcceptDrops(True)
        self.tabs = ControllerTabs(self)
        self.close_key = PushKey(self, "Close", help_text="Close the panel (Esc).", icon=icons.cross)
        self.state_line = Words(self, "State", "How the controller stands, and what it is taken for.")
        self.pages = KeyRow(self, (), name="Device bank", help_text="Which of the device's own banks is drawn.")
        self.picture = DevicePictureView(self)
        self.status = Words(self, "Newest message", "The newest message, or what went wrong.")
        self.learn_key = PushKey(self, "Learn all", help_text="Eight knobs, then sixteen pads, one after another.")
        self.follow_key = PushKey(
            self, "Follow hand", help_text="The control that is moved on the device is opened in the editor."
        )
        self.factory_key = PushKey(
            self, "Factory", help_text="Forget all that was learnt for this controller.", light=theme.AMBER
        )
        self.import_key = PushKey(self, "Import…", help_text="Take learnt controls from a file, or drop one here.")
        self.export_key = PushKey(self, "Export…", help_text="Write what was learnt for this controller to a file.")
        self.more_key = PushKey(self, "More", help_text="Learning macros, OSC, and what waits to be picked up.")
        self._foot = (
            self.learn_key,
            self.follow_key,
            self.factory_key,
            self.import_key,
            self.export_key,
            self.more_key,
        )
        self.editor = BindingEditor(surface, self.model, lambda: Targets(show))
        self.editor.set_specs(self._spec_of)
        self._sure = QTimer(self)
        self._sure.setSingleShot(True)
        self._sure.setInterval(SURE_MS)
        self._connect()
        surface.installEventFilter(self)
        self.hide()

    def _connect(self) -> None:
        model = self.model
        model.changed.connect(self.refresh)
        model.moved.connect(self._show_faces)
        self.close_key.pressed.connect(self.dismiss)
        self.tabs.chosen.connect(lambda index: model.show(model.views[index].name))
        self.pages.chosen.connect(lambda index: model.turn_page(index + 1))
        self.picture.chosen.connect(self._choose)
        self.learn_key.pressed.connect(lambda: self.learn_asked.emit(WHOLE_DEVICE, self.learn_key))
        self.follow_key.pressed.connect(lambda: model.set_follows(not model.follows))
        self.factory_key.pressed.connect(self._restore_device)
        self._sure.timeout.connect(self._show_foot)
        self.import_key.pressed.connect(lambda: self._files.ask_import(model.import_from))
        self.export_key.pressed.connect(self._export)
        self.more_key.pressed.connect(lambda: self.more_asked.emit(self.more_key))
        self.editor.target_asked.connect(self.choose_target)
        self.editor.learn_asked.connect(self.learn_asked)

    # -- open and closed ----------------------------------------------------------------------

    def open(self) -> None:
        """Show it over the pictures."""
        self.model.follow(self._midi.controllers())
        self.place()
        self.raise_()
        self.show()
        self.refresh()

    def dismiss(self) -> None:
        """Close it, and the editor."""
        if self.isVisible():
            self._files.close()
            self.model.choose(None)
            self.editor.hide()
            self.hide()
            self._surface.setFocus(Qt.FocusReason.OtherFocusReason)
            self.closed.emit()

    def step_back(self) -> None:
        """Esc: first the question, then the editor, then the panel."""
        if self.model.question is not None:
            self.model.choose_binding(self.model.chosen.index if self.model.chosen is not None else 0)
        elif self.model.chosen is not None:
            self.model.choose(None)
        else:
            self.dismiss()

    # -- what is shown ------------------------------------------------------------------------

    def tick(self, now_ns: int) -> None:
        """Follow the controllers; called with every picture of the window."""
        if not self.isVisible():
            return
        self._ticks += 1
        self.model.follow(self._midi.controllers())
        if self._ticks % FACES_TICKS == 0:
            self._show_faces()
        self._show_glows(now_ns)
        self._show_status()

    def _show_glows(self, now_ns: int) -> None:
        view = self.model.view
        if view is None:
            return
        recent = any(now_ns - touch.stamp_ns < GLOW_NS for touch in view.touches.values())
        if not recent and not self.picture.glowing:
            return
        for index, control in enumerate(view.picture.controls):
            touch = view.touch(control.source) if control.source is not None else None
            age = (now_ns - touch.stamp_ns) / GLOW_NS if touch is not None else 1.0
            self.picture.show_glow(index, 1.0 - age)

    def refresh(self) -> None:
        """Show all of it anew."""
        if not self.isVisible():
            return
        model = self.model
        view = model.view
        tabs = [Tab(one.name, *_STATES[one.state]) for one in model.views]
        current = next((index for index, one in enumerate(model.views) if one is view), 0)
        self.tabs.show_tabs(tabs, current)
        if view is None:
            self.state_line.show_text("No controllers", theme.DIM, theme.AMBER if self._show.midi.fault else None)
        else:
            lamp = None if view.state is PortState.OPEN and not view.detail else theme.AMBER
            self.state_line.show_text(state_words(view), theme.DIM, lamp)
            self.state_line.setToolTip(state_words(view))
        count = view.picture.pages if view is not None else 1
        self.pages.show_labels([str(number + 1) for number in range(count)])
        self.pages.show_current(model.page - 1)
        self.pages.setVisible(count > 1)
        self._show_faces()
        self._show_foot()
        self._show_status()
        self._place_parts()
        self.editor.refresh()
        if self.editor.isVisible():
            self.editor.raise_()

    def _show_faces(self) -> None:
        view = self.model.view
        if view is None:
            self.picture.show_device(None, 1, ())
            self.picture.show_words(self._show.midi.fault or NOTHING)
            return
        self.picture.show_device(view.picture, self.model.page, faces(view, Targets(self._show)))
        chosen = self.model.chosen
        self.picture.show_current(self._index_of(chosen.source if chosen is not None else None))

    def _index_of(self, source: object) -> int | None:
        view = self.model.view
        if view is None or source is None:
            return None
        pages = (0, self.model.page)
        for index, control in enumerate(view.picture.controls):
            if control.source == source and control.page in pages:
                return index
        return None

    def _show_foot(self) -> None:
        view = self.model.view
        self.follow_key.show_state(lit=self.model.follows)
        self.factory_key.show_state(lit=self._sure.isActive())
        self.factory_key.show_label("Sure? Again" if self._sure.isActive() else "Factory")
        self.factory_key.setEnabled(view is not None and bool(view.own))
        self.export_key.setEnabled(view is not None)
        self.learn_key.setEnabled(view is not None)

    def _show_status(self) -> None:
        midi = self._show.midi
        self._done_ticks = DONE_TICKS if midi.done != self._done else max(0, self._done_ticks - 1)
        self._done = midi.done
        trouble = midi.trouble or (midi.fault if self.model.views else "")
        if trouble:
            self.status.show_text(trouble, theme.TEXT, theme.AMBER)
        elif midi.done and self._done_ticks:
            self.status.show_text(midi.done, theme.TEXT, theme.ACCENT)
        else:
            self.status.show_text(midi.last_message, theme.FAINT)
        self.status.setToolTip(self.status.text)

    # -- gestures -----------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        view = self.model.view
        if view is not None:
            self.model.choose(view.picture.controls[index].source)

    def _restore_device(self) -> None:
        if self._sure.isActive():
            self._sure.stop()
            self.model.restore_device()
        else:
            self._sure.start()
        self._show_foot()

    def _export(self) -> None:
        view = self.model.view
        if view is not None:
            self._files.ask_export(self.model.export_to, view.name)

    def choose_target(self, owner: QWidget) -> None:
        """Open the list of targets beside a part."""
        chosen = self.model.chosen
        binding = chosen.binding if chosen is not None else None
        self._targets.open_at(owner, binding.slot if binding is not None else None)

    def _spec_of(self, slot: Slot) -> ParameterSpec | None:
        key = Targets(self._show).parameter(slot)
        knob = self._show.knobs.knobs.get(key)
        return knob.spec if knob is not None and key != OUTPUT_LEVEL else None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(_is_overlay(url.toLocalFile()) for url in event.mimeData().urls()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if _is_overlay(url.toLocalFile())]
        if files:
            event.acceptProposedAction()
            self.model.import_from(Path(files[0]))

    # -- places -------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._surface and event.type() == QEvent.Type.Resize and self.isVisible():
            QTimer.singleShot(0, self, self.place)  # once the surface has placed its parts
        return False

    def place(self) -> None:
        """Over the pictures; the editor over knobs and pads."""
        surface = self._surface
        self.setGeometry(surface.pictures_area)
        self.editor.set_unit(surface.unit)
        self.editor.setGeometry(surface.play_area)
        self._place_parts()

    def _place_parts(self) -> None:
        unit = self._surface.unit
        for part in self.findChildren(Control, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.set_unit(unit)
        margin, gap, key = round(10 * unit), round(6 * unit), max(theme.TARGET, round(44 * unit))
        room = self.rect().adjusted(margin, margin, -margin, -margin)
        words = round(24 * unit)
        self.tabs.setGeometry(room.left(), room.top(), room.width() - key - gap, key)
        self.close_key.setGeometry(room.right() + 1 - key, room.top(), key, key)
        top = room.top() + key + gap
        pages = self.pages.isVisibleTo(self)
        width = room.width() - (4 * key + gap if pages else 0)
        height = key if pages else words
        self.state_line.setGeometry(room.left(), top, width, height)
        self.pages.setGeometry(room.right() + 1 - 4 * key, top, 4 * key, key)
        top += height + gap
        foot = room.bottom() + 1 - key
        self.status.setGeometry(room.left(), foot - gap - words, room.width(), words)
        self.picture.setGeometry(room.left(), top, room.width(), foot - 2 * gap - words - top)
        count = len(self._foot)
        for index, part in enumerate(self._foot):
            left = room.left() + (room.width() + gap) * index // count
            right = room.left() + (room.width() + gap) * (index + 1) // count - gap
            part.setGeometry(left, foot, right - left, key)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.GROUND)
        box(painter, QRectF(self.rect()), theme.GROUND, edge=theme.mixed(theme.LINE, theme.TEXT, 0.18))
        painter.end()


def state_words(view: ControllerView) -> str:
    """How a controller stands, and what it is taken for."""
    words = []
    if view.state is not PortState.OPEN:
        sentence = view.sentence.removeprefix(f"{view.name}: ")
        words.append(sentence[:1].upper() + sentence[1:])
    if view.made_up:
        words.append("Nobody has described it yet: what you move appears here.")
    elif view.profile:
        words.append(f"{view.profile}, confidence {view.confidence}.")
    if view.state is PortState.OPEN and view.detail:
        words.append(f"{view.detail[:1].upper()}{view.detail[1:]}.")
    if view.bank > 1:
        words.append(f"Its bank {view.bank} is in force.")
    if view.own:
        words.append(f"{len(view.own)} controls are yours." if len(view.own) > 1 else "One control is yours.")
    return " ".join(words)


def _is_overlay(name: str) -> bool:
    return name.lower().endswith(".toml")
