"""The tempo, and the cuts that wait for its beats."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from engine.messages.commands import ExternalBeat, NudgeTempo, Resync, SetTempo, Tap
from engine.messages.events import TempoChanged
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.commit import NextLaunch
from engine.scheduling.cut_queue import CutQueue, PlannedCut
from engine.scheduling.tempo import TapTempo, Tempo

DEFAULT_BPM: Final = 120.0

TempoCommand: TypeAlias = Tap | SetTempo | NudgeTempo | Resync | ExternalBeat


class Launcher:
    """Keeps the tempo and the queue of cuts. The scheduler owns it."""

    def __init__(self) -> None:
        self._taps = TapTempo()
        self._tempo = Tempo(DEFAULT_BPM, 0)
        self._queue = CutQueue()

    @property
    def tempo(self) -> Tempo:
        """Return the tempo."""
        return self._tempo

    @property
    def first(self) -> NextLaunch | None:
        """Return the first of the queued cuts; None without one."""
        return self._queue.first

    def apply(self, command: TempoCommand, here: BoundaryDraft) -> None:
        """Carry out a command.

        Raises:
            ParameterError: the tempo is out of range.
        """
        match command:
            case Tap():
                found = self._taps.tap(command.stamp_ns)
                if found is not None:
                    self.use(found, here)
            case SetTempo():
                self.use(Tempo(command.bpm, command.stamp_ns), here)
            case NudgeTempo():
                self.use(self._tempo.nudged(command.offset_ns), here)
            case Resync():
                self.use(self._tempo.resynced(command.stamp_ns), here)
            case ExternalBeat():
                self.use(self._tempo.followed(command.bpm, command.beat_ns), here)

    def use(self, tempo: Tempo, here: BoundaryDraft) -> None:
        """Change the beat; queued cuts move to the nearest new beat."""
        self._tempo = tempo
        here.events.append(TempoChanged(at_ns=here.now_ns, bpm=tempo.bpm, beat_ns=tempo.anchor_ns))
        if self._queue.follow(tempo):
            self.tell(here)

    def add(self, cut: PlannedCut, here: BoundaryDraft) -> None:
        """Queue a cut."""
        self._queue.add(cut)
        self.tell(here)

    def pop_due(self, now_ns: int) -> Sequence[PlannedCut]:
        """Remove the cuts that are due, and return them in the order in which they are to be played."""
        return self._queue.pop_due(now_ns)

    def clear(self, here: BoundaryDraft) -> None:
        """Forget the cuts that wait."""
        if self._queue:
            self._queue.clear()
            self.tell(here)

    def tell(self, here: BoundaryDraft) -> None:
        """Report what waits now."""
        here.events.append(self._queue.event(here.now_ns))
