"""The words that the field knows, by kind. Data: to teach it a word, add a line.

colours     words of colour: mostly a palette, from its deep to its light tone
lights      words of light: how the picture is lit, and the times of day
materials   words of material: a texture, a way of taking the light, and a modest palette
moods       words of mood and place: a temper for everything at once
motions     words of motion: where the field goes, how fast, and what it leaves behind
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.generators.field.lexicon.colours import COLOURS
from engine.generators.field.lexicon.lights import LIGHTS
from engine.generators.field.lexicon.materials import MATERIALS
from engine.generators.field.lexicon.moods import MOODS
from engine.generators.field.lexicon.motions import MOTIONS
from engine.generators.field.lexicon.word import Kind, Word

LEXICON: Final[Mapping[str, Word]] = MappingProxyType({**COLOURS, **MATERIALS, **LIGHTS, **MOODS, **MOTIONS})

__all__ = ["LEXICON", "Kind", "Word"]
