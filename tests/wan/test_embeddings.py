"""Mixing prompts."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.generators.wan.text.embeddings import Interpolation, blend_embeddings
from tests.wan.models import noise

BOTH = pytest.mark.parametrize("method", Interpolation)


def tokens(seed: int) -> torch.Tensor:
    embedding = noise(1, 6, 32, seed=seed)
    embedding[:, 4:] = 0.0
    return embedding


@BOTH
def test_the_ends_are_the_prompts_themselves(method: Interpolation) -> None:
    a, b = tokens(1), tokens(2)
    assert torch.equal(blend_embeddings([(a, 1.0), (b, 0.0)], method), a)
    assert torch.equal(blend_embeddings([(a, 0.0), (b, 3.0)], method), b)
    assert torch.allclose(blend_embeddings([(a, 1.0), (a, 1.0)], method), a, atol=1e-6)


def test_an_arc_keeps_the_length_where_a_line_shrinks_it() -> None:
    a, b = tokens(1)[:, :4], tokens(2)[:, :4]
    a, b = a / a.norm(dim=-1, keepdim=True), b / b.norm(dim=-1, keepdim=True)
    line, arc = (blend_embeddings([(a, 1.0), (b, 1.0)], method) for method in Interpolation)
    assert torch.allclose(line, (a + b) / 2, atol=1e-6)
    assert torch.allclose(arc.norm(dim=-1), torch.ones(1, 4), atol=1e-5)
    assert bool((line.norm(dim=-1) < 0.95).all())
    assert torch.allclose(arc / arc.norm(dim=-1, keepdim=True), line / line.norm(dim=-1, keepdim=True), atol=1e-5)


@BOTH
def test_opposite_and_empty_tokens_stay_finite(method: Interpolation) -> None:
    a = tokens(1)
    for b in (-a, torch.zeros_like(a), a.clone(), a * 1e-30):
        for weight in (0.25, 0.5, 0.75):
            mixed = blend_embeddings([(a, 1.0 - weight), (b, weight)], method)
            assert bool(mixed.isfinite().all())
            assert torch.equal(mixed[:, 4:], torch.zeros(1, 2, 32))


@given(weights=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=4).filter(lambda weights: sum(weights) > 0.01))
def test_weights_mean_their_share(weights: list[float]) -> None:
    parts = [(tokens(index), weight) for index, weight in enumerate(weights)]
    expected = sum(part * weight for part, weight in parts) / sum(weights)
    assert isinstance(expected, torch.Tensor)
    assert torch.allclose(blend_embeddings(parts), expected, atol=1e-4)
    assert torch.allclose(
        blend_embeddings(parts, Interpolation.SLERP),
        blend_embeddings([(part, 2.0 * weight) for part, weight in parts], Interpolation.SLERP),
        atol=1e-5,
    )


@BOTH
def test_nothing_to_mix_is_refused(method: Interpolation) -> None:
    for parts in ([], [(tokens(1), 0.0)], [(tokens(1), -1.0), (tokens(2), 2.0)], [(tokens(1), float("nan"))]):
        with pytest.raises(ValueError, match="weights"):
            blend_embeddings(parts, method)


def test_the_dtype_is_kept() -> None:
    assert blend_embeddings([(tokens(1).bfloat16(), 1.0), (tokens(2).bfloat16(), 1.0)]).dtype is torch.bfloat16
