"""Values that travel: parameter glides and prompt morphs, evaluated at chunk boundaries."""

from dataclasses import dataclass

from engine.prompt import PromptBlend

NEGLIGIBLE_WEIGHT = 1e-4
"""Prompt parts below this weight are dropped: far less than one 8-bit step of the picture."""


@dataclass(frozen=True, slots=True)
class Glide:
    """A value on its way, over content time.

    Content time is the length of the video generated so far; it does not depend on how long
    generating took, so a replay glides exactly as the show did.
    """

    origin: float
    target: float
    start_ns: int
    duration_ns: int

    def value_at(self, content_ns: int) -> float:
        """The value at an instant: the origin before the start, exactly the target from the end on."""
        if content_ns >= self.start_ns + self.duration_ns:
            return self.target
        travelled = max(content_ns - self.start_ns, 0) / self.duration_ns
        eased = travelled * travelled * (3.0 - 2.0 * travelled)
        return self.origin + (self.target - self.origin) * eased

    def finished(self, content_ns: int) -> bool:
        """True once value_at is the target for good."""
        return content_ns >= self.start_ns + self.duration_ns


def resting(value: float) -> Glide:
    """A value that stays where it is."""
    return Glide(value, value, 0, 0)


@dataclass(frozen=True, slots=True)
class PromptMorph:
    """A prompt on its way from one blend to another over a number of boundaries.

    The first step is 1/steps, not 0: a step without a change would waste a chunk.

    Attributes:
        origin: the blend that was seen when the morph began.
        target: the text it ends on.
        steps: boundaries it takes, >= 1.
        done: boundaries it has taken.
    """

    origin: PromptBlend
    target: str
    steps: int
    done: int

    @property
    def progress(self) -> float:
        """0 before the first step, exactly 1.0 at the end."""
        return 1.0 if self.done >= self.steps else self.done / self.steps

    def stepped(self) -> "PromptMorph":
        """The morph one boundary later."""
        return PromptMorph(self.origin, self.target, self.steps, min(self.done + 1, self.steps))

    def retargeted(self, text: str, steps: int) -> "PromptMorph":
        """A new morph from what is seen now to another text."""
        return PromptMorph(self.blend(), text, max(steps, 1), 0)

    def blend(self) -> PromptBlend:
        """What is seen now; weights sum to 1 and the target stands last."""
        share = self.progress
        if share >= 1.0:
            return PromptBlend(((self.target, 1.0),))
        weights: dict[str, float] = {}
        for text, weight in self.origin.parts:
            weights[text] = weights.get(text, 0.0) + weight * (1.0 - share)
        arrived = weights.pop(self.target, 0.0) + share
        kept = {text: weight for text, weight in weights.items() if weight > NEGLIGIBLE_WEIGHT}
        total = sum(kept.values()) + arrived
        parts = [(text, weight / total) for text, weight in kept.items()]
        if arrived > 0.0:
            parts.append((self.target, arrived / total))
        return PromptBlend(tuple(parts))


def settled(text: str) -> PromptMorph:
    """A prompt that stays."""
    return PromptMorph(PromptBlend(((text, 1.0),)), text, 1, 1)
