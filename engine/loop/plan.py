"""Decide which generator plays, in whose place, and after a fault. Pure: no clock, no thread, no generator."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.picture_format import PictureFormat

FAULTS_FORGIVEN: Final = 3
FAULT_MEMORY_NS: Final = 20 * NS_PER_SECOND
"""A generator that fails more often than this in this time will not recover by itself."""

STARTS_FORGIVEN: Final = 1
"""One that fails before it is ready, more often than this in a row, is not tried again by itself, however long each
start took: a large model needs a minute to find out that a file of it is damaged, and nothing plays meanwhile."""

SHORTEST_REST_NS: Final = 20 * NS_PER_SECOND
LONGEST_REST_NS: Final = 320 * NS_PER_SECOND
"""How long a pad leaves a generator alone that has failed: twice as long after each further time."""

SHORTEST_PAUSE_NS: Final = NS_PER_SECOND // 40
LONGEST_PAUSE_NS: Final = 60 * NS_PER_SECOND
"""Before something is built again: nothing after a first fault, which may be a slip; this after a second in a row, and
twice as long after each further one. So several faults are over before a still picture is an emergency, and what goes
on failing is tried ever more seldom. Pauses count what comes in a row, with hardly a picture between, and not what
failed earlier: a picture that had played until now has not stood yet."""

CALM_NS: Final = 2 * NS_PER_SECOND
"""What has played for longer than this after a pause, and for twice as long as that, pauses briefly again; what fails
sooner pauses for longer, and gives way at once where nothing was left to play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which generator plays, and why.

    Attributes:
        shown: the generator whose parameters and scenes the show is played on.
        playing: the one that is built, warmed up and run; format: of its pictures.
        former: what played before, until the one that was chosen has started.
        why: the fault for which another plays in the place of `shown`; "" where none does.
        waits: the generator that a pad may try again: it failed too often. "" where there is none.
        rest_ns, rest_until_ns: how long a pad leaves it alone, and until when.
        unfit: generators that are not to take another's place.
        smaller: generators that need less memory than the one there was no room for, the best first.
        faults: instants of the latest faults, the oldest first.
        failed_starts: how often in a row what plays has failed before it was ready; ready: it has been, since it was
            built last.
        idle: nothing plays; the last picture stays on air, and after the pause something is tried again.
        rested: in one of the pauses in a row nothing was left to play.
        pauses: how many pauses came in a row; pause_ns, pause_until_ns: how long the last is, and until when.
    """

    shown: str
    playing: str
    format: PictureFormat = PictureFormat.SQUARE
    former: "Plan | None" = None
    why: str = ""
    waits: str = ""
    rest_ns: int = 0
    rest_until_ns: int = 0
    unfit: frozenset[str] = frozenset()
    smaller: tuple[str, ...] = ()
    faults: tuple[int, ...] = ()
    failed_starts: int = 0
    ready: bool = False
    idle: bool = False
    rested: bool = False
    pauses: int = 0
    pause_ns: int = 0
    pause_until_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A generator has failed.

    Attributes:
        sentence: describes it, for the performer.
        no_room: for want of memory; smaller: generators that need less, the best first.
        for_good: it cannot play in this process any more: what it plays on is lost.
        unready: for want of something that trying again does not bring.
    """

    at_ns: int
    sentence: str
    no_room: bool = False
    for_good: bool = False
    unready: bool = False
    smaller: tuple[str, ...] = ()


class Reaction(Enum):
    """Reaction to a fault."""

    BACK = "the one before is started again"
    AGAIN = "the same is started again"
    INSTEAD = "another takes its place"
    IDLE = "nothing plays until somebody asks"


def select(plan: Plan, name: str) -> Plan:
    """Return the plan after the performer chose a generator: earlier failures count no more."""
    return Plan(shown=plan.shown, playing=name, format=plan.format, former=None if plan.idle else plan)


def keep(plan: Plan) -> Plan:
    """Return the plan after the performer chose what plays now: in nobody's place, and nothing else is tried again."""
    if not (plan.why or plan.waits):
        return plan
    return Plan(shown=plan.shown, playing=plan.playing, format=plan.format, former=plan.former, faults=plan.faults)


def reformat(plan: Plan, picture_format: PictureFormat) -> Plan:
    """Return the plan after the performer chose a format: the same is started again in it."""
    former = None if plan.idle else plan
    return replace(plan, format=picture_format, former=former, idle=False, faults=(), failed_starts=0, ready=False)


