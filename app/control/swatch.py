"""A picture for a scene that has not been seen yet: two or three colours from its prompt and name."""

import colorsys
import hashlib
from dataclasses import dataclass
from typing import Final

HUES: Final = {
    "red": 0.0, "crimson": 0.97, "blood": 0.99, "lava": 0.03, "fire": 0.04, "ember": 0.05, "rust": 0.05,
    "copper": 0.06, "orange": 0.08, "amber": 0.10, "gold": 0.12, "sand": 0.11, "honey": 0.11, "sun": 0.12,
    "yellow": 0.15, "lime": 0.22, "acid": 0.24, "moss": 0.27, "forest": 0.33, "green": 0.34, "jade": 0.42,
    "emerald": 0.41, "mint": 0.44, "teal": 0.49, "turquoise": 0.48, "cyan": 0.51, "ice": 0.54, "water": 0.55,
    "ocean": 0.57, "sea": 0.56, "sky": 0.57, "blue": 0.61, "cobalt": 0.62, "indigo": 0.68, "night": 0.67,
    "violet": 0.74, "purple": 0.77, "plum": 0.82, "magenta": 0.86, "neon": 0.88, "pink": 0.92, "rose": 0.94,
}  # fmt: skip
"""Hues, 0..1 around the colour circle, of words that name a colour beyond doubt."""

PALE: Final = frozenset({"white", "ash", "bone", "chrome", "fog", "mist", "pearl", "silver", "smoke", "snow", "grey"})

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Swatch:
    """A gradient from a deep to a bright colour, at an angle in degrees, with a glow at a place in 0..1."""

    deep: Rgb
    bright: Rgb
    glow: Rgb
    angle: float
    glow_at: tuple[float, float]


def swatch(name: str, prompt: str) -> Swatch:
    """The same scene always gets the same colours; words of its prompt choose them where they can."""
    seed = hashlib.blake2s(f"{name}\n{prompt}".encode(), digest_size=8).digest()
    words = [word.strip(".,;:!?").casefold() for word in f"{prompt} {name}".replace("-", " ").split()]
    hues = [hue for word in words for key, hue in HUES.items() if word in (key, f"{key}s", f"{key}en", f"{key}n")]
    first = hues[0] if hues else seed[0] / 256
    second = next((hue for hue in hues[1:] if abs(hue - first) > 0.04), first + (0.08 + seed[1] / 256 * 0.12))
    colour = 0.22 if any(word in PALE for word in words) else 0.78
    return Swatch(
        deep=_rgb(first, colour, 0.20 + seed[2] / 256 * 0.10),
        bright=_rgb(first, colour * 0.92, 0.62 + seed[3] / 256 * 0.16),
        glow=_rgb(second, colour * 0.85, 0.95),
        angle=seed[4] / 256 * 360.0,
        glow_at=(0.2 + seed[5] / 256 * 0.6, 0.15 + seed[6] / 256 * 0.5),
    )


def _rgb(hue: float, saturation: float, brightness: float) -> Rgb:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, brightness)
    return round(red * 255), round(green * 255), round(blue * 255)
