"""The editor of one control: what it does and how it is taken, each in a row of keys that acts at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final, TypeVar

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.limits import BANKS
from app.control.slots import Slot
from app.control.spans import WHOLE, Shape, Span
from app.control.takeover import TakeoverMode
from app.midi.bindings import Binding, Encoding, Mode, Resolution
from app.models.control_labels import kind_words
from app.models.controllers.edit import modes
from app.models.controllers.panel import Chosen, MidiPanelModel
from app.models.targets import Targets
from app.widgets import icons
from app.widgets.control import Control, box
from app.widgets.keys import KeyRow, PushKey
from app.widgets.meters import Words
from app.widgets.span import SpanRow
from engine.messages.parameters import ParameterSpec

E = TypeVar("E", bound=Enum)

SHAPES: Final = (Shape.LINEAR, Shape.SLOW, Shape.FAST, Shape.SOFT)
TAKEOVERS: Final = (None, TakeoverMode.PICKUP, TakeoverMode.JUMP, TakeoverMode.SCALE)
ENCODINGS: Final = (Encoding.TWOS_COMPLEMENT, Encoding.SIGNED_BIT, Encoding.BINARY_OFFSET)
PERCENT: Final = ParameterSpec(
    id="range", label="Range", minimum=0.0, maximum=100.0, default=0.0, help="Of what it moves.", unit="%"
)
NARROW: Final = 400
"""Below this width, in pixels, the longer words would be cut."""
SHORT_MODES: Final = {Mode.ABSOLUTE: "Abs", Mode.RELATIVE: "Rel", Mode.MOMENTARY: "Moment"}
ANSWERS: Final = ((Resolution.REPLACE, "Replace"), (Resolution.KEEP_BOTH, "Keep both"), (Resolution.CANCEL, "Cancel"))


class BindingEditor(QWidget):
    """Everything about the control that the panel's model has chosen.

    Signals:
        target_asked: choose what it does, beside a part.
        learn_asked: targets, a tuple of Slot, and the part beside which to ask.
    """

    target_asked = Signal(QWidget)
    learn_asked = Signal(tuple, QWidget)

    def __init__(self, parent: QWidget, model: MidiPanelModel, targets: Callable[[], Targets]) -> None:
        super().__init__(parent)
        self._model = model
        self._targets = targets
        self._unit = 1.0
        self._shown: tuple[object, ...] = ()
        self._specs: Callable[[Slot], ParameterSpec | None] = lambda _: None
        self.title = Words(self, "Control", "The control that is edited.")
        self.close_key = PushKey(self, "Close", help_text="Close the editor (Esc).", icon=icons.cross)
        self.does = KeyRow(self, (), name="Does", help_text="All that this control does; + adds something.")
        self.target = PushKey(self, "", help_text="Choose what it does.", size=14)
        self.learn = PushKey(self, "Learn", help_text="Move another control: it will do the same.")
        self.question = Words(self, "Question", "Nothing changes before it is answered.")
        self.answers = tuple(
            PushKey(self, words, help_text="Answer the question.", light=theme.AMBER) for _, words in ANSWERS
        )
        self.mode = KeyRow(self, (), name="Mode", help_text="How its values are taken.")
        self.span = SpanRow(self, PERCENT, WHOLE)
        self.curve = KeyRow(
            self, ("Linear", "Slow", "Fast", "Soft"), name="Curve", help_text="Slow: finer near the low end."
        )
        self.takeover = KeyRow(
            self,
            ("As usual", "Pick up", "Jump", "Scale"),
            name="Takeover",
            help_text="How it meets a value it does not stand at.",
        )
        self.encoding = KeyRow(
            self, ("Two's", "Sign bit", "Offset"), name="Encoding", help_text="How it writes its steps."
        )
        banks = ("All", *(str(number) for number in range(1, BANKS + 1)))
        self.bank = KeyRow(self, banks, name="Bank", help_text="In which of the controller's banks it does so.")
        self.factory = PushKey(self, "Back to factory", help_text="Leave this control to its profile again.")
        self.drop = PushKey(self, "Take away", help_text="It no longer does this.")
        self._captions: dict[Control, Words] = {
            row: Words(self, name, "")
            for row, name in (
                (self.does, "DOES"),
                (self.target, "TARGET"),
                (self.mode, "MODE"),
                (self.span, "RANGE"),
                (self.curve, "CURVE"),
                (self.takeover, "TAKEOVER"),
                (self.encoding, "ENCODING"),
                (self.bank, "BANK"),
            )
        }
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        model = self._model
        self.close_key.pressed.connect(lambda: model.choose(None))
        self.does.chosen.connect(model.choose_binding)
        self.target.pressed.connect(lambda: self.target_asked.emit(self.target))
        self.learn.pressed.connect(self._learn)
        for key, (answer, _) in zip(self.answers, ANSWERS, strict=True):
            key.pressed.connect(lambda answer=answer: model.answer(answer))
        self.mode.chosen.connect(lambda index: self._edit(lambda one: replace(one, mode=self._modes(one)[index])))
        self.curve.chosen.connect(
            lambda index: self._edit(lambda one: replace(one, span=replace(one.span, shape=SHAPES[index])))
        )
        self.takeover.chosen.connect(lambda index: self._edit(lambda one: replace(one, takeover=TAKEOVERS[index])))
        self.encoding.chosen.connect(lambda index: self._edit(lambda one: replace(one, encoding=ENCODINGS[index])))
        self.bank.chosen.connect(lambda index: self._edit(lambda one: replace(one, bank=index or None)))
        self.factory.pressed.connect(model.restore_control)
        self.drop.pressed.connect(model.drop)
        self._connect_span()

    def _connect_span(self) -> None:
        self.span.changed.connect(self._set_span)
        self.span.removed.connect(lambda: self._set_span(WHOLE))

    def set_specs(self, specs: Callable[[Slot], ParameterSpec | None]) -> None:
        """How to find the range of what a target moves."""
        self._specs = specs

    # -- asking -------------------------------------------------------------------------------

    def _edit(self, change: Callable[[Binding], Binding]) -> None:
        chosen = self._model.chosen
        if chosen is not None and chosen.binding is not None:
            self._model.edit(change(chosen.binding))

    def _set_span(self, span: Span) -> None:
        self._edit(lambda one: replace(one, span=replace(span, shape=one.span.shape)))

    def _learn(self) -> None:
        chosen = self._model.chosen
        if chosen is not None and chosen.binding is not None:
            self.learn_asked.emit((chosen.binding.slot,), self.learn)

    @staticmethod
    def _modes(binding: Binding) -> tuple[Mode, ...]:
        return modes(binding.source.kind, binding.slot)

    # -- showing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the chosen control; hidden while there is none."""
        chosen = self._model.chosen
        self.setVisible(chosen is not None)
        if chosen is None:
            return
        self._show_control(chosen)
        question = self._model.question
        asking = question is not None and question.conflict is not None
        targets = self._targets()
        if question is not None and question.conflict is not None:
            does = " and ".join(targets.in_full(one.slot) for one in question.conflict.existing)
            wanted = targets.label(question.conflict.wanted.slot)
            self.question.show_text(f"It does {does} already. And {wanted}?", theme.TEXT, theme.AMBER)
        binding = chosen.binding
        for part in (self.question, *self.answers):
            part.setVisible(asking)
        if binding is not None:
            self._show_binding(binding, chosen)
        self.learn.setEnabled(binding is not None)
        self.drop.setEnabled(binding is not None)
        plain = binding is not None and not asking
        continuous = binding is not None and binding.slot.continuous
        relative = binding is not None and binding.mode is Mode.RELATIVE
        for part, wanted_now in (
            (self.mode, plain and len(self.mode.labels) > 1),
            (self.span, plain and continuous),
            (self.curve, plain and continuous),
            (self.takeover, plain and continuous and binding is not None and binding.mode is Mode.ABSOLUTE),
            (self.encoding, plain and continuous and relative),
            (self.bank, plain),
            (self.factory, not asking),
            (self.drop, not asking),
        ):
            part.setVisible(wanted_now)
        self._arrange()

    def _show_control(self, chosen: Chosen) -> None:
        view = self._model.view
        assert view is not None
        control = next((one for one in view.picture.controls if one.source == chosen.source), None)
        kind = kind_words(control.kind) if control is not None else "Control"
        label = f" {control.label}" if control is not None and control.label else ""
        own = view.is_own(chosen.source)
        whose = "yours" if own else "as shipped" if chosen.bindings else "free"
        self.title.show_text(f"{kind}{label}, {chosen.key}: {whose}", theme.TEXT)
        self.factory.setEnabled(own)
        targets = self._targets()
        self.does.show_labels([*(targets.label(one.slot) for one in chosen.bindings), "+"])
        self.does.show_current(chosen.index)
        binding = chosen.binding
        self.target.show_label(targets.in_full(binding.slot) if binding is not None else "Choose a target…")

    def _show_binding(self, binding: Binding, chosen: Chosen) -> None:
        ways = self._modes(replace(binding, source=chosen.key))
        short = SHORT_MODES if self.width() < NARROW else {}
        self.mode.show_labels([short.get(way, way.value.capitalize()) for way in ways])
        self.mode.show_current(ways.index(binding.mode) if binding.mode in ways else -1)
        self.curve.show_current(SHAPES.index(binding.span.shape))
        self.takeover.show_current(TAKEOVERS.index(binding.takeover))
        self.encoding.show_current(ENCODINGS.index(binding.encoding))
        self.bank.show_current(binding.bank or 0)
        spec = self._specs(binding.slot) or PERCENT
        if (spec, binding.span) != self._shown:
            self._shown = (spec, binding.span)
            self._renew_span(spec, binding.span)

    def _renew_span(self, spec: ParameterSpec, span: Span) -> None:
        caption = self._captions.pop(self.span)
        held, old = self.span.hasFocus(), self.span
        self.span = SpanRow(self, spec, span)
        old.hide()
        old.deleteLater()
        self._captions[self.span] = caption
        self._connect_span()
        if held:
            self.span.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- places -------------------------------------------------------------------------------

    def set_unit(self, unit: float) -> None:
        """Draw at another scale."""
        self._unit = unit
        self._arrange()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Row below row; what is hidden takes no room."""
        unit = self._unit
        for part in self.findChildren(Control, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.set_unit(unit)
        margin, gap, key = round(12 * unit), round(6 * unit), max(theme.TARGET, round(44 * unit))
        caption = round(78 * unit)
        room = QRect(margin, margin, self.width() - 2 * margin, self.height() - 2 * margin)
        for words in self._captions.values():
            words.hide()
        top = room.top()
        for row in self._rows():
            named = self._captions.get(row[0][0])
            left = room.left()
            height = row[0][0].height() if isinstance(row[0][0], SpanRow) else key
            if named is not None:
                named.show_text(named.accessibleName(), theme.DIM)
                named.setGeometry(left, top, caption, height)
                named.show()
                left += caption
            width = room.right() + 1 - left - gap * (len(row) - 1)
            whole = sum(share for _, share in row)
            for part, share in row:
                part.setGeometry(left, top, round(width * share / whole), height)
                left += round(width * share / whole) + gap
            top += height + gap

    def _rows(self) -> Sequence[Sequence[tuple[Control, int]]]:
        rows: list[list[tuple[Control, int]]] = [
            [(self.title, 9), (self.close_key, 1)],
            [(self.does, 1)],
            [(self.target, 4), (self.learn, 1)],
            [(self.question, 1)],
            [(answer, 1) for answer in self.answers],
        ]
        rows += [[(part, 1)] for part in (self.mode, self.span, self.curve, self.takeover, self.encoding, self.bank)]
        rows.append([(self.factory, 1), (self.drop, 1)])
        return [row for row in rows if row[0][0].isVisibleTo(self)]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.GROUND)
        box(painter, QRectF(self.rect()), theme.GROUND, edge=theme.mixed(theme.LINE, theme.TEXT, 0.18))
        painter.end()
