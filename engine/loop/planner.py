"""Moves the plan of a show: by what a performer chooses, and by what a generator raises.

Knows which generator stands behind each name of the plan, and whether it can be built. Knows no ports and no thread:
instants are passed in, and what the performer is told is returned.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import EngineError, GeneratorError, NotEnoughMemoryError, NotReadyError
from engine.generators.base import GeneratorSpec
from engine.generators.registry import DEFAULT_GENERATOR, GeneratorEntry
from engine.loop.device_fault import REMEDY, loses_device
from engine.loop.fallback import is_compatible
from engine.loop.fault_words import describe_keeping, describe_reaction, sentence_of
from engine.loop.plan import (
    Fault,
    Plan,
    Reaction,
    extend_rest,
    keep,
    mark_started,
    next_plan,
    reformat,
    resume,
    retry,
    select,
)
from engine.loop.trial_build import try_build
from engine.messages.picture_format import PictureFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What was decided after a fault.

    Attributes:
        failed: the generator that raised it.
        sentence: what it raised.
        text: the fault and the reaction, for the performer.
    """

    reaction: Reaction
    failed: str
    sentence: str
    text: str


class Planner:
    """Owns the plan. Moved on the engine thread only; the plan is frozen and may be read from any.

    Args:
        shown: the generator whose parameters and scenes the show is played on.
        find: a generator by name, to take the place of one that fails.
        picture_format: what the show begins in.
    """

    def __init__(
        self, shown: GeneratorEntry, find: Callable[[str], GeneratorEntry], picture_format: PictureFormat
    ) -> None:
        self._shown = shown
        self._find = find
        name = shown.describe().name
        self._plan = Plan(shown=name, playing=name, format=picture_format)

    @property
    def plan(self) -> Plan:
        """Return the plan as it stands."""
        return self._plan

    @property
    def why(self) -> str:
        """Return why another generator plays in place of the show's, in a sentence; "" where none does."""
        return f"In place of {self._plan.shown}: {self._plan.why}" if self._plan.why else ""

    def entry(self, name: str) -> GeneratorEntry:
        """Return a generator by name.

        Raises:
            GeneratorError: there is none of that name.
        """
        return self._shown if name == self._plan.shown else self._find(name)

    def plays_the_show(self, spec: GeneratorSpec) -> bool:
        """Return whether a generator has the show's parameters and scenes."""
        return is_compatible(spec, self._shown.describe())

    def note_started(self) -> None:
        """Note that what plays has started: it no longer gives way to the one before."""
        self._plan = mark_started(self._plan)

    def resume(self, now_ns: int) -> None:
        """Try again what was to play, if nothing does and its pause has passed."""
        self._plan = resume(self._plan, now_ns)

    def choose(self, name: str) -> str:
        """Change to another generator at the next boundary, if the show can be played on it, or keep what plays.

        Returns:
            What became of it, for the performer, where that is no change; else "".

        Raises:
            GeneratorError: it cannot.
        """
        plan = self._plan
        if name == plan.playing and not plan.idle:
            self._plan = keep(plan)
            return describe_keeping(plan) if self._plan is not plan else ""
        entry = self.entry(name)
        if name != plan.playing and not self.plays_the_show(entry.describe()):
            raise GeneratorError(
                "This generator has other knobs and scenes than the show is played on",
                where=name,
                remedy=f"Start Hardcut with --generator {name}.",
            )
        try_build(entry, plan.format)  # says what is missing while the one before still plays
        self._plan = select(plan, name)
        return ""

    def choose_format(self, picture_format: PictureFormat) -> None:
        """Start the generator again in another format at the next boundary.

        Raises:
            GeneratorError: it makes no pictures of that format.
        """
        plan = self._plan
        if picture_format is not plan.format:
            try_build(self.entry(plan.playing), picture_format)
            self._plan = reformat(plan, picture_format)

    def try_again(self, now_ns: int, *, urgent: bool) -> str:
        """Retry the generator that has failed, if there is one and it can be built at all.

        Returns:
            Why it cannot be tried yet, for the performer; "" if nothing is in its way.
        """
        plan = retry(self._plan, now_ns, urgent=urgent)
        if plan is self._plan or plan.former is None:
            self._plan = plan
            return ""
        try:
            try_build(self.entry(plan.playing), plan.format)
        except EngineError as error:
            self._plan = extend_rest(self._plan, now_ns)
            return f"The generator {plan.playing} cannot be tried again yet. {error}"
        self._plan = plan
        return ""

    def recover(self, error: BaseException, now_ns: int) -> Recovery:
        """Decide what plays after a fault of what played."""
        failed = self._plan.playing
        smaller = error.instead if isinstance(error, NotEnoughMemoryError) else ()
        no_room = isinstance(error, NotEnoughMemoryError)
        unready = isinstance(error, NotReadyError)
        lost = loses_device(error)
        sentence = f"{sentence_of(error)} {REMEDY}" if lost else sentence_of(error)
        fault = Fault(at_ns=now_ns, sentence=sentence, no_room=no_room, unready=unready, for_good=lost, smaller=smaller)
        self._plan, reaction = next_plan(self._plan, fault, DEFAULT_GENERATOR)
        text = describe_reaction(self._plan, reaction, fault, failed, self._has_other_knobs())
        return Recovery(reaction=reaction, failed=failed, sentence=sentence, text=text)

    def _has_other_knobs(self) -> bool:
        """Return whether what plays has other knobs than the show; False if it cannot be found."""
        try:
            return not self.plays_the_show(self.entry(self._plan.playing).describe())
        except EngineError:
            return False
