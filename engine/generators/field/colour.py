"""Colour arithmetic in OKLab, and the two-dimensional colour table that the head reads from.

OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020),
https://bottosson.github.io/posts/oklab/ (matrices of the revision of 2021-01-25).
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.generators.field.traits import RAMP_STEPS, Vector

TABLE_HUES: Final = RAMP_STEPS
"""Columns of the colour table: one run through the palette."""

TABLE_LIGHTS: Final = 64
"""Rows of the colour table, from black to highlight; read with linear interpolation."""

LIGHT_RANGE: Final = 1.6
"""Light of the table's last row; the response curve leaves room above 1 for highlights."""

_MAX_CHROMA_GAIN: Final = 2.2
"""Between exact opposites the hue is undefined: some grey must remain there."""

_LMS_FROM_RGB: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_LAB_FROM_LMS: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_RGB_FROM_LMS: Final = np.linalg.inv(_LMS_FROM_RGB.astype(np.float64)).astype(np.float32)
_LMS_FROM_LAB: Final = np.linalg.inv(_LAB_FROM_LMS.astype(np.float64)).astype(np.float32)


def lab_from_hex(text: str) -> Vector:
    """OKLab float32 [3] of an sRGB colour written as "rrggbb"."""
    srgb = np.array([int(text[i : i + 2], 16) / 255.0 for i in (0, 2, 4)], np.float32)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return np.asarray(_LAB_FROM_LMS @ np.cbrt(_LMS_FROM_RGB @ linear), np.float32)


def srgb_from_lab(lab: Vector) -> Vector:
    """Display-ready sRGB in 0..1 of OKLab colours [..., 3]; out of gamut is clipped."""
    lms = lab @ _LMS_FROM_LAB.T
    linear = np.clip((lms * lms * lms) @ _RGB_FROM_LMS.T, 0.0, 1.0)
    curved = 1.055 * np.power(linear, 1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, curved), np.float32)


def ring(stops: Sequence[tuple[Vector, float]]) -> Vector:
    """A closed ring of RAMP_STEPS OKLab colours through weighted stops; a stop's weight is its arc.

    Between two stops the colour moves along a raised cosine, so each stop keeps a place of its own.
    """
    colours = np.stack([colour for colour, _ in stops])
    weights = np.array([weight for _, weight in stops], np.float64)
    centres = (np.cumsum(weights) - weights / 2) / weights.sum()
    position = (np.arange(RAMP_STEPS) + 0.5) / RAMP_STEPS
    last = np.searchsorted(centres, position, side="right") - 1
    following = (last + 1) % len(stops)
    span = np.mod(centres[following] - centres[last], 1.0)
    span = np.where(span == 0.0, 1.0, span)
    travel = np.clip(np.mod(position - centres[last], 1.0) / span, 0.0, 1.0)
    mix = (0.5 - 0.5 * np.cos(math.pi * travel))[:, None].astype(np.float32)
    mixed = colours[last] + mix * (colours[following] - colours[last])
    # A straight line between opposite hues runs through grey: keep the chroma that the ends have.
    chroma = np.linalg.norm(colours[:, 1:], axis=1)
    wanted = chroma[last] + mix[:, 0] * (chroma[following] - chroma[last])
    found = np.linalg.norm(mixed[:, 1:], axis=1)
    mixed[:, 1:] *= np.minimum(wanted / np.maximum(found, 1e-4), _MAX_CHROMA_GAIN)[:, None]
    return np.asarray(mixed, np.float32)


def colour_table(
    ramp: Vector, *, hue_degrees: float, chroma: float, contrast: float, dark: float, gloss: float, cut: float
) -> Vector:
    """The head's activation: palette phase across, light down, colour out.

    Light runs from black over a shade (darker, richer) to the palette's colour at two thirds, then
    up to a highlight that keeps a little of the hue.

    Args:
        ramp: OKLab [RAMP_STEPS, 3]; hue_degrees: rotation of all hues; chroma, contrast, dark: -1..1;
        gloss: 0..1, how white highlights are; cut: 0..1, how far light falls into flat steps.

    Returns:
        float32 [TABLE_LIGHTS, TABLE_HUES + 1, 4]; R G B in 0..1 and 1; the last column repeats the first.
    """
    angle = math.radians(hue_degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], np.float32)
    lightness = ramp[:, 0]
    ab = (ramp[:, 1:] @ turn.T) * np.float32(1.15 * 2.0 ** (0.6 * chroma if chroma > 0 else 3.0 * chroma))
    light = np.linspace(0.0, LIGHT_RANGE, TABLE_LIGHTS, dtype=np.float32)
    if cut > 0.0:
        level = light * 5.0
        whole = np.floor(level)
        edge = np.clip((level - whole - 0.5) * (1.0 + 7.0 * cut) + 0.5, 0.0, 1.0)
        light = light + np.float32(cut) * ((whole + edge) / 5.0 - light)
    slope = 2.0 ** (0.9 * contrast)
    pivot = 0.42 * 2.0 ** (0.45 * dark)
    # Naka-Rushton response: a toe, a slope at the pivot and a shoulder that never quite burns out.
    power = 1.9 * slope
    bent = light**power
    light = (bent / (bent + pivot**power)).astype(np.float32)
    knee = np.float32(0.62)
    body = np.clip(light / knee, 0.0, 1.0)[:, None]
    flare = (np.clip((light - knee) / (1.0 - knee), 0.0, 1.0) ** 1.4)[:, None]
    # A dark palette colour still lights up: its body reaches at least 0.42 in OKLab lightness.
    full = np.maximum(lightness, 0.42 + 0.25 * lightness)[None, :]
    table = np.empty((TABLE_LIGHTS, RAMP_STEPS, 3), np.float32)
    peak = 0.86 + 0.13 * gloss
    table[..., 0] = full * body + flare * np.maximum(peak - full, 0.05)
    rich = np.sqrt(body) * (1.0 - (0.22 + 0.33 * gloss) * flare)
    table[..., 1:] = ab[None] * rich[..., None]
    out = np.ones((TABLE_LIGHTS, TABLE_HUES + 1, 4), np.float32)
    out[:, :-1, :3] = srgb_from_lab(table)
    out[:, -1] = out[:, 0]
    return out
