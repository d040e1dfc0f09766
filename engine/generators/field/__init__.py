"""The built-in generator: a neural field with feedback, no weights to download.

Importing this package costs no torch: the parameters and the spec are plain data. Nor does playing it on a CPU,
where compiled loops paint.

    carrying     how the last picture lives on: where it is carried, what its colours turn into, and
                 how much of it stays
    choice       which of the two ways the field computes in, and why
    clocks       the field's own time: rates from parameters and look, integrated frame by frame
    colour       colour arithmetic in OKLab, and the two-dimensional colour table that the head reads
                 from
    halo         the halo that a glow lays around everything bright: its sizes, and its blurs on the
                 lattice
    hues         from one ring of colours to another past grey, for morphs
    lattice      the lattice: the coarse grid over the picture on which everything broad is computed
    levels       the stages of every level of quality, and the way from one to another
    lexicon      the words that the field knows, by kind. Data: to teach it a word, add a line
    look         from a prompt to a look: known words push traits and bring colours, other words seed
                 the latent
    materials    material tiles: thirteen seamless grey textures that give a look its grain at full
                 resolution
    mixing       from parameters, look, senses and clocks to the head's read-out weights
    noise        noise that is a function of (seed, epoch, index, frame) and of nothing else
    painter      what paints: the interface between the field's numbers and the two ways of computing
                 pictures
    places       where on the plane of forms each point of the picture looks: mirrors, tunnel, and maps into
                 the material
    quality      how chunks are made cheaper: the steps, and what they leave of lattice and picture
    reference    the field in torch: on GPUs, on a CPU without compiled loops, and what those are held
                 against
    senses       the input on the lattice: depth and motion, brought up to date and smoothed; luminance
                 levels
    shaping      from parameters, look, senses and clocks to what the lattice stage computes with
    stages       one chunk: from a request and the state before it to pictures and the state after it
    state        what the field carries from frame to frame. Immutable: a new frame makes a new state
    tile_store   the material's tiles, made once on a machine and kept: making them takes half a second
                 of every start
    traits       what a look is made of: the traits that words push and pull, and their ranges
    trunk        the network: a compositional pattern-producing network with seeded weights and moving
                 biases
"""

from typing import TYPE_CHECKING

from engine.generators.field.parameters import PARAMETERS
from engine.generators.field.spec import CHUNK_FRAMES, SPEC
from engine.messages.picture_format import PictureFormat

if TYPE_CHECKING:
    from engine.generators.field.generator import FieldGenerator

__all__ = ["PARAMETERS", "SPEC", "make_field"]


def make_field(
    device: str | None = None,
    threads: int | None = None,
    picture_format: PictureFormat = PictureFormat.SQUARE,
    chunk_frames: int = CHUNK_FRAMES,
) -> "FieldGenerator":
    """The generator. Torch is imported where there may be a GPU, or where the loops cannot be had.

    Args:
        device: see FieldGenerator.
        threads: torch's threads on a CPU; None: one.
        picture_format: of the pictures.
        chunk_frames: of them per call.

    Raises:
        GeneratorError: the device is not there.
    """
    from engine.generators.field.generator import FieldGenerator

    width, height = picture_format.width, picture_format.height
    return FieldGenerator(device=device, threads=threads, width=width, height=height, chunk_frames=chunk_frames)
