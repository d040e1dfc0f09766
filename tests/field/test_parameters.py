"""Every parameter is seen over its whole range, and no knob makes a step."""

from dataclasses import replace

import numpy as np
import pytest

from engine.generators.field import PARAMETERS
from engine.generators.field.generator import FieldGenerator
from tests.field.runs import Film, distance, run

CHUNKS = 8

# Parameters that shape what another one carries need that one turned up to be seen.
COMPANIONS: dict[str, dict[str, float]] = {
    "field.flow": {"field.feedback": 0.9},
    "field.zoom": {"field.feedback": 0.9},
    "field.depth": {"field.warp": 0.6},
}


@pytest.mark.parametrize("parameter", list(PARAMETERS))
def test_parameter_is_visible_over_its_range(field: FieldGenerator, film: Film, parameter: str) -> None:
    spec = PARAMETERS[parameter]
    middle = (spec.minimum + spec.maximum) / 2
    if parameter == "field.hue":
        points = [-120.0, 0.0, 120.0]  # both ends of the circle are the same hue
    elif parameter == "field.symmetry":
        points = [0.0, 3.0, 12.0]
    else:
        points = [spec.minimum, middle, spec.maximum]
    quiet = {"field.grain": 0.0, **COMPANIONS.get(parameter, {})}
    last = [
        run(field, [film.request(chunk, {**quiet, parameter: value}) for chunk in range(CHUNKS)])[-1]
        for value in points
    ]
    # Outlines cover a small part of the picture.
    seen = 0.6 if parameter == "field.edges" else 1.0
    assert distance(last[0], last[1]) > seen
    assert distance(last[1], last[2]) > seen


@pytest.mark.parametrize("parameter", ["field.scale", "field.hue", "field.symmetry", "field.contrast", "field.warp"])
def test_a_knob_turned_glides_within_the_chunk(field: FieldGenerator, film: Film, parameter: str) -> None:
    """The two frames after a change lie half-way and at the new value, not both at the new value."""
    spec = PARAMETERS[parameter]
    still = {"field.speed": 0.0, "field.grain": 0.0, "field.feedback": 0.0}
    low = {**still, parameter: spec.default}
    high = {**still, parameter: min(spec.default + 0.04 * (spec.maximum - spec.minimum), spec.maximum)}
    one = film.request(0)
    same = replace(one, frames=(one.frames[0], one.frames[0]), control=None)
    images = run(field, [replace(same, values={**same.values, **values}) for values in (low, low, high, high)])
    before, halfway, arrived, later = images[3], images[4], images[5], images[7]
    whole = distance(before, arrived)
    assert whole > 0.1
    assert 0.15 * whole < distance(before, halfway) < 0.95 * whole
    assert distance(arrived, later) < 0.3 * whole


def test_energy_zero_is_even(field: FieldGenerator, film: Film) -> None:
    """Without energy, structure and depth the field is one calm light (apart from the vignette)."""
    calm = dict.fromkeys(("field.energy", "field.structure", "field.depth", "field.edges", "field.grain"), 0.0)
    calm |= {"field.feedback": 0.0, "field.glow": 0.0}
    image = run(field, [film.request(chunk, calm) for chunk in range(3)])[-1]
    centre = image[100:348, 100:348, :3].astype(np.float32)
    assert centre.std(axis=(0, 1)).max() < 8.0
