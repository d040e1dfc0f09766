"""The line that is played by hand: prompt, morph, tempo, master, and the switches of the output."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.slots import SlotKind
from app.models.console import Console
from app.models.window_models import WindowModels
from app.views import labels
from app.views.geometry import TransportBoxes
from app.views.learnables import Learnables
from app.views.requests import Request
from app.views.sections.section import Section
from app.widgets.fields import Field
from app.widgets.keys import AutoKey, PushKey
from app.widgets.panels import Fader, Stepper, TempoDial
from engine.messages.parameters import OUTPUT_LEVEL


class TransportView(Section):
    """Observes the transport, the tempo, the clocks and the master level.

    Signals:
        asked: what is to be opened, and the part beside which.
        typing: a tempo is being typed.
    """

    asked = Signal(Request, QWidget)
    typing = Signal()

    def __init__(self, parent: QWidget, models: WindowModels, console: Console) -> None:
        super().__init__(parent)
        self._models = models
        self._transport = models.transport
        self._make(models, console)
        self.tempo.pressed.connect(lambda: self.asked.emit(Request.CLOCKS, self.tempo))
        self.tempo.typing.connect(self.typing)
        self.prompt.left.connect(self._show_prompt)
        models.transport.changed.connect(self._show_transport)
        models.transport.prompt_changed.connect(self._show_prompt)
        models.tempo.changed.connect(self._show_tempo)
        models.clocks_changed.connect(self._show_clocks)
        models.autopilot.changed.connect(self._show_auto)
        self._show_auto()
        self._show_transport()
        self._show_prompt()
        self._show_tempo()
        self._show_clocks()

    def _make(self, models: WindowModels, console: Console) -> None:
        self.prompt = Field(
            self,
            name="Prompt",
            placeholder="Describe the picture",
            help_text="Enter morphs to the prompt; Esc leaves the line.",
        )
        self.morph = Stepper(self, "Morph length", "How long a prompt or a morph takes.")
        self.tempo = TempoDial(self)
        self.tap = PushKey(self, "Tap", hint="SPACE", help_text="Tap the tempo (Space).", size=14)
        self.auto = AutoKey(self)
        self.master = Fader(self, models.knobs.knobs[OUTPUT_LEVEL])
        self.freeze = PushKey(self, "Freeze", hint="G", help_text="Hold the picture on air (G).", size=14)
        self.blackout = PushKey(self, "Blackout", hint="B", help_text="Black on air (B).", light=theme.RED, size=14)
        self.emergency = PushKey(
            self,
            "Emergency",
            hint="F10",
            help_text="The emergency's picture on air, and back (F10).",
            light=theme.AMBER,
            size=14,
        )
        self.panic = PushKey(
            self,
            "Panic",
            hint="ESC",
            help_text="Back to a known picture: everything off, the scene as stored (Esc).",
            size=14,
        )
        self.prompt.entered.connect(console.enter_prompt)
        self.morph.stepped.connect(models.transport.step_morph)
        self.tempo.typed.connect(console.set_tempo)
        self.tap.pressed.connect(console.tap)
        self.auto.pressed.connect(console.toggle_auto)
        self.auto.menu_asked.connect(lambda: self.asked.emit(Request.AUTO, self.auto))
        self.master.turned.connect(console.turn_knob)
        self.master.reset.connect(console.reset_knob)
        self.freeze.pressed.connect(console.output.toggle_freeze)
        self.blackout.pressed.connect(console.output.toggle_blackout)
        self.emergency.pressed.connect(console.output.toggle_emergency)
        self.panic.pressed.connect(console.panic)

    def place(self, boxes: TransportBoxes, unit: float) -> None:
        """Place the parts."""
        parts = (
            self.prompt,
            self.morph,
            self.tempo,
            self.tap,
            self.auto,
            self.master,
            self.freeze,
            self.blackout,
            self.emergency,
            self.panic,
        )
        self.put(tuple(zip(parts, boxes, strict=True)), unit)

    def add_learnables(self, learnables: Learnables) -> None:
        """What can be learnt here."""
        learnables.add(self.master, SlotKind.LEVEL)
        learnables.add(self.freeze, SlotKind.FREEZE)
        learnables.add(self.blackout, SlotKind.BLACKOUT)
        learnables.add(self.emergency, SlotKind.EMERGENCY)
        learnables.add(self.panic, SlotKind.PANIC)
        learnables.add(self.tap, SlotKind.TAP)
        learnables.add(self.tempo, SlotKind.RESYNC, SlotKind.NUDGE_EARLIER, SlotKind.NUDGE_LATER, SlotKind.TAP)
        learnables.add_stepper(self.morph, SlotKind.MORPH_SHORTER, SlotKind.MORPH_LONGER)
        learnables.add_field(self.prompt, SlotKind.PROMPT_NEXT, SlotKind.PROMPT_PREVIOUS)

    def write_prompt(self) -> None:
        """Give the keyboard to the prompt."""
        self.prompt.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.prompt.selectAll()

    def type_tempo(self) -> None:
        """Open the line in which a tempo is typed."""
        self.tempo.open_editor()

    def tick(self, now_ns: int) -> None:
        """Light the beat that sounds."""
        self.tempo.show_beat(self._models.tempo.beat(now_ns))
        self.auto.show_bars(self._models.autopilot.bars_left(now_ns))

    def _show_transport(self) -> None:
        transport = self._transport
        self.freeze.show_state(lit=transport.freeze.shown, waiting=transport.freeze.waiting)
        self.blackout.show_state(lit=transport.blackout.shown, waiting=transport.blackout.waiting)
        self.emergency.show_state(lit=transport.emergency.shown, waiting=transport.emergency.waiting)
        self.morph.show_value(*labels.morph_words(transport))

    def _show_auto(self) -> None:
        auto = self._models.autopilot
        self.auto.show_state(lit=auto.settings.on and auto.flying, waiting=auto.settings.on and not auto.flying)
        self.auto.show_bars(None)

    def _show_prompt(self) -> None:
        prompt = self._transport.prompt
        if not self.prompt.hasFocus() and self.prompt.text() != prompt:
            self.prompt.setText(prompt)
            self.prompt.setCursorPosition(0)

    def _show_tempo(self) -> None:
        self.tempo.show_tempo(self._models.tempo.bpm)

    def _show_clocks(self) -> None:
        clocks = self._models.midi.clocks
        self.tempo.show_clocks(
            clocks.followed.label,
            theme.AMBER if clocks.troubled else theme.DIM,
            "OUT" if clocks.sends or clocks.hindered else "",
            theme.AMBER if clocks.hindered else theme.ACCENT,
            clocks.sentence,
        )
