"""Learning at work: what the user binds, kept over each controller's profile and in the user's folder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from app.control.slots import Slot
from app.errors import ControlError
from app.midi.bindings import Binding, Mode, Resolution, find_conflict, settled
from app.midi.control_ids import ControlId
from app.midi.controller_manager import Controller, ControllerManager
from app.midi.learning.learn import BACK_NS, Learning, LearnPhase, LearnState
from app.midi.learning.user_bindings import UserBindings, UserBindingsFolder
from app.midi.messages.types import Message
from app.midi.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Learn:
    """Learn these slots, one after another."""

    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class StopLearning:
    """Stop learning; what was learnt so far stays."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The answer to a conflict."""

    resolution: Resolution


@dataclass(frozen=True, slots=True)
class SetControl:
    """Bind a control to exactly this, in place of what it did; conflicts have been settled."""

    port: str
    source: ControlId
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Return a control to the factory profile; source None: the whole controller."""

    port: str
    source: ControlId | None = None


@dataclass(frozen=True, slots=True)
class Unlearn:
    """Forget every control that the user has bound to a slot."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class ImportBindings:
    """Take the bindings of a file; they replace those of the controller it names."""

    file: Path


@dataclass(frozen=True, slots=True)
class ExportBindings:
    """Write a controller's bindings to a file."""

    port: str
    file: Path


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Files came from elsewhere: match every controller by these profiles, and read what was learnt on it."""

    profiles: tuple[Profile, ...]


ControlChange = SetControl | Forget | Unlearn | ImportBindings | ExportBindings
BindingCommand = Learn | StopLearning | Resolve | ReadAgain | ControlChange


class BindingLearner:
    """The midi thread owns it.

    Args:
        folder: where the user's bindings live; None: nothing is kept.
    """

    def __init__(self, controllers: ControllerManager, folder: UserBindingsFolder | None) -> None:
        self._controllers = controllers
        self._folder = folder
        self._user: dict[str, UserBindings] = {}
        self._learning: Learning | None = None
        self.state = LearnState()
        self.trouble = ""
        self.done = ""
        controllers.on_new = self._load

    @property
    def active(self) -> bool:
        """Messages are for learning now, and play nothing."""
        return self._learning is not None

    @property
    def learnt(self) -> Mapping[str, tuple[Binding, ...]]:
        """The user's own bindings by controller."""
        return MappingProxyType({port: one.bindings for port, one in self._user.items() if one.bindings})

    def apply(self, command: BindingCommand) -> None:
        """Do as the user asks; what goes wrong with files stands in trouble, what went well with them in done."""
        self.trouble = self.done = ""
        try:
            self._apply(command)
        except ControlError as error:
            self.trouble = str(error)

    def _apply(self, command: BindingCommand) -> None:
        match command:
            case Learn(slots):
                self._begin(Learning(slots) if slots else None)
            case StopLearning():
                self._begin(None)
            case Resolve(resolution):
                self._resolve(resolution)
            case ReadAgain(profiles):
                for controller in self._controllers.match_again(profiles):
                    self._load(controller)
            case _:
                self._change(command)

    def _change(self, command: ControlChange) -> None:
        match command:
            case SetControl(port, source, bindings):
                self._keep(self._bindings_of(port).with_control(source, bindings))
            case Forget(port, None):
                self._keep(UserBindings(port))
            case Forget(port, source) if source is not None:
                self._keep(self._bindings_of(port).as_shipped(source))
            case Unlearn(slot):
                for port, user in tuple(self._user.items()):
                    left = tuple(one for one in user.bindings if one.slot != slot)
                    if len(left) < len(user.bindings):
                        self._keep(UserBindings(port, left))
            case ImportBindings(file):
                user = UserBindingsFolder.read(file)
                self._keep(user)
                self.done = f"{user.port}: {user.count} taken from {file.name}"
            case ExportBindings(port, file):
                UserBindingsFolder.export(self._bindings_of(port), file)
                self.done = f"{port}: {self._bindings_of(port).count} written to {file}"

    # -- learning -----------------------------------------------------------------------------

    def hear(self, port: str, message: Message, stamp_ns: int) -> None:
        """A message while learning."""
        if self._learning is not None and self._learning.doubt and self._learning.moves_on(message):
            self._go_on(self._learning)
        if self._learning is not None and self.state.phase in (LearnPhase.WAITING, LearnPhase.LISTENING):
            self._learning = self._learning.after(port, message, stamp_ns)
            if self._learning.heard:
                self.state = replace(self.state, phase=LearnPhase.LISTENING, port=self._learning.port)

    def tick(self, now_ns: int) -> int | None:
        """Decide if it is time to; when it will be, None while there is nothing to decide."""
        learning = self._learning
        if learning is not None and self.state.phase is LearnPhase.LISTENING and learning.due_ns is not None:
            if now_ns < learning.due_ns:
                return learning.due_ns
            self._decide(learning)
        learning = self._learning
        if learning is not None and learning.doubt and self.state.phase is LearnPhase.WAITING:
            return self._await_way_back(learning, now_ns)
        return None

    def _begin(self, learning: Learning | None) -> None:
        self._learning = learning
        if learning is None:
            self.state = LearnState()
        else:
            left = len(learning.slots) - 1
            self.state = LearnState(phase=LearnPhase.WAITING, slot=learning.slot, left=left)

    def _decide(self, learning: Learning) -> None:
        binding, found = learning.decided(), learning.found()
        controller = self._controllers.controller(learning.port)
        if binding is None or found is None or controller is None:
            self._begin(learning.again())
            return
        self.state = replace(self.state, binding=binding, certain=found.certain)
        conflict = find_conflict(controller.interpreter.layout, binding)
        if learning.doubt:  # it has been asked before
            self._learn(learning, binding, Resolution.KEEP_BOTH)
        elif conflict is not None:
            self.state = replace(self.state, phase=LearnPhase.ASKING, conflict=conflict)
        else:
            self._learn(learning, binding, Resolution.REPLACE)

    def _resolve(self, resolution: Resolution) -> None:
        learning, conflict = self._learning, self.state.conflict
        if learning is None or conflict is None:
            return
        if resolution is Resolution.CANCEL:
            self._begin(learning.again())
        else:
            self._learn(learning, conflict.wanted, resolution)

    def _learn(self, learning: Learning, binding: Binding, resolution: Resolution) -> None:
        """Keep it; then wait for the encoder's other way, go on with the run, or rest."""
        self.state = replace(self.state, port=learning.port, binding=binding, conflict=None)
        if self.state.certain:
            self._go_on(learning)
        else:
            self._learning = learning.back()
            self.state = replace(self.state, phase=LearnPhase.WAITING)
        self._bind(learning.port, binding, resolution)

    def _go_on(self, learning: Learning) -> None:
        """The control is learnt: the next of the run, or the end."""
        assert self.state.binding is not None
        after = self._learning = learning.next(self.state.binding.source)
        if after is None:
            self.state = replace(self.state, phase=LearnPhase.LEARNT)
        else:
            self.state = replace(self.state, phase=LearnPhase.WAITING, slot=after.slot, left=len(after.slots) - 1)

    def _await_way_back(self, learning: Learning, now_ns: int) -> int | None:
        """When waiting is over; None if it is: what is likelier stands."""
        if not learning.until_ns:
            learning = self._learning = replace(learning, until_ns=now_ns + BACK_NS)
        if now_ns < learning.until_ns:
            return learning.until_ns
        self._go_on(learning)
        return None

    # -- keeping ------------------------------------------------------------------------------

    def _load(self, controller: Controller) -> None:
        """A controller was never seen before, or its file has changed: its bindings are read."""
        if self._folder is None:
            return
        try:
            user = self._folder.load(controller.name)
        except ControlError as error:
            self.trouble = str(error)
            return
        self._user[controller.name] = user
        self._controllers.lay_out(controller, controller.profile.layout.over(user.bindings))

    def _bindings_of(self, port: str) -> UserBindings:
        return self._user.get(port) or UserBindings(port)

    def _bind(self, port: str, binding: Binding, resolution: Resolution) -> None:
        controller = self._controllers.controller(port)
        if controller is not None:
            group = settled(controller.interpreter.layout, binding, resolution)
            self._keep(self._bindings_of(port).with_control(binding.source, group))

    def _keep(self, user: UserBindings) -> None:
        self._user[user.port] = user
        controller = self._controllers.controller(user.port)
        if controller is not None:
            self._controllers.lay_out(controller, controller.profile.layout.over(user.bindings))
        if self._folder is not None:
            self._folder.save(user)


def summary(binding: Binding, certain: bool = True) -> str:
    """What was learnt, in words."""
    kind = (
        f"{binding.encoding.value.replace('_', ' ')} encoder" if binding.mode is Mode.RELATIVE else binding.mode.value
    )
    doubt = "; now turn it the other way" if not certain else ""
    return f"{binding.source}: {kind}{doubt}"
