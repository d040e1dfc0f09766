"""The midi thread: the one owner of ports, mapping and lights."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from app.control.slots import Assignments
from app.midi.clock.clocks import ClockWish
from app.midi.control_surface import ControlSurface
from app.midi.controller_manager import ControllerManager
from app.midi.core import LISTEN_NS, Assigned, MidiCore, News, Targets
from app.midi.learning.lessons import BindingCommand
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.ports.port import SystemFactory
from app.midi.ports.rtmidi_system import open_system
from app.midi.profiles.library import known_profiles
from app.midi.profiles.profile import Profile
from app.midi.state import MidiState
from engine.clock import Clock
from engine.mailbox import Latest, Mailbox
from engine.messages.commands import Command, Origin
from engine.messages.events import Event
from engine.messages.parameters import ParameterTable
from engine.priority import step_forward

_LOG = logging.getLogger(__name__)


class MidiService:
    """Controllers in, commands out, on a thread named hardcut-midi.

    Args:
        post: takes each command, on the midi thread; must not block.
        on_change: takes each new state, on the midi thread, at most thirty a second; must not block.
        port_filter: part of a port's name; only such ports are used. None: all.
        system: makes the MIDI system; tests and other systems put theirs here.
        profiles: what controllers are matched against; None: the user's and the factory's.
        folder: where the user's bindings, macros and settings live; None: they are not kept.
        clock_out: parts of the names of outputs that are sent the clock in this run.

    Raises:
        MidiError: a factory profile is damaged.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        table: ParameterTable,
        assignments: Assignments,
        clock: Clock,
        on_change: Callable[[MidiState], None],
        port_filter: str | None = None,
        *,
        system: SystemFactory = open_system,
        profiles: Sequence[Profile] | None = None,
        folder: UserBindingsFolder | None = None,
        clock_out: tuple[str, ...] = (),
    ) -> None:
        self._clock = clock
        self._mailbox: Mailbox[News | None] = Mailbox()
        self._latest: Latest[MidiState] = Latest()
        self._on_change = on_change
        hub = ControllerManager(system, profiles or known_profiles().profiles, port_filter)
        self._desk = MidiCore(hub, ControlSurface(table, assignments), post, self._changed, folder, clock_out)
        self._thread = threading.Thread(target=self._run, name="hardcut-midi", daemon=True)

    def start(self) -> None:
        """Begin; returns at once, ports open in the background."""
        self._thread.start()

    def close(self) -> None:
        """Put the lights out, close the ports and join the thread. Harmless before start and when repeated."""
        self._mailbox.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def state(self) -> MidiState:
        """The newest state; from any thread."""
        return self._latest.peek() or MidiState()

    def hear(self, event: Event) -> None:
        """Take in an engine event (a subscriber for Engine.subscribe); from any thread, returns at once."""
        self._mailbox.put(event)

    def committed(self, targets: Mapping[str, float], origins: Mapping[str, Origin]) -> None:
        """Where each parameter is headed (Committed.targets, not the values gliding there) and who set it."""
        self._mailbox.put(Targets(targets, origins))

    def set_assignments(self, assignments: Assignments, table: ParameterTable | None = None) -> None:
        """Put other things on the slots, perhaps from another generator's table; from any thread."""
        self._mailbox.put(Assigned(assignments, table))

    def give(self, wish: BindingCommand | ClockWish) -> None:
        """Learn, bind, forget, import, set a clock … ; the state tells how it went. From any thread."""
        self._mailbox.put(wish)

    def _changed(self, state: MidiState) -> None:
        self._latest.put(state)
        self._on_change(state)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - the top of the midi thread, and it reports
            _LOG.exception("the midi thread has failed")
            self._changed(MidiState(fault=f"MIDI has stopped: {error}. Restart Hardcut to use controllers again."))
        finally:
            self._desk.close()

    def _work(self) -> None:
        step_forward()
        while True:
            self._desk.listen(self._clock.now_ns())
            for item in self._mailbox.drain():
                if item is None:
                    self._go_dark()
                    return
                self._desk.take(item)
            now_ns = self._clock.now_ns()
            due_ns = self._desk.tick(now_ns) - now_ns
            self._mailbox.wait(min(due_ns, LISTEN_NS) if self._desk.listening else due_ns)

    def _go_dark(self) -> None:
        """Lights out, at the pace that the devices can take; packets that still arrive are nobody's."""
        self._desk.darken()
        while (due_ns := self._desk.drain(now_ns := self._clock.now_ns())) is not None:
            self._mailbox.drain()
            self._mailbox.wait(due_ns - now_ns)
