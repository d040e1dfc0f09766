"""Which steps of quality are taken: chunk times held against playing times. Pure, in content time.

Down. Once the newest second was too slow, the cheapest step that will do is taken: the first in declared
order that by its saving brings chunks back in time; where none does alone, the one that saves most. Then the next
second is looked at.

Up. A step is given back once chunks would, without it, have stayed in time with room to spare for some seconds. If they
come too late soon after, that was wrong, and the next try waits twice as long. An indirect step that made no chunk
shorter is given back at once, and not taken again for a while, twice as long each time.

The gap between the two, and the waits that double, keep it from flapping.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.quality import QualityRule, QualityState, QualityStep, StepState, in_order
from engine.scheduling.quality_rules import QualityRules, behind, up_to

WINDOW_NS: Final = NS_PER_SECOND
"""What is looked at together, in content or, where chunks are slow, in their time: a second of being too slow is seen,
a single stall is not."""

SETTLING_CHUNKS: Final = 2
"""Left out behind a change: they resample what is carried, and caches of the processor are cold."""

LEAST_CHUNKS: Final = 3
"""Fewer tell nothing, however long they play."""

SLOW_AT: Final = 0.98
"""Of the playing time: chunks that take longer are too slow."""

RAGGED_AT: Final = 0.85
"""The same where frames were repeated for want of a chunk: then they are on time only by their mean."""

RAGGED_CHUNKS: Final = 2
"""Chunks within the window that came too late before it counts as ragged."""

AIM: Final = 0.88
"""Of the playing time: what a step is to bring chunks down to."""

ROOMY_AT: Final = 0.80
"""Of the playing time: what chunks may take without the step that is given back."""

FIRST_PATIENCE_NS: Final = 5 * NS_PER_SECOND
LONGEST_PATIENCE_NS: Final = 640 * NS_PER_SECOND
"""How long there must have been room before a step is given back, at first and after failures."""

FAILED_WITHIN_NS: Final = 10 * NS_PER_SECOND
"""Too slow within so much content after a step was given back: that was wrong."""

EASIER: Final = 0.85
"""Of the load at which a step was given back in vain: below it the machine is another, and the wait is as at first."""

FORGIVEN_AFTER_NS: Final = 90 * NS_PER_SECOND
"""A step that was given back and not missed for so long is tried again as at first."""

FIRST_BAR_NS: Final = 60 * NS_PER_SECOND
LONGEST_BAR_NS: Final = 960 * NS_PER_SECOND
"""How long an indirect step that was of no use is not taken again, at first and later."""

USEFUL_SHARE: Final = 0.5
"""Of its declared saving: an indirect step that saves less is of no use here."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk's time and its playing time, in ns, and whether frames were repeated for want of it."""

    took_ns: int
    plays_ns: int
    late: bool


@dataclass(slots=True)
class _History:
    """What became of one step.

    Attributes:
        patience_ns: how long there must be room before it is given back.
        given_back_ns: when it was last, in content time; None: never, or it is forgiven.
        given_back_at: what was taken before that, and the load with it; failed_at: the same where that was wrong.
        barred_until_ns, bar_ns: until when it is not taken, and how long it will not be the next time.
    """

    patience_ns: int = FIRST_PATIENCE_NS
    given_back_ns: int | None = None
    given_back_at: tuple[tuple[str, ...], float] | None = None
    failed_at: tuple[tuple[str, ...], float] | None = None
    barred_until_ns: int = 0
    bar_ns: int = FIRST_BAR_NS


