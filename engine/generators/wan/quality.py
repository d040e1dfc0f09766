"""How a Wan model's chunks are made cheaper: fewer of its recipe's denoise steps. Told without torch.

The students were distilled to their recipe's steps and know no others, so those that are left are some of them: always
the first, which begins from noise, and the last, which draws the detail. Every pass is of the same shape, so that what
was recorded at the warm-up is replayed, and the caches do not notice.
"""

from collections.abc import Sequence
from typing import Final

from engine.generators.wan.recipes import ContextKind, Recipe
from engine.messages.quality import QualityStep

LEAST_STEPS: Final = 2
"""A single step from noise draws no detail at all."""

WORTH_AT: Final = 1.25
"""Below 24 of 30 frames a second; before that, frames that play a little longer are the lesser evil."""

_PASSES_SHARE: Final = 0.8
"""Of a chunk's time that is spent in passes of the transformer; the rest codes pictures."""

_GROUP: Final = "wan.steps"


def quality_steps(recipe: Recipe) -> tuple[QualityStep, ...]:
    """The steps of a recipe's models, one denoise step fewer each."""
    every = len(recipe.steps)
    return tuple(
        QualityStep(
            id=_id(left),
            label=f"{left} of {every} denoise steps, less detail",
            saving=_PASSES_SHARE / (left + 1 + _context_passes(recipe)),
            group=_GROUP,
            worth_at=WORTH_AT,
        )
        for left in range(every - 1, LEAST_STEPS - 1, -1)
    )


def denoise_steps(recipe: Recipe, taken: Sequence[str]) -> tuple[int, ...]:
    """The recipe's denoise steps that are left with these steps of quality; those of others are left alone."""
    every = len(recipe.steps)
    left = min((count for count in range(LEAST_STEPS, every) if _id(count) in taken), default=every)
    if left == every:
        return recipe.steps
    return tuple(recipe.steps[round(place * (every - 1) / (left - 1))] for place in range(left))


def _id(left: int) -> str:
    return f"wan.steps.{left}"


def _context_passes(recipe: Recipe) -> int:
    """Passes beside the denoise steps, once the window is full."""
    match recipe.context:
        case ContextKind.CLEAN_PASS:
            return 1
        case ContextKind.RECOMPUTE:
            return recipe.past_frames // recipe.block_frames
        case ContextKind.LAST_PASS:
            return 0
