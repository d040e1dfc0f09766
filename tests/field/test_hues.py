"""Colours on their way from one prompt to another stay as rich as the ends."""

import hypothesis
import numpy as np
from hypothesis import strategies as st

from engine.generators.base import PromptBlend
from engine.generators.field import PARAMETERS
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.hues import mixed
from engine.generators.field.look import blend, look_of
from engine.messages.scenes import load_library
from tests.field.runs import Film, run

LIBRARY = load_library("field", PARAMETERS)
PROMPTS = sorted({scene.prompt for scene in LIBRARY.values()})
prompts = st.sampled_from(PROMPTS)
shares = st.floats(0.0, 1.0)


def chroma(ramp: np.ndarray) -> float:
    return float(np.hypot(ramp[:, 1], ramp[:, 2]).mean())


@hypothesis.given(one=prompts, other=prompts, share=shares)
def test_chroma_never_falls_below_what_the_ends_suggest(one: str, other: str, share: float) -> None:
    a, b = look_of(one).ramp, look_of(other).ramp
    found = chroma(blend(PromptBlend(((one, 1.0 - share), (other, share)))).ramp)
    assert found > 0.75 * ((1.0 - share) * chroma(a) + share * chroma(b))


@hypothesis.given(one=prompts, other=prompts, share=st.floats(0.0, 0.999))
def test_a_morph_is_continuous_in_its_share_and_along_the_ring(one: str, other: str, share: float) -> None:
    a, b = look_of(one).ramp, look_of(other).ramp
    here, there = mixed(a, b, share), mixed(a, b, share + 1e-3)
    assert np.abs(there - here).max() < 6e-3
    widest = max(np.abs(np.diff(ramp, axis=0)).max() for ramp in (a, b))
    assert np.abs(np.diff(here, axis=0)).max() < 6.0 * widest
    np.testing.assert_allclose(mixed(a, b, 0.0), a, atol=1e-5)
    np.testing.assert_allclose(mixed(a, b, 1.0), b, atol=1e-5)
    np.testing.assert_allclose(mixed(a, b, share), mixed(b, a, 1.0 - share), atol=1e-4)


def _richness(image: np.ndarray) -> float:
    """Mean difference of a pixel's highest and lowest channel."""
    rgb = image[..., :3].astype(np.float32)
    return float((rgb.max(axis=2) - rgb.min(axis=2)).mean())


def test_gold_to_reef_does_not_pass_through_mud(field: FieldGenerator, film: Film) -> None:
    ends = [LIBRARY[name] for name in ("Molten Gold", "Deep Reef")]
    values = ends[0].values(PARAMETERS)
    found = []
    for share in (0.0, 0.5, 1.0):
        prompt = PromptBlend(((ends[0].prompt, 1.0 - share), (ends[1].prompt, share)))
        requests = [film.request(chunk, values, prompt) for chunk in range(4)]
        found.append(_richness(run(field, requests)[-1]))
    assert found[1] > 0.75 * min(found[0], found[2])
