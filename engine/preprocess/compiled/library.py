"""The loops of the built-in depth estimator, and of edges, as one library."""

from typing import Final

import numpy as np

from engine.jit import Library
from engine.preprocess.compiled.cue_loops import enlarge_flow, read_cues
from engine.preprocess.compiled.edge_loops import smooth_for_edges, trace_edges
from engine.preprocess.compiled.motion_loops import explain_motion
from engine.preprocess.compiled.person_loops import look_for_feet, refine_matte, stand_person

MEAN_DEPTH: Final = 0.01
"""How far compiled depth maps may lie from plain ones, mean of a map; rounding adds up through what is remembered."""

MEAN_FLOW: Final = 2e-4
"""The same for flow, in fractions of the picture."""

EDGE_PIXELS: Final = 1e-4
"""Share of pixels in which compiled edges may differ: a threshold may be rounded another way; all else is exact."""

PERSON: Final = 2e-3
"""How far a compiled matte, and depth with it, may lie from plain ones anywhere; it is steep about an outline."""


def check() -> None:
    """Hold the loops against OpenCV and numpy on a patch of light that wanders over a room.

    Raises:
        AssertionError: they compute something else.
    """
    from engine.messages.frame import InputFrame
    from engine.preprocess.compiled.edge_finder import CompiledEdges
    from engine.preprocess.compiled.estimator import compiled_estimator
    from engine.preprocess.compiled.person import CompiledPerson
    from engine.preprocess.image_cues import CueEstimator
    from engine.preprocess.maps.edges import plain_edges
    from engine.preprocess.maps.matte.plain import PlainPerson
    from engine.preprocess.motion import halved, luma_of

    plain, compiled, edges = CueEstimator(), compiled_estimator(), CompiledEdges()
    plain_person, person = PlainPerson(), CompiledPerson()
    rows, columns = np.mgrid[0:448, 0:448].astype(np.float32) / 448
    room = 60 + 40 * np.sin(23 * rows) * np.cos(31 * columns) + 30 * rows
    for index in range(12):
        lit = np.exp(-np.square((columns - 0.3 - 0.02 * index) / 0.1) - np.square((rows - 0.5) / 0.2))
        image = np.stack((room + 120 * lit, room + 40 * lit, room * (1 - lit)), axis=-1).astype(np.uint8)
        frame = InputFrame(index, index * 33_333_333, 1, image)
        one, other = plain.push(frame, 0), compiled.push(frame, 0)
        assert one is not None
        assert other is not None
        assert np.abs(one.depth - other.depth).mean() < MEAN_DEPTH, "depth from cues"
        assert np.abs(one.flow - other.flow).mean() < MEAN_FLOW, "flow"
        luma = luma_of(image)
        differing = edges(luma, float) != plain_edges(luma, float)
        assert differing.mean() <= EDGE_PIXELS, "edges"
        fine, small = halved(luma)
        matte = np.asarray(small > 128, np.float32)
        refined = plain_person.refined(matte, small, fine)
        assert np.abs(person.refined(matte, small, fine) - refined).max() < PERSON, "a person's matte"
        assert person.footing(refined)[1] == plain_person.footing(refined)[1], "a person's feet"
        stands, wanted = (one.standing(other.depth, refined, 0.7, 0.9) for one in (person, plain_person))
        assert np.abs(stands - wanted).max() < PERSON, "a person in depth"


LIBRARY: Final = Library(
    "cues",
    __name__,
    [
        explain_motion,
        read_cues,
        enlarge_flow,
        smooth_for_edges,
        trace_edges,
        refine_matte,
        look_for_feet,
        stand_person,
    ],
    check,
)
