"""The midi thread: the one owner of ports, bindings and lights."""

from collections.abc import Callable, Sequence

from app.control.service import ControlService
from app.control.store import ControlStore
from app.midi.controller_manager import ControllerManager
from app.midi.core import LISTEN_NS, HearTimecode, MidiCore
from app.midi.learning.learner import BindingCommand
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.ports.port import SystemFactory
from app.midi.ports.system import open_system
from app.midi.profiles.library import known_profiles
from app.midi.profiles.profile import Profile
from app.midi.state import MidiState
from engine.clock import Clock
from engine.messages.commands import Command
from engine.priority import step_forward


class MidiService(ControlService[BindingCommand, MidiState]):
    """Controllers in, commands and intents out, on a thread named hardcut-midi.

    Args:
        post: takes each command, on the midi thread; must not block.
        store: what lies in front; takes each intent.
        on_change: takes each new state, on the midi thread, at most thirty a second; must not block.
        port_filter: part of a port's name; only such ports are used. None: all.
        system: makes the MIDI system; tests and other systems put theirs here.
        profiles: what controllers are matched against; None: the user's and the factory's.
        folder: where the user's bindings live; None: they are not kept.
        clock_out: parts of the names of outputs that are sent the clock in this run.
        on_timecode: takes what may be MIDI timecode, on the midi thread; must not block.

    Raises:
        ControlError: a factory profile is damaged.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        store: ControlStore,
        clock: Clock,
        *,
        on_change: Callable[[MidiState], None] | None = None,
        port_filter: str | None = None,
        system: SystemFactory = open_system,
        profiles: Sequence[Profile] | None = None,
        folder: UserBindingsFolder | None = None,
        clock_out: tuple[str, ...] = (),
        on_timecode: HearTimecode | None = None,
    ) -> None:
        super().__init__("midi", "MIDI", MidiState(), clock)
        self._on_change = on_change

        def new_core() -> MidiCore:
            known = profiles or known_profiles().profiles  # as a show that was opened meanwhile has left them
            controllers = ControllerManager(system, known, port_filter)
            return MidiCore(controllers, store, post, self._publish, folder, clock_out, on_timecode)

        self._new_core = new_core
        self._core = new_core()

    def give(self, command: BindingCommand) -> None:
        """Learn, bind, forget, import …; the state tells how it went. From any thread."""
        self._put(command)

    def _publish(self, state: MidiState) -> None:
        super()._publish(state)
        if self._on_change is not None:
            self._on_change(state)

    def _failure(self, fault: str) -> MidiState:
        return MidiState(fault=fault)

    def _release(self) -> None:
        self._core.close()

    def _renew(self) -> MidiState:
        self._core = self._new_core()
        self._hear_again()
        return MidiState()

    def _work(self) -> None:
        step_forward()
        while True:
            self._core.listen(self._clock.now_ns())
            for item in self._arrived():
                if item is None:
                    self._go_dark()
                    return
                self._core.handle(item)
            now_ns = self._clock.now_ns()
            due_ns = self._core.tick(now_ns) - now_ns
            self._mailbox.wait(min(due_ns, LISTEN_NS) if self._core.listening else due_ns)

    def _go_dark(self) -> None:
        """Lights out, at the pace that the devices can take; packets that still arrive are nobody's."""
        self._core.darken()
        while (due_ns := self._core.drain(now_ns := self._clock.now_ns())) is not None:
            self._mailbox.drain()
            self._mailbox.wait(due_ns - now_ns)