class Governor:
    """Decide which steps are taken. Owned by one thread; it neither sleeps nor reads a clock."""

    def __init__(self, steps: Sequence[QualityStep] = (), rules: QualityRules | None = None) -> None:
        """Args: steps: those on offer, the least visible first."""
        self._steps: tuple[QualityStep, ...] = ()
        self._rules = rules or QualityRules()
        self._resolved: dict[str, QualityRule] = {}
        self._auto: set[str] = set()
        self._taken: tuple[str, ...] | None = None
        self._histories: dict[str, _History] = {}
        self._content_ns = 0
        self._window: deque[_Chunk] = deque()
        self._settling = 0
        self._roomy_since_ns: dict[str, int] = {}
        self._on_trial: tuple[QualityStep, float] | None = None
        self._load = 0.0
        self.offer(steps)

    @property
    def steps(self) -> tuple[QualityStep, ...]:
        """Return the steps on offer, the least visible first."""
        return self._steps

    @property
    def taken(self) -> tuple[str, ...]:
        """Return the ids of the steps that are to be taken, in declared order."""
        if self._taken is None:
            pinned = {key for key, rule in self._resolved.items() if rule is QualityRule.PINNED}
            self._taken = in_order(self._steps, tuple(pinned | self._auto))
        return self._taken

    @property
    def rules(self) -> QualityRules:
        """Return the performer's rules."""
        return self._rules

    @property
    def state(self) -> QualityState:
        """Return how things stand."""
        taken = frozenset(self.taken)
        states = tuple(StepState(step, self._resolved[step.id], step.id in taken) for step in self._steps)
        return QualityState(states, round(self._load, 3))

    def offer(self, steps: Sequence[QualityStep]) -> None:
        """Take other steps as those on offer; those that were taken and still are on offer stay taken."""
        if tuple(steps) != self._steps:
            self._steps = tuple(steps)
            self._settle()

    def rule(self, rules: QualityRules) -> None:
        """Take other rules of the performer; they hold at once."""
        self._rules = rules
        self._settle()

    def finished(self, took_ns: int, plays_ns: int, *, late: bool) -> None:
        """Record a finished chunk, and decide.

        Args:
            took_ns: from its start until it was published.
            plays_ns: how long it would play at the rate that is wanted.
            late: a frame was repeated for want of it.
        """
        self._content_ns += plays_ns
        if self._settling:
            self._settling -= 1
            return
        self._window.append(_Chunk(took_ns, plays_ns, late))
        while len(self._window) > LEAST_CHUNKS and self._length_ns(without=self._window[0]) >= WINDOW_NS:
            self._window.popleft()
        self._load = self._mean_load()
        if self._length_ns() < WINDOW_NS or len(self._window) < LEAST_CHUNKS:
            return
        if not (self._end_trial() or self._step_down()):
            self._step_up()

    def _length_ns(self, without: _Chunk | None = None) -> int:
        """How long the chunks in the window play, or took where that is longer; without: one of them left out."""
        took, plays = sum(one.took_ns for one in self._window), sum(one.plays_ns for one in self._window)
        if without is not None:
            took, plays = took - without.took_ns, plays - without.plays_ns
        return max(took, plays)

    def _mean_load(self) -> float:
        """Time of the chunks in the window over their playing time, without the longest: one stall tells nothing."""
        took, plays = sum(one.took_ns for one in self._window), sum(one.plays_ns for one in self._window)
        if len(self._window) > LEAST_CHUNKS:
            longest = max(self._window, key=lambda one: one.took_ns)
            took, plays = took - longest.took_ns, plays - longest.plays_ns
        return took / plays if plays else 0.0

    # -- down ----------------------------------------------------------------------------------

    def _too_slow(self, step: QualityStep) -> bool:
        """Return whether chunks are so slow that this step is worth its looks."""
        ragged = sum(one.late for one in self._window) >= RAGGED_CHUNKS
        return self._load > step.worth_at * (RAGGED_AT if ragged else SLOW_AT)

    def _step_down(self) -> bool:
        open_steps = [step for step in self._steps if self._may_take(step) and self._too_slow(step)]
        if not open_steps:
            return False
        enough = [step for step in open_steps if self._load * (1.0 - step.saving) <= AIM * step.worth_at]
        step = enough[0] if enough else max(open_steps, key=lambda one: one.saving)
        for other in self._steps:
            self._judge_return(other)
        self._auto.add(step.id)
        self._taken = None
        self._restart()
        self._on_trial = (step, self._load) if step.indirect else None
        return True

    def _may_take(self, step: QualityStep) -> bool:
        taken = self.taken
        return (
            step.id not in taken
            and self._resolved[step.id] is QualityRule.AUTO
            and all(one.id in taken for one in up_to(self._steps, step)[:-1])
            and self._content_ns >= self._history(step).barred_until_ns
        )

    def _judge_return(self, step: QualityStep) -> None:
        """It is too slow: where the step was given back just now, that was wrong."""
        history = self._history(step)
        if history.given_back_ns is None:
            return
        if self._content_ns - history.given_back_ns <= FAILED_WITHIN_NS:
            history.patience_ns = min(2 * history.patience_ns, LONGEST_PATIENCE_NS)
            history.failed_at = history.given_back_at
        history.given_back_ns = None

    def _end_trial(self) -> bool:
        """Give an indirect step back that made no chunk shorter; return whether that was so."""
        if self._on_trial is None:
            return False
        (step, before), self._on_trial = self._on_trial, None
        if self._load <= before * (1.0 - USEFUL_SHARE * step.saving) or step.id not in self._auto:
            return False
        history = self._history(step)
        history.barred_until_ns = self._content_ns + history.bar_ns
        history.bar_ns = min(2 * history.bar_ns, LONGEST_BAR_NS)
        self._give_back(step)
        return True

    # -- up ------------------------------------------------------------------------------------

    def _step_up(self) -> None:
        for step in self._steps:
            self._forgive(self._history(step))
        calm = not any(one.late for one in self._window)
        ready: QualityStep | None = None
        for step in self._steps:
            if not calm or not self._may_leave(step) or not self._has_room_without(step):
                self._roomy_since_ns.pop(step.id, None)
                continue
            since_ns = self._roomy_since_ns.setdefault(step.id, self._content_ns)
            if self._content_ns - since_ns >= self._history(step).patience_ns:
                ready = step  # the last: the most visible of them
        if ready is not None:
            history = self._history(ready)
            history.given_back_ns, history.given_back_at = self._content_ns, (self.taken, self._load)
            self._give_back(ready)

    def _forgive(self, history: _History) -> None:
        """Forget a return that failed once a later one has not, or the machine has far less to do."""
        given_ns, failed = history.given_back_ns, history.failed_at
        held = given_ns is not None and self._content_ns - given_ns > FORGIVEN_AFTER_NS
        if held or (failed is not None and failed[0] == self.taken and self._load < EASIER * failed[1]):
            history.given_back_ns = history.failed_at = None
            history.patience_ns = FIRST_PATIENCE_NS

    def _may_leave(self, step: QualityStep) -> bool:
        taken = self.taken
        return step.id in self._auto and not any(one.id in taken for one in behind(self._steps, step)[1:])

    def _has_room_without(self, step: QualityStep) -> bool:
        return self._load / max(1.0 - step.saving, 0.01) <= ROOMY_AT * step.worth_at

    # -- both ----------------------------------------------------------------------------------

    def _give_back(self, step: QualityStep) -> None:
        self._auto.discard(step.id)
        self._taken = None
        self._restart()

    def _history(self, step: QualityStep) -> _History:
        return self._histories.setdefault(step.id, _History())

    def _settle(self) -> None:
        """Bring what is taken in line with the rules and with what is on offer."""
        before = self._resolved, frozenset(self._auto)
        self._resolved = resolved = self._rules.resolve(self._steps)
        self._auto &= {key for key, rule in resolved.items() if rule is QualityRule.AUTO}
        for step in self._steps:  # a step stays taken only with all before it in its group
            if any(
                one.id not in self._auto and resolved[one.id] is not QualityRule.PINNED
                for one in up_to(self._steps, step)
            ):
                self._auto.discard(step.id)
        self._taken = None
        if (resolved, frozenset(self._auto)) != before:
            self._restart()

    def _restart(self) -> None:
        """Look at new chunks alone: those before took another time."""
        self._window.clear()
        self._roomy_since_ns.clear()
        self._settling = SETTLING_CHUNKS
        self._on_trial = None
