"""Whether a model and its codec are compiled: as the card wants it, held against the plain way, told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.generators.kernel_errors import kernel_errors
from engine.generators.torch_settings import keep_kernels
from engine.generators.wan.acceleration.compile_stages import uncompile
from engine.generators.wan.acceleration.decisions import Missing, demand, first_line, off
from engine.generators.wan.acceleration.probe import Probe, worst_error
from engine.generators.wan.cards import FRAMES_PER_LATENT, Compilation, ModelCard, kernels_folder
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.codecs.stream import NetworkStream
from engine.generators.wan.components import CODEC_COMPILER, COMPILER
from engine.generators.wan.dims import LATENT_CHANNELS
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.sampling.sampler import EagerPass
from engine.messages.events import BackendChoice

COMPILED_TOLERANCE: Final = {torch.float32: 1e-3, torch.bfloat16: 6e-2}
"""Relative error of a whole pass as compiled against the same pass as written: rounding to bfloat16 at other places
costs 1.4e-2 through a model of full size, and with the coarser steps of fp8 2.9e-2 (measured on random weights)."""


_REGIONAL: Final = "regional"


def choose_compilation(
    model: CausalWan,
    probe: Probe,
    card: ModelCard,
    tool: Callable[[CausalWan], None] | Missing,
) -> BackendChoice:
    """Compile the model in place, if that is wanted and comes out right.

    Args:
        tool: compiles the stages of every block.

    Raises:
        GeneratorError: the card demands what is not to be had.
    """
    wanted, component = card.pace.compilation, COMPILER
    if wanted is Compilation.OFF:
        return off(component, "the card asks for it", _REGIONAL, "the card turns it off")
    if isinstance(tool, Missing):
        demand(wanted is Compilation.AUTO, card, "compiled stages", tool.why)
        return off(component, tool.why, _REGIONAL, tool.why)
    folder, found = keep_kernels(kernels_folder()), _CacheCount.now()
    plain = EagerPass(model, probe.cache, probe.text)
    expected = probe.run(plain)
    fault, error = "", float("inf")
    try:
        tool(model)
        error = worst_error(probe.run(plain), expected)
    except torch.OutOfMemoryError:
        raise
    except kernel_errors() as problem:
        fault = first_line(problem)
    limit = COMPILED_TOLERANCE[model.dtype]
    if not error <= limit:
        uncompile(model)
        why = f"failed: {fault}" if fault else f"wrong: relative error {error:.1e} against plain (limit {limit:g})"
        demand(wanted is Compilation.AUTO, card, "compiled stages", why)
        return off(component, "plain stages are right", _REGIONAL, why)
    return BackendChoice(
        component=component,
        chosen=f"{_REGIONAL}: the stages of each block",
        reason=f"relative error {error:.1e} against plain (limit {limit:g}); {found.since(folder)}",
    )


def choose_codec_compilation(
    codec: VideoCodec, card: ModelCard, tool: Callable[[AnyNetwork], None] | Missing
) -> BackendChoice:
    """The same for both directions of the codec."""
    wanted = card.pace.compilation

    def plain(reason: str, why_not: str) -> BackendChoice:
        return BackendChoice(
            component=CODEC_COMPILER,
            chosen="not compiled",
            reason=reason,
            rejected=(("a compiled codec", why_not),),
        )

    if wanted is Compilation.OFF:
        return plain("the card asks for it", "the card turns it off")
    if isinstance(tool, Missing):
        return plain(tool.why, tool.why)
    chunk, grid = card.chunk_frames, card.grid
    first_frames = chunk - FRAMES_PER_LATENT + codec.encoder.groups[0]
    latents = (1, LATENT_CHANNELS, card.recipe.block_frames, grid.height, grid.width)
    shapes = {
        codec.encoder: ((1, 3, first_frames, *card.shape), (1, 3, chunk, *card.shape)),
        codec.decoder: (latents, latents),
    }
    limit = COMPILED_TOLERANCE[codec.decoder.dtype]
    worst = 0.0
    for network, (first, later) in shapes.items():
        expected = _push_two(network, first, later)
        try:
            tool(network)
            error = worst_error(_push_two(network, first, later), expected)
            why = "" if error <= limit else f"wrong: relative error {error:.1e} against plain (limit {limit:g})"
        except torch.OutOfMemoryError:
            raise
        except kernel_errors() as problem:
            error, why = 0.0, f"failed: {first_line(problem)}"
        if why:
            for one in shapes:
                one._compiled_call_impl = None  # noqa: SLF001 - torch offers no way back from Module.compile
            demand(wanted is Compilation.AUTO, card, "a compiled codec", why)
            return plain("it is right", why)
        worst = max(worst, error)
    return BackendChoice(
        component=CODEC_COMPILER,
        chosen="compiled",
        reason=f"relative error {worst:.1e} against plain (limit {limit:g})",
    )


@torch.inference_mode()
def _push_two(network: AnyNetwork, first: tuple[int, ...], later: tuple[int, ...]) -> tuple[Tensor, ...]:
    """The first push of a video, which codes a shorter group, and the next."""
    stream = NetworkStream(network)
    draw = torch.Generator(network.device).manual_seed(0)
    pushes = (torch.rand(shape, generator=draw, device=network.device).to(network.dtype) for shape in (first, later))
    return tuple(stream.push(x).clone() for x in pushes)


@dataclass(frozen=True, slots=True)
class _CacheCount:
    """Compiled graphs that were found on disk so far, and those that were not."""

    hits: int
    misses: int

    @classmethod
    def now(cls) -> "_CacheCount":
        from torch._dynamo.utils import counters  # two seconds: only who compiles waits

        found = counters["inductor"]
        return cls(found["fxgraph_cache_hit"], found["fxgraph_cache_miss"])

    def since(self, folder: Path) -> str:
        """What came since, in words."""
        now = _CacheCount.now()
        hits, misses = now.hits - self.hits, now.misses - self.misses
        return f"{hits} of {hits + misses} graphs were in {folder}"
