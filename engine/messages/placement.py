"""How the working picture meets the canvas. Pure data."""

from enum import Enum


class Fit(Enum):
    """How a picture of one shape meets a canvas of another.

    FIT: whole, with black beside it. FILL: covering the canvas, its edges cropped. STRETCH: whole, pulled out of shape.
    MIRROR: whole, and what would be black shows the picture again, mirrored at its edge.
    """

    FIT = "fit"
    FILL = "fill"
    STRETCH = "stretch"
    MIRROR = "mirror"


class Upscale(Enum):
    """How the picture is enlarged.

    SMOOTH: linearly. EDGES: smoothed along edges and sharpened across them, at several times the work.
    """

    SMOOTH = "smooth"
    EDGES = "edges"
