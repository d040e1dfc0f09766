"""The panel of controllers: which device and which control are in front, what was asked, what is under way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from app.control.slots import Slot
from app.midi.bindings import Binding, Mode, Resolution, bound
from app.midi.control_ids import ControlId
from app.midi.learning.learner import BindingCommand, ExportBindings, Forget, ImportBindings, SetControl
from app.midi.ports.port import PortState
from app.models.controllers.devices import ControllerView
from app.models.controllers.edit import Change, aimed, changed, without
from app.models.signal import Signal
from app.models.undo import Edit
from engine.clock import NS_PER_MS

GLOW_NS: Final = 700 * NS_PER_MS
"""How long a control that moved stays lit: long enough to be found by an eye that looked at the hand."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The control in the editor.

    Attributes:
        source: as the picture has it; key: as its bindings name it.
        bindings: what it does; index: which of them is edited (len(bindings): one that is to be added).
    """

    source: ControlId
    key: ControlId
    bindings: tuple[Binding, ...]
    index: int

    @property
    def binding(self) -> Binding | None:
        """The one that is edited; None where there is none yet."""
        return self.bindings[self.index] if self.index < len(self.bindings) else None


class MidiPanelModel:
    """One thread, the window's, owns it.

    Args:
        give: takes what is asked of the controllers.
        remember: takes each edit, so that it can be taken back.

    Attributes:
        changed: something else is to be shown; moved: only positions are.
        views: every controller; page: the device's own bank that is drawn.
        follows: the control that is moved on the device becomes the chosen one.
        question: a change that waits for an answer.
    """

    def __init__(self, give: Callable[[BindingCommand], None], remember: Callable[[Edit], None]) -> None:
        self._give = give
        self._remember = remember
        self.changed = Signal()
        self.moved = Signal()
        self.views: tuple[ControllerView, ...] = ()
        self.page = 1
        self.follows = False
        self.question: Change | None = None
        self._port = ""
        self._source: ControlId | None = None
        self._index = 0
        self._pending: tuple[Binding, ...] | None = None
        self._seen_ns = 0

    # -- what is there ------------------------------------------------------------------------

    def follow(self, views: tuple[ControllerView, ...]) -> None:
        """Take the controllers as they are now."""
        if views == self.views:
            return
        before = [_rest(view) for view in self.views]
        self.views = views
        if self.view is None and views:
            front = next((view for view in views if view.state is PortState.OPEN), views[0])
            self._port = front.name
        view = self.view
        if view is None:
            self.changed.emit()
            return
        if self._pending is not None and self._source is not None:
            _, standing = view.standing(self._source)
            if set(standing) == set(self._pending):
                self._pending = None
        if self._follow_hand(view) or before != [_rest(view) for view in views]:
            self.changed.emit()
        else:
            self.moved.emit()

    def _follow_hand(self, view: ControllerView) -> bool:
        """Turn to the device's bank that is played, and to the control that is moved if that is wanted."""
        last = view.last_touched()
        if last is None or last[1].stamp_ns <= self._seen_ns:
            return False
        source, touch = last
        self._seen_ns = touch.stamp_ns
        page = next((one.page for one in view.picture.controls if one.source == source), 0)
        turned = page not in (0, self.page)
        if turned:
            self.page = page
        if self.follows and source != self._source and self.question is None:
            self._choose(source)
            return True
        return turned

    @property
    def view(self) -> ControllerView | None:
        """The controller in front."""
        return next((view for view in self.views if view.name == self._port), None)

    @property
    def chosen(self) -> Chosen | None:
        """The control in the editor, with what was asked for already in it."""
        view = self.view
        if view is None or self._source is None:
            return None
        key, bindings = view.standing(self._source)
        if self._pending is not None:
            bindings = self._pending
        return Chosen(self._source, key, bindings, min(self._index, len(bindings)))

    # -- choosing -----------------------------------------------------------------------------

    def show(self, port: str) -> None:
        """Bring a controller to the front."""
        if port != self._port:
            self._port, self.page = port, 1
            self._choose(None)
            self.changed.emit()

    def turn_page(self, page: int) -> None:
        """Draw another of the device's own banks."""
        if page != self.page:
            self.page = page
            self._choose(None)
            self.changed.emit()

    def choose(self, source: ControlId | None) -> None:
        """Edit a control; None closes the editor."""
        self._choose(source)
        self.changed.emit()

    def _choose(self, source: ControlId | None) -> None:
        self._source, self._index = source, 0
        self._pending = self.question = None

    def choose_binding(self, index: int) -> None:
        """Edit another of the things that the control does; the last index adds one."""
        self._index, self.question = index, None
        self.changed.emit()

    def set_follows(self, follows: bool) -> None:
        """Let the hand on the device choose, or not."""
        self.follows = follows
        self.changed.emit()

    # -- editing ------------------------------------------------------------------------------

    def aim(self, slot: Slot) -> None:
        """Bind what is edited to another target; asks if the control does something already."""
        chosen = self.chosen
        if chosen is None:
            return
        old = chosen.binding
        new = aimed(old, slot) if old is not None else usual(chosen.key, slot, self.view)
        self._ask_or_do(changed(chosen.key, chosen.bindings, old, new))

    def edit(self, new: Binding) -> None:
        """Take the chosen binding differently: range, curve, mode, bank …"""
        chosen = self.chosen
        if chosen is not None and chosen.binding is not None and new != chosen.binding:
            self._ask_or_do(changed(chosen.key, chosen.bindings, chosen.binding, new))

    def drop(self) -> None:
        """Take the edited thing from the control."""
        chosen = self.chosen
        if chosen is not None and chosen.binding is not None:
            self._do(without(chosen.key, chosen.bindings, chosen.binding))

    def answer(self, answer: Resolution) -> None:
        """Decide what was asked."""
        question, self.question = self.question, None
        if question is None:
            return
        if answer is Resolution.CANCEL:
            self.changed.emit()
        else:
            both = replace(question, bindings=question.both)
            self._do(both if answer is Resolution.KEEP_BOTH else question)

    def _ask_or_do(self, change: Change) -> None:
        if change.conflict is not None:
            self.question = change
            self.changed.emit()
        else:
            self.question = None
            self._do(change)

    def _do(self, change: Change) -> None:
        """Have it done; what was asked for is shown until the controllers confirm it."""
        before = self._undoing()
        self._pending = change.bindings
        edited = change.edited
        self._index = change.bindings.index(edited) if edited in change.bindings and edited is not None else 0
        self._edit(str(change.source), (SetControl(self._port, change.source, change.bindings),), before)
        self.changed.emit()

    def _edit(self, what: str, commands: tuple[BindingCommand, ...], before: tuple[BindingCommand, ...]) -> None:
        """Have something done that can be taken back."""

        def do(wanted: tuple[BindingCommand, ...]) -> None:
            for command in wanted:
                self._give(command)

        def again(wanted: tuple[BindingCommand, ...]) -> None:
            self._pending = self.question = None
            do(wanted)

        do(commands)
        self._remember(Edit(f"the change of {what}", partial(again, before), partial(again, commands)))

    def _undoing(self) -> tuple[BindingCommand, ...]:
        """What brings the chosen control back to what it does now."""
        view, chosen = self.view, self.chosen
        if view is None or chosen is None:
            return ()
        if view.is_own(chosen.source) or self._pending is not None:
            return (SetControl(self._port, chosen.key, chosen.bindings),)
        return (Forget(self._port, chosen.key),)

    # -- factory, files -----------------------------------------------------------------------

    def restore_control(self) -> None:
        """Leave the chosen control to the factory profile again."""
        view, chosen = self.view, self.chosen
        if view is None or chosen is None:
            return
        before = self._undoing()
        self._pending = self.question = None
        self._edit(str(chosen.key), (Forget(self._port, chosen.key),), before)
        self._index = 0
        self.changed.emit()

    def restore_device(self) -> None:
        """Leave the whole controller to the factory profile again."""
        self._pending = self.question = None
        view = self.view
        if view is None:
            return
        self._edit(self._port, (Forget(self._port),), _kept(view))
        self.changed.emit()

    def import_from(self, file: Path) -> None:
        """Take the bindings of a file, in place of what was learnt for the controller that it names.

        A fault is told in the state's trouble.
        """
        before = bringing_back(self.views)
        self._pending = self.question = None
        self._edit(file.name, (ImportBindings(file),), before)

    def export_to(self, file: Path) -> None:
        """Write the bindings of the controller in front to a file."""
        if self._port:
            self._give(ExportBindings(self._port, file))


def usual(key: ControlId, slot: Slot, view: ControllerView | None) -> Binding:
    """What a control does on a new target: an encoder goes on in its own encoding."""
    made = bound(key, slot)
    if view is None or not slot.continuous:
        return made
    shipped = view.factory.bindings.get(key) or view.factory.bindings.get(ControlId(key.kind, key.number), ())
    encoder = next((one for one in shipped if one.mode is Mode.RELATIVE), None)
    if encoder is None:
        return made
    return replace(made, mode=Mode.RELATIVE, encoding=encoder.encoding)


def bringing_back(views: tuple[ControllerView, ...]) -> tuple[BindingCommand, ...]:
    """What brings every controller back to what its controls do now."""
    return tuple(lesson for view in views for lesson in (Forget(view.name), *_kept(view)))


def _kept(view: ControllerView) -> tuple[BindingCommand, ...]:
    """What brings back all that the user has bound on a controller as it was shipped."""
    return tuple(SetControl(view.name, source, view.layout.bindings[source]) for source in sorted(view.own, key=str))


def _rest(view: ControllerView) -> tuple[object, ...]:
    """All of a view but what its controls last sent."""
    return (view.name, view.state, view.sentence, view.bank, view.layout, view.own, view.picture)
