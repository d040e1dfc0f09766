"""DMX among the controllers: who sends it, what its channels are bound to, and how learning stands."""

from typing import Final

from app.control.slots import Slot
from app.dmx.core import DmxLearn, DmxState
from app.midi.learning.learn import LearnPhase
from app.midi.ports.port import PortState
from app.models.controllers.api import ControllerStatus, LearnSnapshot

_PHASES: Final = {
    DmxLearn.OFF: LearnPhase.OFF,
    DmxLearn.WAITING: LearnPhase.WAITING,
    DmxLearn.LISTENING: LearnPhase.LISTENING,
    DmxLearn.LEARNT: LearnPhase.LEARNT,
}


def dmx_ports(state: DmxState | None) -> tuple[ControllerStatus, ...]:
    """Each source as a controller; DMX itself where nobody sends, or it cannot be listened to."""
    if state is None:
        return ()
    ports = [ControllerStatus("DMX", PortState.BUSY, state.fault)] if state.fault else []
    for source in state.sources:
        several = "s" * (len(source.universes) > 1)
        universes = ", ".join(map(str, source.universes[:8])) + " …" * (len(source.universes) > 8)
        priority = f", priority {source.priority}" if source.priority != 100 else ""
        sentence = f"{source.name}: {source.protocol.value}, universe{several} {universes}{priority}."
        ports.append(ControllerStatus(source.name, PortState.OPEN, sentence))
    ports += [ControllerStatus(name, PortState.GONE, f"{name}: sends no DMX any more.") for name in state.lost]
    note = f" {state.note}" if state.note else ""
    if state.place and (not ports or note):
        who = "" if ports else "; nobody sends yet"
        ports.append(ControllerStatus("DMX", PortState.OPEN, f"Listening for {state.place}{who}.{note}"))
    return tuple(ports)


def dmx_learnt(state: DmxState | None) -> dict[Slot, tuple[str, ...]]:
    """The channels in words, by what they are bound to."""
    learnt: dict[Slot, tuple[str, ...]] = {}
    for binding in state.bindings if state is not None else ():
        learnt[binding.slot] = (*learnt.get(binding.slot, ()), str(binding.control))
    return learnt


def dmx_learning(state: DmxState) -> LearnSnapshot:
    """How learning stands."""
    return LearnSnapshot(_PHASES[state.learn], state.slot, 0, str(state.learnt) if state.learnt is not None else "")
