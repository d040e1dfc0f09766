"""What a performer turns on a Wan generator. Importing this module costs no torch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from engine.messages.parameters import ParameterSpec, ParameterTable

STRENGTH: Final = "wan.strength"
DEPTH: Final = "wan.depth"
PAST: Final = "wan.past"
VARIATION: Final = "wan.variation"
LORA: Final = "wan.lora"
LORA_2: Final = "wan.lora2"
LORA_3: Final = "wan.lora3"
KEEP: Final = "wan.keep"
FIRST: Final = "wan.first"
LORAS: Final = (LORA, LORA_2, LORA_3)
"""Of the live LoRAs of a card, in its order."""

PARAMETERS: Final = ParameterTable(
    [
        ParameterSpec(
            id=STRENGTH,
            label="Dream",
            minimum=0.05,
            maximum=1.0,
            default=0.8,
            help="How far the dream leaves the input: from the camera itself to a picture made of the prompt alone.",
        ),
        ParameterSpec(
            id=DEPTH,
            label="Depth",
            minimum=0.0,
            maximum=1.5,
            default=0.8,
            help="How strictly near and far follow the input; at 0 the depth branch rests and costs nothing.",
        ),
        ParameterSpec(
            id=PAST,
            label="Past",
            minimum=0.0,
            maximum=1.0,
            default=1.0,
            help="How much each moment heeds the ones before: down, the picture lets go of the old and changes faster.",
        ),
        ParameterSpec(
            id=VARIATION,
            label="Variation",
            minimum=0.0,
            maximum=127.0,
            default=0.0,
            help="Another dream of the same scene for every whole number: the noise is drawn anew.",
        ),
        ParameterSpec(
            id=LORA,
            label="Style",
            minimum=0.0,
            maximum=1.5,
            default=1.0,
            help="How strongly the model's style file (a live LoRA) acts, where its card names one.",
        ),
        *(
            ParameterSpec(
                id=lora,
                label=f"Style {number}",
                minimum=0.0,
                maximum=1.5,
                default=1.0,
                help=f"The same of the card's live LoRA number {number}.",
            )
            for number, lora in enumerate(LORAS[1:], start=2)
        ),
        ParameterSpec(
            id=KEEP,
            label="Keep",
            minimum=0.0,
            maximum=1.0,
            default=0.0,
            help="What is near stays as the source shows it, the rest is dreamt: with a map of people, people stay.",
        ),
        ParameterSpec(
            id=FIRST,
            label="First frame",
            minimum=0.0,
            maximum=1.0,
            default=0.0,
            help="From the middle up a cut begins with the source's own picture, by models that go frame by frame.",
        ),
    ]
)
"""In display order; the first eight are the default knobs."""


def knob_of(scale: float) -> float:
    """Where the knob of a live LoRA begins whose card asks for this scale."""
    knob = PARAMETERS[LORA]
    return min(max(scale, knob.minimum), knob.maximum)


def parameters_of(scales: Sequence[float]) -> ParameterTable:
    """The parameters of a card with live LoRAs of these scales: their knobs begin there."""
    begins = dict(zip(LORAS, map(knob_of, scales), strict=False))
    return ParameterTable(replace(spec, default=begins.get(spec.id, spec.default)) for spec in PARAMETERS.values())
