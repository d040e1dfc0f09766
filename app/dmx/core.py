"""The dmx thread's work without the thread: datagrams and wishes in, commands and intents out, and a state."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from app.control.allowed import NOBODY, Allowed, peer_address
from app.control.depths import Depths
from app.control.rate_limit import SenderLimits
from app.control.slots import Slot
from app.control.store import ControlStore
from app.dmx.bindings import DmxBinding, DmxControl, DmxSettings, load_settings, save_settings
from app.dmx.learn import Learning
from app.dmx.merge import Merge, SourceView
from app.dmx.packets import decode
from app.dmx.surface import asked
from app.errors import ControlError
from engine.messages.commands import Command, Origin
from engine.messages.modulation_events import ModulationChanged


@dataclass(frozen=True, slots=True)
class LearnDmx:
    """Learn a channel for this slot; None: leave it."""

    slot: Slot | None


@dataclass(frozen=True, slots=True)
class UnlearnDmx:
    """Forget every channel that is bound to a slot."""

    slot: Slot


DmxWish = LearnDmx | UnlearnDmx


class DmxLearn(Enum):
    """Where learning stands."""

    OFF = "off"
    WAITING = "waiting"
    LISTENING = "listening"
    LEARNT = "learnt"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmxState:
    """DMX as the window shows it.

    Attributes:
        place: where it listens, by commas; "" while it does not.
        fault: why not, or not for both protocols, a sentence.
        note: who sends and may not speak, or that nobody may yet, a sentence; "" while there is nothing to know.
        trouble: what went wrong with the file of channels, a sentence.
        sources: who is heard now; lost: who was, by name.
        packets, ignored: datagrams so far, and those that were no levels, late, too many, or of who may not
            speak.
        bindings: what each channel plays.
        learn: where learning stands, for slot; learnt: the channel that was found.
    """

    place: str = ""
    fault: str = ""
    note: str = ""
    trouble: str = ""
    sources: tuple[SourceView, ...] = ()
    lost: tuple[str, ...] = ()
    packets: int = 0
    ignored: int = 0
    bindings: tuple[DmxBinding, ...] = ()
    learn: DmxLearn = DmxLearn.OFF
    slot: Slot | None = None
    learnt: DmxControl | None = None


MAX_LOST: Final = 8

PACKETS: Final = 4_000
"""Read in a second of each sender: ninety universes as fast as DMX goes. What is over is left out; each says all that
the one before it said."""


class DmxCore:
    """Everything between the sockets and the engine. One thread calls it and gives it the time.

    Args:
        post: takes each command; store: takes each intent.
        file: where the user's channels are kept; None: they are not.
        allowed: who may speak from the network, besides those of the file; loopback always may.
    """

    def __init__(
        self, post: Callable[[Command], None], store: ControlStore, file: Path | None, allowed: Allowed = NOBODY
    ) -> None:
        self._post = post
        self._store = store
        self._file = file
        self._merge = Merge()
        self._depths = Depths()
        self._limits = SenderLimits()
        self._given = allowed
        self._refused = ""
        self._stood: dict[DmxControl, float] = {}
        self._learning: Learning | None = None
        self._lost: dict[str, None] = {}
        self._phase = DmxLearn.OFF
        self._slot: Slot | None = None
        self._learnt: DmxControl | None = None
        self._packets = self._ignored = 0
        self.trouble = ""
        self.settings = DmxSettings()
        if file is not None:
            try:
                self.settings = load_settings(file)
            except ControlError as error:
                self.trouble = str(error)
                self._file = None  # what cannot be read is not written over

    def hear(self, datagram: bytes, host: str, now_ns: int) -> None:
        """Take in a datagram; commands leave before this returns."""
        self._packets += 1
        address, allowed = peer_address(host), self.allowed
        if not allowed.admits(address):
            self._refused = str(address)
            self._ignored += 1
            return
        levels = decode(datagram) if self._limits.takes(address, PACKETS, 1, now_ns) else None
        if levels is None or not self._merge.hear(levels, host, now_ns, named=allowed.names(address)):
            self._ignored += 1
            return
        self._lost.pop(levels.name or host, None)
        self._play(levels.universe, now_ns)

    @property
    def allowed(self) -> Allowed:
        """Who may speak from the network."""
        return self._given.joined(self.settings.allowed)

    @property
    def refused(self) -> str:
        """The address that spoke last and may not; "" while there was none."""
        return self._refused

    def wish(self, wish: DmxWish) -> None:
        """Do as the user asks."""
        match wish:
            case LearnDmx(slot):
                self._learning = Learning(slot) if slot is not None else None
                self._phase = DmxLearn.WAITING if slot is not None else DmxLearn.OFF
                self._slot, self._learnt = slot, None
            case UnlearnDmx(slot):
                self._keep(self.settings.without_slot(slot))

    def modulated(self, event: ModulationChanged) -> None:
        """Take in what modulates what."""
        self._depths = Depths.of(event)

    def tick(self, now_ns: int) -> int | None:
        """Do what is due: forget who is silent, decide what is learnt. Returns when to tick again, None: never."""
        before = {source.name for source in self._merge.sources()}
        for universe in self._merge.forget_lost(now_ns):
            self._play(universe, now_ns)
        after = {source.name for source in self._merge.sources()}
        for name in sorted(before - after):
            self._lost[name] = None
        while len(self._lost) > MAX_LOST:
            del self._lost[next(iter(self._lost))]
        learn_ns = self._learn(now_ns)
        due = [one for one in (self._merge.due_ns(), learn_ns) if one is not None]
        return min(due, default=None)

    def state(self, place: str, fault: str, note: str = "") -> DmxState:
        """As the window shows it."""
        return DmxState(
            place=place,
            fault=fault,
            note=note,
            trouble=self.trouble,
            sources=self._merge.sources(),
            lost=tuple(self._lost),
            packets=self._packets,
            ignored=self._ignored,
            bindings=self.settings.bindings,
            learn=self._phase,
            slot=self._slot,
            learnt=self._learnt,
        )

    def _play(self, universe: int, now_ns: int) -> None:
        data = self._merge.merged(universe)
        if data is None:
            return  # nobody says anything: what stands stays
        if self._learning is not None:
            self._learning.hear(universe, data, now_ns)
            if self._learning.due_ns() is not None:
                self._phase = DmxLearn.LISTENING
        for binding in self.settings.bindings:
            control = binding.control
            level = control.level(data) if control.universe == universe else None
            if level is None:
                continue
            before, self._stood[control] = self._stood.get(control), level
            if self._learning is not None:
                continue  # while learning nothing is played
            for one in asked(binding, level, before, self._store.state, now_ns, self._depths):
                if isinstance(one, Command):
                    self._post(one)
                else:
                    self._store.send(one, Origin.DMX, now_ns)

    def _learn(self, now_ns: int) -> int | None:
        learning = self._learning
        due_ns = learning.due_ns() if learning is not None else None
        if learning is None or due_ns is None or now_ns < due_ns:
            return due_ns
        found = learning.found()
        if found is None:
            self._learning = Learning(learning.slot)
            self._phase = DmxLearn.WAITING
            return None
        self._learning = None
        self._phase, self._learnt = DmxLearn.LEARNT, found
        self._keep(self.settings.with_binding(DmxBinding(found, learning.slot)))
        return None

    def _keep(self, settings: DmxSettings) -> None:
        self.settings = settings
        controls = {one.control for one in settings.bindings}
        self._stood = {control: level for control, level in self._stood.items() if control in controls}
        if self._file is None:
            return
        try:
            save_settings(self._file, settings)
        except ControlError as error:
            self.trouble = str(error)
        else:
            self.trouble = ""
