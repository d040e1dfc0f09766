"""The MIDI service as the window sees it: its state in the window's words, and what the pads stand for."""

from app.midi.ports import PortState
from app.midi.service import MidiService
from app.midi.slots import Assignments, CutMode
from app.midi.state import MidiState
from app.models.port import MidiPortState, MidiPortStatus, MidiSnapshot, Played
from engine.mailbox import Latest

_STATES = {
    PortState.ABSENT: MidiPortState.ABSENT,
    PortState.OPEN: MidiPortState.OPEN,
    PortState.BUSY: MidiPortState.BUSY,
    PortState.GONE: MidiPortState.GONE,
}


class ControllerFeed:
    """A MidiFeed over a MidiService; used on the main thread."""

    def __init__(self, service: MidiService, newest: Latest[MidiState]) -> None:
        self._service = service
        self._newest = newest
        self._state: MidiState | None = None
        self._snapshot = MidiSnapshot()

    def snapshot(self) -> MidiSnapshot:
        """The controllers now; the same object as long as nothing changes."""
        state = self._newest.peek()
        if state is not None and state is not self._state:
            self._state = state
            self._snapshot = _translated(state)
        return self._snapshot

    def play(self, played: Played) -> None:
        """Put what the window has in front on the controllers' slots, numbered from 1."""
        self._service.set_assignments(
            Assignments(
                knobs=dict(enumerate(played.knobs, start=1)),
                pads={number: scene for number, scene in enumerate(played.pads, start=1) if scene},
                cut_mode=CutMode.SOFT if played.soft else CutMode.HARD,
                launch=played.launch,
            )
        )


def _translated(state: MidiState) -> MidiSnapshot:
    knobs = [knob for knob in (*state.knobs.values(), state.level) if knob is not None]
    return MidiSnapshot(
        ports=tuple(MidiPortStatus(port.name, _STATES[port.state], port.sentence) for port in state.ports),
        fault=state.fault,
        last_message=state.last_message,
        ghosts={knob.parameter: knob.ghost for knob in knobs},
        waiting=frozenset(knob.parameter for knob in knobs if knob.waiting),
        soft=state.cut_mode is CutMode.SOFT,
    )
