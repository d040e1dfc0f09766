"""The chain as it flows: a chip for each stage, the controllers, and the keys that open pages."""

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.slots import Slot, SlotKind
from app.models.window_models import WindowModels
from app.views import labels
from app.views.geometry import ChainBoxes
from app.views.learnables import Learnables
from app.views.requests import Request
from app.views.sections.section import Section
from app.widgets import icons
from app.widgets.chip import Chip
from app.widgets.control import Control, chevron
from app.widgets.keys import PushKey
from app.widgets.mark import MarkKey
from engine.messages.sinks import DISPLAY


class ChainView(Section):
    """Observes the chain, its figures and the controllers.

    Signals:
        asked: what is to be opened, and the part beside which.
    """

    asked = Signal(Request, QWidget)

    def __init__(self, parent: QWidget, models: WindowModels) -> None:
        super().__init__(parent)
        self._models = models
        self._controllers_known = False
        self._level: float | None = None
        self._arrows: tuple[tuple[int, int], ...] = ()
        self.mark = MarkKey(self)
        self.source_chip = Chip(self, "Source", "Where pictures come from. Click to choose.")
        self.depth_chip = Chip(self, "Depth", "What the depth worker does. Click for more.")
        self.generator_chip = Chip(self, "Generator", "What dreams the pictures. Click to choose.")
        self.output_chip = Chip(self, "Output", "What goes out. Click for canvas and full screen.")
        self.sound_chip = Chip(self, "Sound", "What is heard, and how loud. Click to choose.")
        self.controllers_chip = Chip(self, "MIDI", "MIDI controllers. Click for more.")
        self.chips = (
            self.source_chip,
            self.depth_chip,
            self.generator_chip,
            self.output_chip,
            self.sound_chip,
            self.controllers_chip,
        )
        self.osc = PushKey(self, "OSC", help_text="OSC addresses: what can be sent, and where to (O).")
        self.record = PushKey(
            self, "Record", help_text="Record what goes out (F9).", light=theme.RED, icon=icons.record
        )
        self.full_screen = PushKey(
            self, "Full screen", help_text="Full-screen output on the second display (F11).", icon=icons.full_screen
        )
        self.help = PushKey(self, "?", help_text="All keys (?).", size=18)
        self._openers: dict[Request, Chip | PushKey | MarkKey] = {
            Request.SHOW: self.mark,
            Request.SOURCE: self.source_chip,
            Request.DEPTH: self.depth_chip,
            Request.GENERATOR: self.generator_chip,
            Request.OUTPUT: self.output_chip,
            Request.SOUND: self.sound_chip,
            Request.CONTROLLERS: self.controllers_chip,
            Request.OSC: self.osc,
            Request.FULL_SCREEN: self.full_screen,
            Request.HELP: self.help,
        }
        for request, part in self._openers.items():
            part.pressed.connect(lambda request=request, part=part: self.asked.emit(request, part))
        models.chain.changed.connect(self._show_chain)
        models.stats.changed.connect(self._show_chain)
        models.sinks.changed.connect(self._show_sinks)
        models.midi_changed.connect(self._show_controllers)
        self._show_chain()
        self._show_controllers()

    def opener(self, request: Request) -> Control | None:
        """The part that opens this, None where no part of the chain does."""
        return self._openers.get(request)

    def add_learnables(self, learnables: Learnables) -> None:
        """What can be learnt here: recording, and stills beside it."""
        learnables.add_slots(self.record, (Slot(SlotKind.RECORD), Slot(SlotKind.STILL)))

    def place(self, boxes: ChainBoxes, unit: float) -> None:
        """Place the parts."""
        self.put(
            (
                (self.mark, boxes.mark),
                *zip(self.chips[:4], boxes.chips, strict=True),
                (self.sound_chip, boxes.sound),
                (self.controllers_chip, boxes.controllers),
                (self.osc, boxes.osc),
                (self.record, boxes.record),
                (self.full_screen, boxes.full_screen),
                (self.help, boxes.help),
            ),
            unit,
        )
        self._arrows = boxes.arrows
        self.update()

    def _show_chain(self) -> None:
        self.show_level(self._level)
        chain, stats = self._models.chain, self._models.stats.last
        self.source_chip.show_face(labels.source_face(chain.source, stats))
        self.depth_chip.show_face(labels.depth_face(chain.depth, stats))
        self.generator_chip.show_face(labels.generator_face(chain, stats))
        self.output_chip.show_face(labels.output_face(chain.output, stats))

    def show_level(self, level: float | None) -> None:
        """How loud it is now, 0..1; None while nothing is heard."""
        self._level = level
        self.sound_chip.show_face(labels.sound_face(self._models.chain.audio, level))

    def _show_sinks(self) -> None:
        sinks = self._models.sinks
        self.record.show_state(lit=sinks.recording, waiting=sinks.troubled)
        display = sinks.find(DISPLAY)
        lost = display is not None and bool(display.detail)
        self.full_screen.show_state(lit=display is not None and not lost, waiting=lost)

    def _show_controllers(self) -> None:
        midi = self._models.midi
        self._controllers_known = self._controllers_known or bool(midi.ports)
        self.controllers_chip.show_face(labels.midi_face(midi, self._controllers_known))
        self.osc.show_state(lit=self.osc.lit, waiting=midi.osc_failed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.GROUND)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.x(), -self.y())
        for x, y in self._arrows:
            chevron(painter, QPointF(x, y), 4.5 * self.unit, theme.OFF)
        painter.end()
