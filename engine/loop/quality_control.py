"""Quality in the chunk loop: feeds the governor, commits what it decides, and has the chain follow.

One of them serves a whole show; a generator that is built anew offers its own steps (`begin`). A change enters the
boundary as a command (`TakeSteps`), so that a session holds it and a replay makes the same bytes.
"""

from collections.abc import Callable
from typing import Final, Protocol

from engine.clock import NS_PER_SECOND
from engine.errors import EngineError
from engine.messages.commands import Command, Origin
from engine.messages.events import CommandRefused, Event
from engine.messages.quality import HoldQuality, QualityState, QualityStep, SetQuality, TakeSteps
from engine.scheduling.governor import Governor
from engine.scheduling.quality_rules import QualityRules

WANTED_FPS: Final = 30
"""Generated frames a second that are worth a plainer picture, whatever the output's rate above it."""


class ChainQuality(Protocol):
    """What stands before the generator and can do less work."""

    def steps(self) -> tuple[QualityStep, ...]:
        """The steps on offer at the moment, the least visible first."""
        ...

    def take(self, steps: tuple[str, ...]) -> None:
        """Take its own among these steps, by id, and leave all others of its own. Returns at once."""
        ...


class PlainChain:
    """A chain without steps."""

    def steps(self) -> tuple[QualityStep, ...]:
        return ()

    def take(self, steps: tuple[str, ...]) -> None:
        """Nothing to take."""


class QualityControl:
    """Owned by the engine thread.

    Args:
        held: how many steps to hold from the beginning; None: automatic.
    """

    def __init__(self, held: int | None = None) -> None:
        self._chain: ChainQuality = PlainChain()
        self._emit: Callable[[Event], None] = _ignore
        self._own: tuple[QualityStep, ...] = ()
        self._governor = Governor(rules=QualityRules(held))

    @property
    def state(self) -> QualityState:
        """Return how quality stands."""
        return self._governor.state

    def begin(
        self,
        own: tuple[QualityStep, ...],
        chain: ChainQuality,
        emit: Callable[[Event], None],
    ) -> None:
        """Offer the steps of the generator that plays from now on, behind those of the chain."""
        self._own, self._chain, self._emit = own, chain, emit
        self._governor.offer((*self._chain.steps(), *own))

    def apply(self, command: Command) -> bool:
        """Apply a command about quality; False if it is another kind of command."""
        try:
            match command:
                case SetQuality(step=""):
                    for step in self._governor.steps:
                        self._rule(SetQuality(stamp_ns=command.stamp_ns, step=step.id, rule=command.rule))
                case SetQuality():
                    self._rule(command)
                case HoldQuality():
                    self._governor.rule(self._governor.rules.hold(command.steps))
                case _:
                    return False
        except EngineError as error:
            self._emit(CommandRefused(at_ns=command.stamp_ns, command=command, text=str(error)))
        return True

    def change(self, committed: tuple[str, ...], now_ns: int) -> tuple[TakeSteps, ...]:
        """Return the command for the boundary at hand that takes other steps than are committed; () for none."""
        self._governor.offer((*self._chain.steps(), *self._own))
        wanted = self._governor.taken
        return () if wanted == committed else (TakeSteps(stamp_ns=now_ns, origin=Origin.ENGINE, steps=wanted),)

    def share(self, taken: tuple[str, ...]) -> float:
        """Return what a chunk takes with these steps, as a share of what it takes without any."""
        share = 1.0
        for step in self._governor.steps:
            if step.id in taken:
                share *= 1.0 - step.saving
        return share

    def committed(self, taken: tuple[str, ...]) -> None:
        """Have the chain follow what was committed."""
        self._chain.take(taken)

    def finished(self, took_ns: int, frames: int, output_period_ns: int, *, late: bool) -> None:
        """Record a finished chunk; see Governor.finished."""
        self._governor.finished(took_ns, frames * max(output_period_ns, NS_PER_SECOND // WANTED_FPS), late=late)

    def _rule(self, command: SetQuality) -> None:
        governor = self._governor
        governor.rule(governor.rules.with_rule(governor.steps, command.step, command.rule))


def _ignore(_: Event) -> None:
    """Nobody listens before the first generator plays."""
