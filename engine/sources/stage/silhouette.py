"""Where the dancer is in the picture, as the truth that mattes are measured against."""

import cv2
import numpy as np
import numpy.typing as npt

from engine.sources.stage.figure import body
from engine.sources.stage.skeleton import joints_at
from engine.sources.stage.view import SQUARE, Lens, view_at

_TURN = np.linspace(0.0, 2.0 * np.pi, 33)


def silhouette_at(seconds: float, seed: int = 0, lens: Lens = SQUARE) -> npt.NDArray[np.bool_]:
    """Return where the dancer is at a time in seconds (>= 0), as if nothing stood before: bool [h / 2, w / 2].

    Each capsule is the hull of the circles of its ends, exact to a pixel.
    """
    view, mask = view_at(seconds, lens), np.zeros((lens.height, lens.width), np.uint8)
    for part in body(joints_at(seconds, seed)):
        ends = view.project(np.stack([part.start, part.end]))
        circles = [
            np.stack([x + radius * np.cos(_TURN), y + radius * np.sin(_TURN)], axis=1)
            for (x, y, inverse), size in zip(ends, (part.start_radius, part.end_radius), strict=True)
            for radius in [size * lens.focal * inverse]
        ]
        hull = cv2.convexHull(np.concatenate(circles).astype(np.float32))
        cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), 1)
    return np.asarray(mask[::2, ::2] > 0)
