"""Words of light: how the picture is lit, and the times of day."""

from functools import partial
from typing import Final

from engine.generators.field.lexicon.word import Kind, Word, word

_l = partial(word, Kind.LIGHT)

LIGHTS: Final[dict[str, Word]] = {
    "neon": _l("ff1a8c 1ae8ff 9a2cff", edge=0.6, glow=0.5, dark=0.35, chroma=0.5, contrast=0.2, rim=0.3),
    "laser": _l("00ff6a ff003c", lines=0.8, edge=0.7, glow=0.35, dark=0.5, chroma=0.5, pace=0.4),
    "strobe": _l("dce8ff", flicker=0.9, contrast=0.3, pace=0.5),
    "glow": _l("", glow=0.5),
    "shine": _l("", gloss=0.5, glow=0.15, relief=0.15),
    "bright": _l("", dark=-0.4, glow=0.1),
    "dark": _l("", dark=0.5, contrast=0.15),
    "dim": _l("", dark=0.35, contrast=-0.2),
    "shadow": _l("0a0a18", shadow=0.8, dark=0.25, contrast=0.2),
    "silhouette": _l("", shadow=1.0, contrast=0.35, rim=0.2),
    "eclipse": _l("04040c ff7a1c fff0d0", shadow=0.9, rim=0.7, dark=0.3, glow=0.4, rings=0.3),
    "halo": _l("fff0c8", rim=0.6, glow=0.5, rings=0.3),
    "aura": _l("8a5aff 4ae8d0", rim=0.6, glow=0.5, fog=0.4),
    "backlight": _l("fff0dc", rim=0.7, shadow=0.7, haze=0.2),
    "spotlight": _l("fff4dc", dark=0.4, contrast=0.3, haze=0.1),
    "dawn": _l("3c3c8a e07a8a ffc88a", fog=0.5, haze=0.3, dark=-0.15, pace=-0.3, contrast=-0.1),
    "sunrise": _l("5a2c6a f0603c ffd06a", fog=0.5, haze=0.25, glow=0.25, dark=-0.1),
    "day": _l("4a9ae0 f8f4dc", dark=-0.3),
    "noon": _l("3c9aec fff8d8", dark=-0.4, contrast=0.2),
    "sun": _l("e06a04 ffd02c fff8c8", glow=0.4, dark=-0.15, rings=0.2),
    "sunset": _l("2c1450 c02c5a ff7a2c ffd07a", fog=0.4, haze=0.25, glow=0.25),
    "dusk": _l("14143c 5a3c80 d0707a", fog=0.5, haze=0.25, dark=0.15, pace=-0.3),
    "twilight": _l("0c1040 4a3c9a b070b0", fog=0.5, haze=0.2, dark=0.2, sparks=0.2),
    "night": _l("04061c 141c5a 3c4ab0", dark=0.4, sparks=0.2),
    "midnight": _l("02031a 0c1450 2c3c90", dark=0.5),
    "moon": _l("141c3c 8a9cc8 f0f4ff", chroma=-0.2, rim=0.3, dark=0.2, glow=0.2),
    "aurora": _l(
        "04142c 0ae08a 3cc8e0 a03ce0", bristle=0.6, fog=0.7, stretch=-0.8, glow=0.35, swirl=0.3, dark=0.2, drift_x=0.2
    ),
    "lightning": _l("1c1c4a 8a9cff f8f8ff", veins=1.3, flicker=0.6, dark=0.4, glow=0.3, contrast=0.2),
    "spark": _l("ffb02c fff4c8", sparks=1.0, sparkle=0.7, trail=0.3),
    "glitter": _l("ffe8f4", sparks=0.7, sparkle=1.0, fine=0.6, gloss=0.3),
    "shimmer": _l("", sparkle=0.5, liquid=0.4, iridescence=0.3),
    "iridescent": _l("3ce0c8 e06ac8 f0e06a", iridescence=1.0, gloss=0.3, bands=0.3),
    "holographic": _l("4af0e8 f06af0 f8f06a 6a8aff", iridescence=1.0, lines=0.4, bands=0.5, gloss=0.3),
    "fluorescent": _l("c8ff1a 1affc8 ff3cc8", chroma=0.6, glow=0.3, dark=0.15),
    "phosphor": _l("022010 1aff6a", lines=0.5, persist=0.3, trail=0.5, glow=0.3, dark=0.35),
    "candle": _l("3c1404 e8862c ffe0a0", flicker=0.35, dark=0.25, glow=0.3, warmth=0.4),
    "lantern": _l("5a1404 f0702c ffd88a", glow=0.45, dark=0.2, cells=0.3),
    "xray": _l("020814 3c7aa0 e0f4ff", shadow=0.8, edge=0.6, chroma=-0.2, dark=0.2, rim=0.4),
    "infrared": _l("0a0464 c0106a ff7a04 fff43c", bands=0.8, fog=0.4, fine=-0.5, detail=-0.2),
    "thermal": _l("08045a b0107a ff6a04 fff04a", bands=0.9, fog=0.4, fine=-0.5, detail=-0.2),
    "film": _l("1c1814 a09484", contrast=0.15, chroma=-0.2, flicker=0.12),
    "vivid": _l("", chroma=0.5, contrast=0.15),
    "muted": _l("", chroma=-0.3, contrast=-0.15),
    "pale": _l("", chroma=-0.25, dark=-0.3, contrast=-0.2),
    "deep": _l("", dark=0.25, haze=0.15, chroma=0.15),
    "soft": _l("", contrast=-0.3, glow=0.15, relief=-0.15, cut=-0.2, fine=-0.3),
    "sharp": _l("", contrast=0.25, edge=0.3, facet=0.3, relief=0.2),
    "hard": _l("", contrast=0.35, cut=0.3, facet=0.2),
    "outline": _l("", edge=0.8, rim=0.3),
    "sketch": _l("24242a f4f0e8", edge=0.9, bristle=0.5, cut=0.3, chroma=-0.4),
}
