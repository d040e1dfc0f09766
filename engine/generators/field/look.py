"""From a prompt to a look: known words push traits and bring colours, other words seed the latent."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np

from engine.generators.base import PromptBlend
from engine.generators.field.colour import lab_from_hex, ring
from engine.generators.field.hues import mixed
from engine.generators.field.lexicon import LEXICON, Kind, Word
from engine.generators.field.traits import HIGHEST, LATENT_SIZE, LOWEST, NEUTRAL, Look, Vector

_TOKEN: Final = re.compile(r"[^\W_]+")
_MAX_STOPS: Final = 9
"""More colours than this in one ring only make mud."""

_PALETTE_SHARE: Final = {Kind.COLOUR: 1.0, Kind.MATERIAL: 0.45, Kind.LIGHT: 0.45, Kind.MOOD: 0.6, Kind.MOTION: 0.3}
"""How much of the palette a word's colours claim: a word that names a colour comes first."""

_SUFFIXES: Final = ("s", "es", "y", "ly", "en", "ing", "ed")


def find_word(token: str) -> Word | None:
    """The lexicon's entry for a token: as it stands, else without a common ending."""
    if token in LEXICON:
        return LEXICON[token]
    for suffix in _SUFFIXES:
        stem = token.removesuffix(suffix)
        if stem != token and len(stem) >= 3:
            for candidate in (stem, stem + "e", stem + "y", stem[:-1] if stem[-1:] == stem[-2:-1] else stem):
                if candidate in LEXICON:
                    return LEXICON[candidate]
    return None


def _numbers(token: str, count: int) -> Vector:
    """Standard normal numbers that belong to a word, the same on every machine (BLAKE2b, Box-Muller)."""
    pairs = (count + 1) // 2
    digest = blake2b(token.encode("utf-8"), digest_size=64).digest()
    while len(digest) < pairs * 8:
        digest += blake2b(digest, digest_size=64).digest()
    words = np.frombuffer(digest[: pairs * 8], "<u4").astype(np.float64).reshape(pairs, 2)
    uniform = (words + 0.5) / 2.0**32
    radius = np.sqrt(-2.0 * np.log(uniform[:, 0]))
    angle = 2.0 * np.pi * uniform[:, 1]
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), 1).reshape(-1)[:count].astype(np.float32)


def _seeded_stops(token: str) -> list[tuple[Vector, float]]:
    """A palette for words without colours: three related hues, dark to light."""
    a, b, c = (float(value) for value in _numbers(f"palette {token}", 3))
    base, spread = a * 1.9, 0.7 + 0.5 * abs(b)
    stops: list[tuple[Vector, float]] = []
    for lightness, chroma, hue in ((0.42, 0.13, base - spread), (0.62, 0.17, base), (0.80, 0.13, base + spread * c)):
        stops.append((np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], np.float32), 1.0))
    return stops


@lru_cache(maxsize=64)
def look_of(text: str) -> Look:
    """The look of one prompt. A pure function of its words; case and punctuation do not matter."""
    tokens = _TOKEN.findall(text.casefold())
    traits = NEUTRAL.copy()
    latent = np.zeros(LATENT_SIZE, np.float32)
    stops: list[tuple[Vector, float]] = []
    for token in tokens:
        latent += _numbers(token, LATENT_SIZE)
        word = find_word(token)
        if word is None:
            continue
        for trait, amount in word.traits.items():
            traits[trait] += amount
        share = _PALETTE_SHARE[word.kind]
        stops += [(lab_from_hex(colour), share / len(word.palette) ** 0.5) for colour in word.palette]
    if not stops:
        stops = _seeded_stops(" ".join(tokens))
    strongest = sorted(range(len(stops)), key=lambda index: (-stops[index][1], index))[:_MAX_STOPS]
    latent /= max(1.0, len(tokens)) ** 0.5
    return Look(
        traits=np.clip(traits, LOWEST, HIGHEST),
        ramp=ring([stops[index] for index in sorted(strongest)]),
        latent=latent,
    )


def blend(prompt: PromptBlend) -> Look:
    """The weighted mean of the looks of a blend: continuous in the weights. Colours are mixed one after the other."""
    parts = [(look_of(text), weight) for text, weight in prompt.parts if weight > 0.0]
    if not parts:
        return look_of("")
    if len(parts) == 1:
        return parts[0][0]
    total = sum(weight for _, weight in parts)
    weights = [np.float32(weight / total) for _, weight in parts]
    looks = [look for look, _ in parts]
    zero = np.float32(0.0)
    ramp, so_far = looks[0].ramp, parts[0][1]
    for look, weight in parts[1:]:
        so_far += weight
        ramp = mixed(ramp, look.ramp, weight / so_far)
    return Look(
        traits=sum((w * look.traits for w, look in zip(weights, looks, strict=True)), zero * looks[0].traits),
        ramp=ramp,
        latent=sum((w * look.latent for w, look in zip(weights, looks, strict=True)), zero * looks[0].latent),
    )
