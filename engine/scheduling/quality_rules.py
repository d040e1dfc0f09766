"""What a performer says of the steps of quality, resolved for the steps on offer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine.errors import EngineError
from engine.messages.quality import FULL, QualityRule, QualityStep

_AUTO: Final = QualityRule.AUTO


@dataclass(frozen=True, slots=True)
class QualityRules:
    """The rules of a performer; they outlive a generator and the steps that it offers.

    Attributes:
        held: the first so many steps on offer are pinned and all others forbidden; None: all are automatic.
        single: rules given since, by step.
    """

    held: int | None = None
    single: Mapping[str, QualityRule] = field(default_factory=dict)

    def hold(self, steps: int | None) -> "QualityRules":
        """Hold so many steps, in place of every rule so far.

        Raises:
            EngineError: the number is negative.
        """
        if steps is not None and steps < FULL:
            raise EngineError(f"{steps} steps of quality cannot be held", remedy="Name 0 for full quality, or more.")
        return QualityRules(steps)

    def with_rule(self, steps: Sequence[QualityStep], step: str, rule: QualityRule) -> "QualityRules":
        """Rule over one step on offer; the steps of its group that the rule contradicts are automatic again.

        Raises:
            EngineError: there is no such step.
        """
        here = next((one for one in steps if one.id == step), None)
        if here is None:
            known = ", ".join(one.id for one in steps) or "none"
            raise EngineError(f"There is no step of quality {step!r}", remedy=f"Known here are: {known}.")
        single = {**self.single, step: rule}
        before = True
        for other in _group_of(steps, here):
            if other is here:
                before = False
                continue
            contradicts = QualityRule.FORBIDDEN if before else QualityRule.PINNED
            opposed = rule is (QualityRule.PINNED if before else QualityRule.FORBIDDEN)
            if opposed and self.rule(steps, other) is contradicts:
                single[other.id] = _AUTO
        return replace(self, single=single)

    def rule(self, steps: Sequence[QualityStep], step: QualityStep) -> QualityRule:
        """The rule over one step as it was given."""
        if step.id in self.single or self.held is None:
            return self.single.get(step.id, _AUTO)
        place = next(place for place, one in enumerate(steps) if one.id == step.id)
        return QualityRule.PINNED if place < self.held else QualityRule.FORBIDDEN

    def resolve(self, steps: Sequence[QualityStep]) -> dict[str, QualityRule]:
        """The rule that holds for each step on offer.

        A pinned step pins those before it in its group, a forbidden one forbids those behind it and comes first.
        """
        given = {step.id: self.rule(steps, step) for step in steps}
        barred = {one.id for step in steps if given[step.id] is QualityRule.FORBIDDEN for one in behind(steps, step)}
        pinned = {
            one.id
            for step in steps
            if given[step.id] is QualityRule.PINNED and step.id not in barred
            for one in up_to(steps, step)
        }
        return {
            step.id: QualityRule.FORBIDDEN if step.id in barred else QualityRule.PINNED if step.id in pinned else _AUTO
            for step in steps
        }


def up_to(steps: Sequence[QualityStep], step: QualityStep) -> list[QualityStep]:
    """The step and those before it in its group."""
    group = _group_of(steps, step)
    return group[: group.index(step) + 1]


def behind(steps: Sequence[QualityStep], step: QualityStep) -> list[QualityStep]:
    """The step and those behind it in its group."""
    group = _group_of(steps, step)
    return group[group.index(step) :]


def _group_of(steps: Sequence[QualityStep], step: QualityStep) -> list[QualityStep]:
    """The steps of the same group in their order; the step alone where it has none."""
    return [one for one in steps if one.group == step.group] if step.group else [step]
