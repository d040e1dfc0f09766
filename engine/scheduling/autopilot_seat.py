"""The auto-pilot at the scheduler's boundaries: what it hears and sees there, and the commands that it gives."""

from collections.abc import Sequence

from engine.messages.autopilot import AutoPilot, check_autopilot
from engine.messages.commands import HardCut, Origin, SoftCut
from engine.messages.events import AutoPilotChanged
from engine.messages.list_commands import GoToPrompt
from engine.messages.scenes import SceneLibrary
from engine.messages.transitions import Launch
from engine.scheduling.autopilot import Destination, Flight, places_of
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.live import LiveState
from engine.scheduling.tempo import Tempo


class AutoPilotSeat:
    """Holds the flight. The scheduler owns it."""

    def __init__(self) -> None:
        self._flight: Flight | None = None
        self._epoch = 0

    def board(self, plan: AutoPilot | None, here: BoundaryDraft, tempo: Tempo, epoch: int) -> bool:
        """Begin a flight, or end it; whether a cut of its own waits that is to be forgotten.

        Raises:
            AutoPilotError: there is no such flight.
        """
        waits = self._flight is not None and self._flight.handed
        checked = None if plan is None else check_autopilot(plan)
        self._epoch = epoch
        self._flight = None if checked is None else Flight(checked, tempo.next_ns(here.now_ns, Launch.BAR))
        told = AutoPilotChanged(at_ns=here.now_ns, plan=None)
        here.events.append(told if self._flight is None else self._flight.event(here.now_ns, tempo))
        return waits

    def fly(
        self,
        here: BoundaryDraft,
        tempo: Tempo,
        epoch: int,
        live: LiveState,
        scenes: SceneLibrary,
        prompts: Sequence[str],
    ) -> HardCut | SoftCut | GoToPrompt | None:
        """Choose the next destination; its command when it is to be handed over, stamped with its downbeat."""
        before = self._flight
        if before is None:
            return None
        flight = before
        if epoch != self._epoch and not flight.handed:
            flight = flight.restarted(here.now_ns, tempo)
        self._epoch = epoch
        places = places_of(flight.plan, scenes.__contains__, prompts)
        playing = live.prompt_target if flight.plan.prompts else live.scene.name
        flight = flight.listened(here.sound, here.chunk_ns).planned(here.now_ns, tempo, places, playing)
        move = None
        if flight.next is not None and flight.is_due(here.now_ns, tempo):
            move, flight = _command(flight.next, flight.plan), flight.handed_over()
        if flight.next != before.next:
            here.events.append(flight.event(here.now_ns, tempo))
        self._flight = flight
        return move


def _command(there: Destination, plan: AutoPilot) -> HardCut | SoftCut | GoToPrompt:
    due_ns, origin = there.due_ns, Origin.ENGINE
    if there.prompt:
        return GoToPrompt(stamp_ns=due_ns, origin=origin, place=there.prompt, chunks=plan.morph_chunks)
    if there.soft:
        return SoftCut(stamp_ns=due_ns, origin=origin, scene=there.name, launch=Launch.BAR, chunks=plan.morph_chunks)
    return HardCut(stamp_ns=due_ns, origin=origin, scene=there.name, launch=Launch.BAR)
