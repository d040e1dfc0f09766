"""The field's parameters as data. Importing this module costs no torch."""

from typing import Final

from engine.messages.parameters import ParameterSpec, ParameterTable

ENERGY: Final = "field.energy"
SCALE: Final = "field.scale"
WARP: Final = "field.warp"
FLOW: Final = "field.flow"
FEEDBACK: Final = "field.feedback"
HUE: Final = "field.hue"
STRUCTURE: Final = "field.structure"
DEPTH: Final = "field.depth"
SYMMETRY: Final = "field.symmetry"
CONTRAST: Final = "field.contrast"
GRAIN: Final = "field.grain"
SPEED: Final = "field.speed"
GLOW: Final = "field.glow"
EDGES: Final = "field.edges"
ZOOM: Final = "field.zoom"
SPIN: Final = "field.spin"

PARAMETERS: Final = ParameterTable(
    [
        ParameterSpec(
            id=ENERGY,
            label="Energy",
            minimum=0.0,
            maximum=1.0,
            default=0.55,
            help="How much the field does: from a still, even light to full texture, relief and flare.",
        ),
        ParameterSpec(
            id=SCALE,
            label="Scale",
            minimum=0.0,
            maximum=1.0,
            default=0.5,
            help="Size of the forms, from fine grainy detail to a few that fill the picture.",
        ),
        ParameterSpec(
            id=WARP,
            label="Warp",
            minimum=0.0,
            maximum=1.0,
            default=0.4,
            help="How far the forms are bent out of shape, and the input's outline with them.",
        ),
        ParameterSpec(
            id=FLOW,
            label="Flow",
            minimum=0.0,
            maximum=1.0,
            default=0.5,
            help="How strongly the carried picture streams along the input's motion and the field's own currents.",
        ),
        ParameterSpec(
            id=FEEDBACK,
            label="Feedback",
            minimum=0.0,
            maximum=1.0,
            default=0.5,
            help="How much of the last picture stays: from none, over trails, to pictures that melt for seconds.",
        ),
        ParameterSpec(
            id=HUE,
            label="Hue",
            minimum=-180.0,
            maximum=180.0,
            default=0.0,
            unit="°",
            help="Turns every colour of the scene around the colour circle.",
        ),
        ParameterSpec(
            id=STRUCTURE,
            label="Structure",
            minimum=0.0,
            maximum=1.0,
            default=0.65,
            help="How strongly the input shapes the picture: from a free dream to a clear silhouette.",
        ),
        ParameterSpec(
            id=DEPTH,
            label="Depth",
            minimum=0.0,
            maximum=1.0,
            default=0.5,
            help="How much near and far differ: parallax, light on what is near, rim light around it.",
        ),
        ParameterSpec(
            id=SYMMETRY,
            label="Symmetry",
            minimum=0.0,
            maximum=12.0,
            default=0.0,
            help="Mirrors in the field: none, left and right, then a kaleidoscope of ever more wedges.",
        ),
        ParameterSpec(
            id=CONTRAST,
            label="Contrast",
            minimum=0.0,
            maximum=1.0,
            default=0.5,
            help="From soft and even to deep blacks and bright lights.",
        ),
        ParameterSpec(
            id=GRAIN,
            label="Grain",
            minimum=0.0,
            maximum=1.0,
            default=0.08,
            help="Film grain, new in every frame.",
        ),
        ParameterSpec(
            id=SPEED,
            label="Speed",
            minimum=0.0,
            maximum=4.0,
            default=1.0,
            unit="×",
            help="How fast the field's own time runs; 0 holds it still while the input goes on moving.",
        ),
        ParameterSpec(
            id=GLOW,
            label="Glow",
            minimum=0.0,
            maximum=1.0,
            default=0.35,
            help="A halo of light around everything bright.",
        ),
        ParameterSpec(
            id=EDGES,
            label="Edges",
            minimum=0.0,
            maximum=1.0,
            default=0.15,
            help="Draws the input's outlines as lines of light.",
        ),
        ParameterSpec(
            id=ZOOM,
            label="Zoom",
            minimum=-1.0,
            maximum=1.0,
            default=0.0,
            help="Pulls the carried picture inwards or flings it outwards: a tunnel, with feedback up.",
        ),
        ParameterSpec(
            id=SPIN,
            label="Spin",
            minimum=-1.0,
            maximum=1.0,
            default=0.0,
            help="Turns the forms and the carried picture about the middle.",
        ),
    ]
)
"""In display order; the first eight are the default knobs."""
