"""What a chunk should show, in words."""

from dataclasses import dataclass
from enum import Enum


class MorphStyle(Enum):
    """How a generator mixes the embeddings of several prompts.

    LERP: the weighted sum. SLERP: along the sphere, token by token, so that the length of an embedding stays; a
    generator falls back to LERP where two are nearly parallel. One whose latent is linear (the field) has LERP only.
    """

    LERP = "lerp"
    SLERP = "slerp"


@dataclass(frozen=True, slots=True)
class PromptBlend:
    """Texts with weights that sum to 1; the text that a morph travels to stands last."""

    parts: tuple[tuple[str, float], ...]
    style: MorphStyle = MorphStyle.LERP

    @property
    def text(self) -> str:
        """The blend in one line, for people."""
        return " + ".join(text for text, _ in self.parts)
