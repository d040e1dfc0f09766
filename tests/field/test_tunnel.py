"""The tunnel: where its wall is seen, and how it passes; and maps that are newer than a frame."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.generators.field import PARAMETERS
from engine.generators.field.carrying import carry_of
from engine.generators.field.clocks import advanced, started
from engine.generators.field.lattice import Lattice
from engine.generators.field.look import look_of
from engine.generators.field.places import TUNNEL_LENGTH, folded, seen_places
from engine.generators.field.senses import blank_senses, on_lattice, sense
from engine.generators.field.shaping import shape_of
from engine.generators.field.traits import Trait
from engine.generators.field.trunk import Trunk
from engine.messages.frame import ControlMap, InputFrame


@pytest.mark.parametrize("symmetry", [0.0, 1.0, 5.0])
def test_a_tunnel_has_no_seam_and_keeps_angles(symmetry: float) -> None:
    """Between neighbours its wall runs on by no more than it must: an e-fold of the radius is as long as a radian."""
    lattice = Lattice(448, 448)
    x, y = seen_places(lattice, symmetry, 1.0)
    radius = np.hypot(lattice.view_x, lattice.view_y)
    steps = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)), np.hypot(np.diff(x, axis=0), np.diff(y, axis=0))
    apart = lattice.view_x[0, 1] - lattice.view_x[0, 0]
    for step, there in zip(
        steps, (np.minimum(radius[:, 1:], radius[:, :-1]), np.minimum(radius[1:], radius[:-1])), strict=True
    ):
        away = there > 4 * apart
        assert step[away].max() < 1.2 * TUNNEL_LENGTH * apart / there[away].min()
        assert (step[away] * there[away]).max() < 1.3 * TUNNEL_LENGTH * apart
    none = seen_places(lattice, symmetry, 0.0)
    np.testing.assert_array_equal(none, folded(lattice, symmetry))


@hypothesis.given(
    scale=st.floats(0.0, 1.0),
    zoom=st.floats(-1.0, 1.0),
    speed=st.floats(0.0, 4.0),
    radius=st.floats(0.2, 1.2),
    angle=st.floats(0.1, 3.0),
)
def test_a_tunnel_passes_as_fast_as_the_carried_picture(
    scale: float, zoom: float, speed: float, radius: float, angle: float
) -> None:
    """What was seen at a place of the wall is seen, a frame later, where feedback carries that place."""
    look, values = (
        look_of("tunnel"),
        {**PARAMETERS.defaults(), "field.scale": scale, "field.zoom": zoom, "field.speed": speed},
    )
    still = {**values, "field.zoom": -look[Trait.ZOOM]}
    clocks = started(0.0)
    senses = blank_senses(Lattice(64, 64))
    carry = carry_of(values, look, senses, 1.0)
    assert carry is not None
    after, unmoved = (advanced(clocks, each, look, 1.0 / 30.0) for each in (values, still))
    here, there = (shape_of(Trunk(), values, look, senses, each) for each in (unmoved, after))
    around = TUNNEL_LENGTH * angle
    along = [TUNNEL_LENGTH * np.log(r) for r in (radius, radius / (1.0 - carry.zoom))]
    for name in ("first", "second"):
        places = []
        for shape, y in zip((here, there), along, strict=True):
            turn = getattr(shape, name)
            places.append((turn.xx * around + turn.xy * y + turn.x0, turn.yx * around + turn.yy * y + turn.y0))
        apart = np.abs(np.subtract(*places))
        assert np.minimum(apart % 1.0, 1.0 - apart % 1.0).max() < 1e-4


def test_a_map_newer_than_the_frame_is_moved_back_to_it() -> None:
    """A bar that moves rightwards by two points a frame, told of the frame after: seen where the frame has it."""
    lattice = Lattice(256, 256)
    depth, flow = np.zeros(lattice.shape, np.float32), np.zeros((*lattice.shape, 2), np.float32)
    depth[:, 30:38] = 1.0
    flow[..., 0] = 2.0 / lattice.columns
    control = on_lattice(lattice, ControlMap(8, 8 * NS_PER_SECOND // 30, 0, depth, flow))
    frame = InputFrame(7, 7 * NS_PER_SECOND // 30, 1, np.zeros((256, 256, 3), np.uint8))
    light = np.zeros(lattice.shape, np.float32)
    found = sense(
        lattice,
        blank_senses(lattice),
        frame=frame,
        control=control,
        now_ns=NS_PER_SECOND // 3,
        light=light,
        advance=1.0,
        left=1,
    )
    assert float((found.depth[0] * np.arange(lattice.columns)).sum() / found.depth[0].sum()) == pytest.approx(
        31.5, abs=0.1
    )
