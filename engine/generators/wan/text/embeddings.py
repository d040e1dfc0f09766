"""Prompts between prompts: mixing what the text encoder made of several texts."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import ModelDims

_STRAIGHT: Final = 1e-3
"""Sine of the angle below which two tokens count as parallel: the arc is then a straight line to float32."""


class Interpolation(Enum):
    """The way from one prompt to another."""

    LERP = "straight"
    SLERP = "along the arc, token by token"


def blend_embeddings(parts: Sequence[tuple[Tensor, float]], method: Interpolation = Interpolation.LERP) -> Tensor:
    """Mix prompts by weight.

    Straight lines are the mean of all parts. Arcs keep a token's length on the way, where a mean of unlike
    tokens shrinks it; with more than two parts they are walked one after the other, in the order given. Padding
    (all zeros) and tokens that point the same or opposite ways are mixed straight.

    Args:
        parts: embeddings [1, T, C] with weights of at least 0 that are not all 0; any scale.

    Returns:
        A new tensor [1, T, C] in the dtype of the first part.

    Raises:
        ValueError: there is nothing to mix, or a weight is negative.
    """
    total = sum(weight for _, weight in parts)
    if not total > 0.0 or any(weight < 0.0 for _, weight in parts):
        raise ValueError("prompts need weights of at least 0 that are not all 0")
    mixed: Tensor | None = None
    walked = 0.0
    for embedding, weight in parts:
        if weight == 0.0:
            continue
        walked += weight
        if mixed is None:
            mixed = embedding.float().clone()
        elif method is Interpolation.SLERP:
            mixed = _slerp(mixed, embedding.float(), weight / walked)
        else:
            mixed = torch.lerp(mixed, embedding.float(), weight / walked)
    assert mixed is not None
    return mixed.to(parts[0][0].dtype)


def _slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Per token: along the arc between the directions, lengths interpolated straight (Shoemake 1985)."""
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    tiny = torch.finfo(torch.float32).tiny
    unit_a, unit_b = a / length_a.clamp_min(tiny), b / length_b.clamp_min(tiny)
    cosine = (unit_a * unit_b).sum(dim=-1, keepdim=True).clamp(-1.0, 1.0)
    angle = torch.acos(cosine)
    sine = torch.sin(angle)
    direction = torch.sin((1.0 - t) * angle) * unit_a + torch.sin(t * angle) * unit_b
    arc = direction / sine.clamp_min(_STRAIGHT) * torch.lerp(length_a, length_b, t)
    straight = (sine < _STRAIGHT) | (length_a == 0.0) | (length_b == 0.0)
    return torch.where(straight, torch.lerp(a, b, t), arc)


def check_embedding(embeddings: Tensor, dims: ModelDims) -> None:
    """Refuse a prompt's embeddings that would spoil the picture. Reads values: call it where they are made.

    Raises:
        GeneratorError: they are of another model's size, or not finite.
    """
    expected = (1, dims.text_len, dims.text_dim)
    if embeddings.shape != expected:
        raise GeneratorError(
            f"The prompt was encoded as {list(embeddings.shape)}, and this model reads {list(expected)}",
            remedy="Choose the text encoder that belongs to the model.",
        )
    if not bool(torch.isfinite(embeddings).all()):
        raise GeneratorError("The prompt was encoded to values that are no numbers", remedy="Try other words.")
