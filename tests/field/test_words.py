"""The lexicon: large enough, each word seen, unknown words stable, morphs smooth."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.generators.base import PromptBlend
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.lexicon import LEXICON, Kind
from engine.generators.field.look import blend, find_word, look_of
from engine.generators.field.traits import HIGHEST, LOWEST
from tests.field.runs import Film, distance, run


def test_lexicon_is_large_and_covers_every_kind() -> None:
    assert len(LEXICON) >= 150
    for kind in Kind:
        assert sum(word.kind is kind for word in LEXICON.values()) >= 25


@pytest.mark.parametrize(
    ("token", "entry"),
    [("golden", "gold"), ("waves", "wave"), ("smoky", "smoke"), ("dripping", "drip"), ("bubbles", "bubble")],
)
def test_common_endings_are_understood(token: str, entry: str) -> None:
    assert find_word(token) is LEXICON[entry]


def test_case_and_punctuation_do_not_matter() -> None:
    one, other = look_of("Gold, smoke; STORM!"), look_of("gold smoke storm")
    np.testing.assert_array_equal(one.traits, other.traits)
    np.testing.assert_array_equal(one.ramp, other.ramp)
    np.testing.assert_array_equal(one.latent, other.latent)


def test_each_word_means_something_of_its_own() -> None:
    """No two words are the same word, and none does nothing (spellings of one word excepted)."""
    seen: dict[bytes, str] = {}
    for text in LEXICON:
        if text == "gray":
            continue
        look = look_of(text)
        neutral = look_of("xyzzy")
        assert not (np.array_equal(look.traits, neutral.traits) and np.array_equal(look.ramp, neutral.ramp)), text
        key = look.traits.tobytes() + (b"" if not LEXICON[text].palette else look.ramp.tobytes())
        assert key not in seen, f"{text} does the same as {seen.get(key)}"
        seen[key] = text


def test_each_word_changes_the_picture(field: FieldGenerator, film: Film) -> None:
    """In the middle of a sentence, every word of the lexicon is seen at once."""
    quiet = {"field.grain": 0.0}
    base = run(field, [film.request(0, quiet, "xyzzy")])[-1]
    for text in LEXICON:
        image = run(field, [film.request(0, quiet, f"xyzzy {text}")])[-1]
        assert distance(base, image) > 2.0, text


def test_unknown_words_seed_the_same_on_every_machine() -> None:
    """Frozen numbers: a change here changes every prompt that anyone has ever saved."""
    latent = look_of("qwertz").latent
    np.testing.assert_allclose(latent[:4], EXPECTED_QWERTZ, atol=1e-5)
    assert np.abs(latent - look_of("qwerty").latent).max() > 0.5


EXPECTED_QWERTZ = [-0.4657695, -0.65470546, 0.7684839, 0.23515794]


@given(st.text(max_size=80))
def test_any_text_is_a_look(text: str) -> None:
    look = look_of(text)
    assert np.isfinite(look.ramp).all()
    assert np.isfinite(look.latent).all()
    assert (look.traits >= LOWEST).all()
    assert (look.traits <= HIGHEST).all()


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.01))
def test_blend_is_continuous_in_its_weights(weight: float, step: float) -> None:
    def at(share: float) -> np.ndarray:
        look = blend(PromptBlend((("gold smoke storm", 1.0 - share), ("frozen neon grid", share))))
        return np.concatenate((look.traits, look.ramp.ravel(), look.latent))

    assert np.abs(at(weight) - at(min(weight + step, 1.0))).max() <= 20.0 * step + 1e-5


def test_a_morph_has_no_step(field: FieldGenerator, film: Film) -> None:
    """Along a morph of 12 chunks between unlike prompts no frame jumps: none differs from its
    neighbour by much more than the mean step."""
    still = {"field.speed": 0.0, "field.grain": 0.0, "field.feedback": 0.0}
    chunks = 12
    field.reset()
    images = []
    for chunk in range(chunks + 1):
        share = chunk / chunks
        mixture = PromptBlend((("crimson velvet fog", 1.0 - share), ("cyan crystal grid", share)))
        images += run_on(field, film, still, mixture)
    steps = [distance(one, other) for one, other in itertools.pairwise(images)]
    assert max(steps) < 2.5 * float(np.mean(steps))
    assert max(steps) < 0.6 * distance(images[1], images[-1])


def run_on(field: FieldGenerator, film: Film, values: dict[str, float], prompt: PromptBlend) -> list[np.ndarray]:
    """One more chunk on the same two input frames, without a reset."""
    return list(field.generate(film.request(0, values, prompt), lambda: False).images)
