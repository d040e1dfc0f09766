"""The words that the field knows, by kind. Data: to teach it a word, add a line."""

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
