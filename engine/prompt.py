"""What a chunk should show, in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptBlend:
    """Texts with weights that sum to 1; the text that a morph travels to stands last."""

    parts: tuple[tuple[str, float], ...]
