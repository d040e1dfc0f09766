"""What the field is, told without torch."""

from typing import Final

from engine.generators.base import GeneratorSpec
from engine.generators.field.parameters import PARAMETERS
from engine.generators.field.quality import STEPS

CHUNK_FRAMES: Final = 2
"""Frames per call. At 30 frames a second a chunk of two waits 33 ms for its second input frame; three
would add 33 ms to the latency and save nothing, since nothing here is shared between frames."""

SPEC: Final = GeneratorSpec(
    name="field",
    label="Field",
    chunk_frames=CHUNK_FRAMES,
    parameters=PARAMETERS,
    home_scene="Molten Gold",
    package="engine.generators.field",
    quality_steps=STEPS,
)