def mark_started(plan: Plan) -> Plan:
    """Return the plan once the generator is ready."""
    return replace(plan, former=None, idle=False, failed_starts=0, ready=True)


def retry(plan: Plan, now_ns: int, *, urgent: bool) -> Plan:
    """Return the plan after a pad or Panic (urgent): a failed generator is tried again, unless it still rests."""
    if plan.idle:
        return _awake(plan)
    if not plan.waits or (not urgent and now_ns < plan.rest_until_ns):
        return plan
    return Plan(shown=plan.shown, playing=plan.waits, format=plan.format, former=plan, rest_ns=plan.rest_ns)


def resume(plan: Plan, now_ns: int) -> Plan:
    """Return the plan where nothing plays and nobody asks: after its pause what was to play is tried again."""
    return _awake(plan) if plan.idle and now_ns >= plan.pause_until_ns else plan


def _awake(plan: Plan) -> Plan:
    playing = plan.waits or plan.playing
    return replace(plan, playing=playing, waits="", why="", unfit=frozenset(), idle=False, failed_starts=0, ready=False)


def extend_rest(plan: Plan, at_ns: int) -> Plan:
    """Return the plan after the waiting generator has failed once more: it rests for longer."""
    if not plan.waits:
        return plan
    rest_ns = min(max(SHORTEST_REST_NS, 2 * plan.rest_ns), LONGEST_REST_NS)
    return replace(plan, rest_ns=rest_ns, rest_until_ns=at_ns + rest_ns)


def next_plan(plan: Plan, fault: Fault, built_in: str) -> tuple[Plan, Reaction]:
    """Return the plan after a fault, and what changed.

    Args:
        built_in: the generator that needs no files and little memory; the last that can take another's place.
    """
    if plan.former is not None:
        return extend_rest(plan.former, fault.at_ns), Reaction.BACK
    if not _fails_soon_again(plan, fault.at_ns):
        plan = replace(plan, rested=False, pauses=0)
    if fault.no_room or (fault.for_good and plan.playing != built_in):  # the built-in one plays without a GPU too
        return _instead(replace(plan, smaller=fault.smaller), fault, built_in)
    if fault.unready and plan.playing != built_in:
        return _instead(extend_rest(replace(plan, waits=plan.waits or plan.playing), fault.at_ns), fault, built_in)
    faults = tuple(at_ns for at_ns in (*plan.faults, fault.at_ns) if fault.at_ns - at_ns < FAULT_MEMORY_NS)
    failed_starts = 0 if plan.ready else plan.failed_starts + 1
    starts = failed_starts <= STARTS_FORGIVEN
    if starts and len(faults) <= FAULTS_FORGIVEN and not plan.rested:
        plan = replace(plan, faults=faults, failed_starts=failed_starts, ready=False)
        return _pause(plan, fault.at_ns), Reaction.AGAIN
    waits = plan.waits or ("" if plan.why else plan.playing)  # one for which there was no room is not tried by a pad
    return _instead(extend_rest(replace(plan, waits=waits), fault.at_ns), fault, built_in)


def _fails_soon_again(plan: Plan, at_ns: int) -> bool:
    """Return whether a fault comes soon after a pause."""
    return plan.pauses > 0 and at_ns - plan.pause_until_ns <= max(CALM_NS, 2 * plan.pause_ns)


def _pause(plan: Plan, at_ns: int) -> Plan:
    """Return the plan with one more pause in a row."""
    doublings = min(plan.pauses - 1, LONGEST_PAUSE_NS.bit_length())
    pause_ns = min(SHORTEST_PAUSE_NS << doublings, LONGEST_PAUSE_NS) if plan.pauses else 0
    return replace(plan, pauses=plan.pauses + 1, pause_ns=pause_ns, pause_until_ns=at_ns + pause_ns)


def _instead(plan: Plan, fault: Fault, built_in: str) -> tuple[Plan, Reaction]:
    unfit = plan.unfit | {plan.playing}
    other = next((one for one in (*plan.smaller, built_in) if one not in unfit), "")
    plan = replace(plan, unfit=unfit, faults=(), failed_starts=0, ready=False)
    if not other:
        return _pause(replace(plan, idle=True, rested=True), fault.at_ns), Reaction.IDLE
    pauses = plan.pauses if plan.rested else 0  # another begins with a slate of its own
    return replace(plan, playing=other, why=fault.sentence, pauses=pauses), Reaction.INSTEAD
