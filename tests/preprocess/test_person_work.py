"""What a person's matte goes through: compiled loops against OpenCV and numpy."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.preprocess.compiled.library import PERSON
from engine.preprocess.compiled.person import CompiledPerson
from engine.preprocess.maps.matte.plain import PlainPerson
from engine.preprocess.motion import halved, luma_of
from tests.preprocess.pictures import dancer


@pytest.mark.usefixtures("compiled_cues")
@hypothesis.settings(max_examples=20)
@hypothesis.given(st.integers(0, 2**31 - 1), st.integers(4, 40), st.integers(4, 60))
def test_compiled_work_is_the_plain_one(seed: int, height: int, width: int) -> None:
    rng, compiled, plain = np.random.default_rng(seed), CompiledPerson(), PlainPerson()
    luma = rng.integers(0, 256, (height, width), dtype=np.uint8)
    fine = rng.integers(0, 256, (2 * height, 2 * width), dtype=np.uint8)
    known = rng.random((height, width), dtype=np.float32)
    refined = plain.refined(known, luma, fine)
    np.testing.assert_allclose(compiled.refined(known, luma, fine), refined, atol=PERSON)
    depth = rng.random(refined.shape, dtype=np.float32)
    feet, presence = rng.random(2).tolist()
    stands = compiled.standing(depth, refined, feet, presence)
    np.testing.assert_allclose(stands, plain.standing(depth, refined, feet, presence), atol=1e-5)
    mean, lowest = compiled.footing(refined)
    assert (mean, lowest) == (pytest.approx(plain.footing(refined)[0], abs=1e-5), plain.footing(refined)[1])


@pytest.mark.usefixtures("compiled_cues")
def test_the_feet_are_the_lowest_row_of_the_person() -> None:
    matte = np.zeros((40, 60), np.float32)
    assert CompiledPerson().footing(matte) == (0.0, -1)
    matte[5:31, 20:30] = 1.0
    assert CompiledPerson().footing(matte)[1] == 30
    image, mask = dancer(3)
    fine, luma = halved(luma_of(image))
    found = CompiledPerson().refined(np.ascontiguousarray(mask[::4, ::4], np.float32), luma, fine)
    assert ((found > 0.5) == mask[::2, ::2]).mean() > 0.98
