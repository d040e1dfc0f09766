"""Parameter glides, prompt morphs and the dip of a soft cut, evaluated at chunk boundaries."""

import math
from dataclasses import dataclass, replace
from typing import Final

from engine.messages.prompt import PromptBlend
from engine.messages.transitions import Ease

NEGLIGIBLE_WEIGHT: Final = 1e-4
"""Prompt parts below this weight are dropped: far less than one 8-bit step of the picture."""

DIP_FLOOR: Final = 0.2
"""What is left of the bias towards the past at the bottom of a soft cut: enough to keep motion in one piece, little
enough to let go of the old scene's forms."""


@dataclass(frozen=True, slots=True)
class Glide:
    """A value that glides over content time.

    Content time is the length of the video generated so far; it does not depend on how long
    generating took, so a replay glides exactly as the show did.
    """

    origin: float
    target: float
    start_ns: int
    duration_ns: int
    ease: Ease = Ease.SMOOTH

    def value_at(self, content_ns: int) -> float:
        """Return the value at an instant: the origin before the start, exactly the target from the end on."""
        if content_ns >= self.start_ns + self.duration_ns:
            return self.target
        share = self.ease(max(content_ns - self.start_ns, 0) / self.duration_ns)
        return self.origin + (self.target - self.origin) * share

    def finished(self, content_ns: int) -> bool:
        """Return whether value_at stays at the target from this instant on."""
        return content_ns >= self.start_ns + self.duration_ns


def resting(value: float) -> Glide:
    """Return a glide that stays at a value."""
    return Glide(value, value, 0, 0)


@dataclass(frozen=True, slots=True)
class PromptMorph:
    """A morph from one prompt blend to another over a number of boundaries.

    The first step is 1/steps, not 0: a step without a change would waste a chunk.

    Attributes:
        origin: the blend that was seen when the morph began.
        target: the blend it ends on, exactly.
        steps: boundaries it takes, >= 1.
        done: boundaries it has taken.
    """

    origin: PromptBlend
    target: PromptBlend
    steps: int
    done: int

    @property
    def progress(self) -> float:
        """Return the progress: 0.0 before the first step, exactly 1.0 at the end."""
        return 1.0 if self.done >= self.steps else self.done / self.steps

    def stepped(self) -> "PromptMorph":
        """Return the morph one boundary later."""
        return self if self.done >= self.steps else replace(self, done=self.done + 1)

    def retargeted(self, target: PromptBlend, steps: int) -> "PromptMorph":
        """Return a new morph from what is seen now to another blend."""
        return PromptMorph(self.blend(), target, max(steps, 1), 0)

    def blend(self) -> PromptBlend:
        """Return the blend seen now; weights sum to 1 and the target's texts come last."""
        share = self.progress
        if share >= 1.0:
            return self.target
        if share <= 0.0:
            return self.origin
        weights = {text: weight * (1.0 - share) for text, weight in self.origin.parts}
        arriving = {text: weights.pop(text, 0.0) + weight * share for text, weight in self.target.parts}
        kept = {text: weight for text, weight in (weights | arriving).items() if weight > NEGLIGIBLE_WEIGHT}
        total = sum(kept.values())
        return PromptBlend(tuple((text, weight / total) for text, weight in kept.items()), self.target.style)


def settled(blend: PromptBlend) -> PromptMorph:
    """Return a morph that stays at a blend."""
    return PromptMorph(blend, blend, 1, 1)


@dataclass(frozen=True, slots=True)
class PastDip:
    """The bias towards the past during a soft cut: down to DIP_FLOOR half-way, and back to exactly 1 at the end.

    Both halves are a half cosine, so that it neither starts nor turns with a jerk. A soft cut over one boundary has
    no room to dip.

    Attributes:
        start: the bias when the soft cut began; less than 1 if it began in another one's dip.
    """

    start: float
    steps: int
    done: int

    @property
    def bias(self) -> float:
        """Return the current bias, 0..1."""
        if self.done >= self.steps:
            return 1.0
        share = self.done / self.steps
        edge = self.start if share < 0.5 else 1.0
        return DIP_FLOOR + (edge - DIP_FLOOR) * (0.5 + 0.5 * math.cos(2.0 * math.pi * share))

    def stepped(self) -> "PastDip":
        """Return the dip one boundary later."""
        return self if self.done >= self.steps else replace(self, done=self.done + 1)

    def restarted(self, steps: int) -> "PastDip":
        """Return the dip of a soft cut that starts now, from where this one is."""
        return PastDip(self.bias, max(steps, 1), 0)


NO_DIP: Final = PastDip(1.0, 1, 1)
