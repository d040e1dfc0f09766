"""The command line of the Wan benchmark."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.command_line import SentenceParser
from engine.errors import GeneratorError
from engine.generators.ranks import MOST
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import LATENT_STRIDE, Compilation
from engine.generators.wan.dims import TRAIN_TIMESTEPS, WAN_TINY, LatentGrid, ModelDims
from engine.generators.wan.recipes import KREA, LONGLIVE, RECIPES, Recipe

MODELS: Final[Mapping[str, Recipe]] = {"wan-1.3b": LONGLIVE, "wan-14b": KREA, "wan-tiny": LONGLIVE}
"""By name of a model card: the recipe that it is measured with where none is named."""

DECODERS: Final = ("taehv", "light", "wan")
SMALL: Final = "small"
"""The decoder of the card wan-tiny: what the program decodes with where its weights are random."""

TINY_EDGE: Final = 64
"""Pixels of the picture that a small stand-in dreams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WanBenchOptions:
    """Options of the Wan benchmark.

    Attributes:
        generator: a key of MODELS; tiny: its small stand-in on a small picture instead.
        recipe: with window and steps as asked for.
        chunks: measured, after the warm-up.
        vace: with depth in the bare model too.
        bias: every pass with a bias on the past; kernels: our own for rows and products, where they are right.
        overlap: pictures are decoded while the next chunk is denoised.
        audit: nothing is measured; what a chunk moves is looked at instead.
        gpus: processes that share every pass.
        against: the same model by another library is measured beside ours instead; None: neither.
    """

    generator: str
    recipe: Recipe
    tiny: bool
    vace: bool
    fp8: bool
    decoder: str
    compilation: Compilation
    graphs: bool
    bias: bool
    kernels: bool
    overlap: bool
    chunks: int
    profile: bool
    audit: bool
    against: str | None
    anyway: bool
    gpus: int
    json: Path | None

    @property
    def dims(self) -> ModelDims:
        return WAN_TINY if self.tiny else load_card(self.generator).dims

    @property
    def edge(self) -> int:
        """Return the edge of the square picture, in pixels."""
        return TINY_EDGE if self.tiny else load_card(self.generator).edge

    @property
    def grid(self) -> LatentGrid:
        return LatentGrid(self.edge // LATENT_STRIDE, self.edge // LATENT_STRIDE)


def parse(arguments: Sequence[str]) -> WanBenchOptions:
    """Parse the command line.

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help.
    """
    parser = SentenceParser(
        speaker="hardcut bench",
        prog="hardcut bench --generator NAME",
        description="Measures the program's causal Wan generator on this machine: the bare model, stage by stage,"
        " against its floor, and beside it the generator as the program runs it.",
    )
    parser.add_argument("--generator", required=True, choices=tuple(MODELS))
    parser.add_argument("--random-weights", action="store_true", help="weights drawn from a seed: speed, no picture")
    parser.add_argument("--recipe", choices=tuple(RECIPES), help="sampling (longlive; krea for 14B)")
    parser.add_argument("--window", type=int, metavar="N", help="latent frames that attention sees, instead")
    parser.add_argument("--steps", type=int, metavar="N", help="denoise steps, instead of the recipe's four")
    parser.add_argument("--vace", action="store_true", help="with depth control in the bare model too")
    parser.add_argument("--precision", choices=("bf16", "fp8"), default="bf16")
    parser.add_argument("--decoder", choices=(*DECODERS, SMALL), help="taehv, or small where the model is tiny")
    parser.add_argument("--chunks", type=int, default=20, metavar="N", help="measured after the warm-up (20)")
    parser.add_argument("--tiny", action="store_true", help="a few million parameters: for machines without a GPU")
    parser.add_argument(
        "--compile",
        choices=[one.value for one in Compilation],
        default=Compilation.AUTO.value,
        help="what torch.compile is given; anything but auto is a demand (auto: as the device can)",
    )
    parser.add_argument("--no-graphs", action="store_true", help="launch every kernel anew")
    parser.add_argument("--no-kernels", action="store_true", help="rows and products not by kernels of our own")
    parser.add_argument("--no-overlap", action="store_true", help="decode before the next chunk begins")
    parser.add_argument("--bias", action="store_true", help="with a bias on the past in every pass")
    parser.add_argument("--profile", action="store_true", help="also name the kernels that take longest")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--audit", action="store_true", help="instead: every transfer, wait, conversion and copy of a chunk, and why"
    )
    instead.add_argument("--against", choices=("diffusers",), help="instead: our cache beside that library without one")
    parser.add_argument("--anyway", action="store_true", help="measure though other programs use the GPU")
    parser.add_argument("--gpus", type=int, default=1, metavar="N", help="that share every pass; CPUs with gloo (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the JSON line to a file")
    found = parser.parse_args(arguments)
    if not found.random_weights:
        parser.error("only random weights can be measured: add --random-weights.")
    if found.chunks < 2:
        parser.error(f"{found.chunks} chunks are too few to measure; choose 2 or more.")
    if not 1 <= found.gpus <= MOST:
        parser.error(f"{found.gpus} GPUs cannot share a pass; choose 1 to {MOST}.")
    if found.gpus > 1 and (found.audit or found.against is not None):
        parser.error("--audit and --against look at one process: leave --gpus away.")
    recipe = RECIPES[found.recipe] if found.recipe else MODELS[found.generator]
    try:
        if found.window is not None:
            recipe = dataclasses.replace(recipe, window=found.window, sink=min(recipe.sink, found.window // 2))
        if found.steps is not None:
            recipe = dataclasses.replace(recipe, steps=_steps(found.steps, recipe.steps[0]))
    except (GeneratorError, ValueError) as error:
        parser.error(str(error))
    tiny = found.tiny or found.generator == "wan-tiny"
    return WanBenchOptions(
        generator=found.generator,
        recipe=recipe,
        tiny=tiny,
        vace=found.vace,
        fp8=found.precision == "fp8",
        decoder=found.decoder or (SMALL if tiny else DECODERS[0]),
        compilation=Compilation(found.compile),
        graphs=not found.no_graphs,
        bias=found.bias,
        kernels=not found.no_kernels,
        overlap=not found.no_overlap,
        chunks=found.chunks,
        profile=found.profile,
        audit=found.audit,
        against=found.against,
        anyway=found.anyway,
        gpus=found.gpus,
        json=found.json,
    )


def _steps(count: int, first: int) -> tuple[int, ...]:
    if not 1 <= count <= TRAIN_TIMESTEPS // 10:
        raise ValueError(f"{count} denoise steps cannot be measured; choose 1 to {TRAIN_TIMESTEPS // 10:.0f}")
    return tuple(round(first * (count - index) / count) for index in range(count))
