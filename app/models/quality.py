"""How simplified the picture is, in words for the chip, the strip and the menu."""

from typing import Final

from engine.messages.quality import QualityChanged, QualityRule, StepState

NEXT_RULE: Final = {
    QualityRule.AUTO: QualityRule.PINNED,
    QualityRule.PINNED: QualityRule.FORBIDDEN,
    QualityRule.FORBIDDEN: QualityRule.AUTO,
}
"""What a press on a step's line makes of its rule."""


def remark(quality: QualityChanged | None) -> str:
    """A few words for the generator's chip; "" at full quality."""
    taken = len(quality.taken) if quality is not None else 0
    return f"SIMPLER {taken}/{len(quality.steps)}" if taken and quality is not None else ""


def is_forced(quality: QualityChanged | None) -> bool:
    """Whether the machine is why the picture is simplified, and not the performer alone."""
    return quality is not None and any(one.rule is QualityRule.AUTO for one in quality.taken)


def why(quality: QualityChanged | None) -> str:
    """The sentence for the strip while the machine is why; "" else."""
    return f"{quality.sentence()}." if quality is not None and is_forced(quality) else ""


def state(step: StepState) -> str:
    """How a step stands, in a word or two."""
    match step.rule:
        case QualityRule.PINNED:
            return "ALWAYS" if step.taken else "ALWAYS, NOT YET"
        case QualityRule.FORBIDDEN:
            return "NEVER"
        case QualityRule.AUTO:
            return "TAKEN" if step.taken else "IF NEEDED"


def is_automatic(quality: QualityChanged) -> bool:
    """Whether no step is ruled over."""
    return all(one.rule is QualityRule.AUTO for one in quality.steps)


def is_full(quality: QualityChanged) -> bool:
    """Whether every step is forbidden."""
    return all(one.rule is QualityRule.FORBIDDEN for one in quality.steps)
