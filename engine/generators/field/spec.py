"""What the field is, told without torch."""

from typing import Final

from engine.generators.base import GeneratorSpec
from engine.generators.field.parameters import PARAMETERS
from engine.generators.field.quality import STEPS

CHUNK_FRAMES: Final = 1
"""Frames per call. Each more would wait for one more input frame, 33 ms at 30 frames a second, and save nothing, since
nothing here is shared between frames."""

SPEC: Final = GeneratorSpec(
    name="field",
    label="Field",
    chunk_frames=CHUNK_FRAMES,
    parameters=PARAMETERS,
    home_scene="Molten Gold",
    package="engine.generators.field",
    quality_steps=STEPS,
)
