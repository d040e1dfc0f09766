"""The controllers' service as the window's feed."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from app.midi.ports import PortState
from app.midi.slots import MAX_SLOT, Assignments, CutMode
from app.midi.state import MidiState
from app.models.port import MidiPortState, MidiPortStatus, MidiSnapshot, Played
from engine.parameters import ParameterTable

_STATES: Final = {
    PortState.OPEN: MidiPortState.OPEN,
    PortState.BUSY: MidiPortState.BUSY,
    PortState.GONE: MidiPortState.GONE,
    PortState.ABSENT: MidiPortState.ABSENT,
}


class MidiControl(Protocol):
    """What the feed needs of the service."""

    def state(self) -> MidiState:
        """The newest state."""
        ...

    def set_assignments(self, assignments: Assignments, table: ParameterTable | None = None) -> None:
        """Put other things on the slots."""
        ...


class ControllerFeed:
    """Tells the window how the controllers stand, and the controllers what the window shows.

    Args:
        service: the MIDI service.
        parameters: the table in force, asked at every assignment.
    """

    def __init__(self, service: MidiControl, parameters: Callable[[], ParameterTable]) -> None:
        self._service = service
        self._parameters = parameters
        self._state: MidiState | None = None
        self._snapshot = MidiSnapshot()

    def snapshot(self) -> MidiSnapshot:
        """The controllers now; the same object as long as the service's state is the same."""
        state = self._service.state()
        if state is not self._state:
            self._state, self._snapshot = state, midi_snapshot(state)
        return self._snapshot

    def play(self, played: Played) -> None:
        """Knob 1 is the first knob in front, pad 1 the first pad in front; what lies behind follows on."""
        self._service.set_assignments(
            Assignments(
                knobs=_numbered(played.knobs),
                pads=_numbered(played.pads),
                cut_mode=CutMode.SOFT if played.soft else CutMode.HARD,
                launch=played.launch,
            ),
            self._parameters(),
        )


def _numbered(names: tuple[str, ...]) -> Mapping[int, str]:
    return MappingProxyType({number: name for number, name in enumerate(names[:MAX_SLOT], 1) if name})


def midi_snapshot(state: MidiState) -> MidiSnapshot:
    """A MidiState as the window shows it."""
    knobs = [*state.knobs.values(), *([state.level] if state.level is not None else [])]
    return MidiSnapshot(
        ports=tuple(MidiPortStatus(port.name, _STATES[port.state], port.sentence) for port in state.ports),
        fault=state.fault,
        last_message=state.last_message,
        ghosts=MappingProxyType({knob.parameter: knob.ghost for knob in knobs}),
        waiting=frozenset(knob.parameter for knob in knobs if knob.waiting),
        soft=state.cut_mode is CutMode.SOFT,
    )
