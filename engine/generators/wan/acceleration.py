"""What makes a model fast: each tool by what the device can do, proved on it against the plain way, and told.

In this order: kernels over rows, fp8 under its guard, compiled stages, graphs. What a card leaves to us ("auto") and
what does not come true is left out and told with its reason; what a card demands and the device cannot do is an error.
"""

import importlib.util
import logging
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch._dynamo.utils import counters
from torch._inductor.runtime.cache_dir_utils import default_cache_dir

from engine.errors import GeneratorError
from engine.events import BackendChoice
from engine.generators.wan.cards import (
    FRAMES_PER_LATENT,
    Compilation,
    Graphs,
    ModelCard,
    Precision,
    kernels_folder,
)
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.codecs.stream import NetworkStream
from engine.generators.wan.compiling import compile_blocks, compile_passes, uncompile
from engine.generators.wan.config import LATENT_CHANNELS
from engine.generators.wan.execution import Eager, Execution, Replayed
from engine.generators.wan.graphs import CudaRecorder, GraphedPass, Recorder
from engine.generators.wan.precision import PrecisionReport, quantise
from engine.generators.wan.probe import Probe, worst_error
from engine.generators.wan.products import CANDIDATES, ProductCandidate, choose_product, fp8_unfit
from engine.generators.wan.rows import Rows, choose_rows
from engine.generators.wan.sampler import EagerPass
from engine.generators.wan.transformer import CausalWan

_log: Final = logging.getLogger(__name__)

COMPILED_TOLERANCE: Final = {torch.float32: 1e-3, torch.bfloat16: 6e-2}
"""Relative error of a whole pass as compiled against the same pass as written: rounding to bfloat16 at other places
costs 1.4e-2 through a model of full size, and with the coarser steps of fp8 2.9e-2 (measured on random weights)."""

REPLAYED_TOLERANCE: Final = {torch.float32: 1e-5, torch.bfloat16: 1e-2}
"""The same of a replayed pass against the one that was recorded: the same kernels, unless a library chooses others."""

_COMPILE_CAPABILITY: Final = (7, 0)
"""The first compute capability that Triton generates code for."""

_CACHE_VARIABLE: Final = "TORCHINDUCTOR_CACHE_DIR"


@dataclass(frozen=True, slots=True)
class Missing:
    """A tool that is not there, and why, in a few words."""

    why: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What a device offers to make a model fast.

    Attributes:
        products: of matrices in fp8; recorder: of graphs.
        compile_blocks, compile_passes, compile_network: compile in place.
    """

    products: tuple[ProductCandidate, ...] | Missing
    compile_blocks: Callable[[CausalWan], None] | Missing
    compile_passes: Callable[[CausalWan], None] | Missing
    compile_network: Callable[[AnyNetwork], None] | Missing
    recorder: Callable[[torch.device], Recorder] | Missing


def tools_of(device: torch.device) -> Tools:
    """What a device offers, by its kind and compute capability."""
    unfit = fp8_unfit(device)
    products = Missing(unfit) if unfit else CANDIDATES
    if device.type != "cuda":
        nothing = Missing("no CUDA device")
        return Tools(products, nothing, nothing, nothing, nothing)
    reason = ""
    if torch.cuda.get_device_capability(device) < _COMPILE_CAPABILITY:
        reason = "the compiler knows no device as old"
    elif importlib.util.find_spec("triton") is None:
        reason = "Triton is not installed"
    if reason:
        return Tools(products, Missing(reason), Missing(reason), Missing(reason), CudaRecorder)
    return Tools(products, compile_blocks, compile_passes, compile_network, CudaRecorder)


def compile_network(network: AnyNetwork) -> None:
    """Compile one direction of a codec, when it is first called."""
    network.compile(dynamic=False)


@dataclass(frozen=True, slots=True)
class Accelerated:
    """What became of a model: how it is run, and every decision."""

    execution: Execution
    choices: tuple[BackendChoice, ...]


def accelerate(
    model: CausalWan, codec: VideoCodec, card: ModelCard, tools: Tools
) -> Generator[float, None, Accelerated]:
    """Make a loaded model fast, in place; yields progress in 0..1.

    Raises:
        GeneratorError: the card demands what the device cannot do, or what did not come out right there.
    """
    rows, rows_choice = choose_rows(model.device, model.dtype, model.dims)
    model.use_rows(rows)
    yield 0.05
    precision = _choose_precision(model, card, tools.products, rows)
    yield 0.1
    probe = Probe(model, card)
    stages = _choose_compilation(model, probe, card, tools)
    yield 0.3
    pictures = _compile_codec(codec, card, tools.compile_network)
    yield 0.85
    execution, graphs = _choose_graphs(model, probe, card, tools.recorder)
    pushes = "plain" if isinstance(execution, Eager) else "replayed"
    decode = BackendChoice(
        component="wan decode path",
        chosen=f"{pushes} pushes, {pictures.chosen}",
        reason=pictures.reason,
        rejected=pictures.rejected,
    )
    return Accelerated(execution, (rows_choice, *precision, stages, graphs, decode))


def _choose_precision(
    model: CausalWan, card: ModelCard, products: tuple[ProductCandidate, ...] | Missing, rows: Rows
) -> tuple[BackendChoice, ...]:
    """The decision for the linear layers; before it that for the product, where one was looked for."""
    wanted, plain = card.pace.precision, str(model.dtype).removeprefix("torch.")

    def kept(reason: str, why_not: str) -> BackendChoice:
        return BackendChoice(
            component="wan linear layers", chosen=plain, reason=reason, rejected=(("fp8 per row", why_not),)
        )

    if wanted is Precision.BF16:
        return (kept("the card asks for it", "the card asks for bf16"),)
    if isinstance(products, Missing):
        _demand(wanted is not Precision.FP8, card, "fp8", products.why)
        return (kept("the device's own", products.why),)
    tokens = card.recipe.block_frames * card.grid.tokens
    choice = choose_product(model.device, model.dtype, model.dims, tokens, products)
    if choice.product is None:
        _demand(wanted is not Precision.FP8, card, "fp8", choice.why_not)
        return choice.told, kept("the device's own", choice.why_not)
    report = quantise(model, choice.product, rows)
    for name, error in report.blocks:
        _log.info("fp8 in %s: relative error %.1e", name, error)
    return choice.told, _told(report)


def _told(report: PrecisionReport) -> BackendChoice:
    for layer in report.kept:
        _log.info("no fp8 in %s: %s", layer.name, layer.reason)
    return report.choice()


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A way of compiling a model, in words.

    Attributes:
        demanded: what a card asks for; done: what was chosen; instead: the other way, and why not.
    """

    demanded: str
    done: str
    instead: tuple[str, str]


_COMPILED: Final = {
    Compilation.REGIONAL: _Compiled(
        "compiled stages",
        "the stages of each block",
        ("whole", "a graph for every length of the window, with nothing more to fuse between the attention kernels"),
    ),
    Compilation.WHOLE: _Compiled("compiled passes", "each pass as one graph", ("regional", "the card asks for whole")),
}


def _choose_compilation(model: CausalWan, probe: Probe, card: ModelCard, tools: Tools) -> BackendChoice:
    wanted, component = card.pace.compilation, "wan compiler"
    if wanted is Compilation.OFF:
        return _off(component, "the card asks for it", "regional", "the card turns it off")
    way = Compilation.WHOLE if wanted is Compilation.WHOLE else Compilation.REGIONAL
    tool = tools.compile_passes if way is Compilation.WHOLE else tools.compile_blocks
    words = _COMPILED[way]
    if isinstance(tool, Missing):
        _demand(wanted is Compilation.AUTO, card, words.demanded, tool.why)
        return _off(component, tool.why, way.value, tool.why)
    folder, found = _use_kernels_folder(), _CacheCount.now()
    plain = EagerPass(model, probe.cache, probe.text)
    expected = probe.run(plain)
    fault, error = "", float("inf")
    try:
        tool(model)
        error = worst_error(probe.run(plain), expected)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, ImportError, OSError) as problem:
        fault = _first_line(problem)
    limit = COMPILED_TOLERANCE[model.dtype]
    if not error <= limit:
        uncompile(model)
        why = f"failed: {fault}" if fault else f"wrong: relative error {error:.1e} against plain (limit {limit:g})"
        _demand(wanted is Compilation.AUTO, card, words.demanded, why)
        return _off(component, "plain stages are right", way.value, why)
    return BackendChoice(
        component=component,
        chosen=f"{way.value}: {words.done}",
        reason=f"relative error {error:.1e} against plain (limit {limit:g}); {found.since(folder)}",
        rejected=(words.instead,),
    )


def _compile_codec(codec: VideoCodec, card: ModelCard, tool: Callable[[AnyNetwork], None] | Missing) -> BackendChoice:
    """The decision for both directions of the codec."""
    wanted = card.pace.compilation

    def plain(reason: str, why_not: str) -> BackendChoice:
        return BackendChoice(
            component="wan codec compiler",
            chosen="not compiled",
            reason=reason,
            rejected=(("a compiled codec", why_not),),
        )

    if wanted is Compilation.OFF:
        return plain("the card asks for it", "the card turns it off")
    if isinstance(tool, Missing):
        return plain(tool.why, tool.why)
    chunk, edge, grid = card.chunk_frames, card.edge, card.grid
    first_frames = chunk - FRAMES_PER_LATENT + codec.encoder.groups[0]
    latents = (1, LATENT_CHANNELS, card.recipe.block_frames, grid.height, grid.width)
    shapes = {
        codec.encoder: ((1, 3, first_frames, edge, edge), (1, 3, chunk, edge, edge)),
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
        except (RuntimeError, ImportError, OSError) as problem:
            error, why = 0.0, f"failed: {_first_line(problem)}"
        if why:
            for one in shapes:
                one._compiled_call_impl = None  # noqa: SLF001 - torch offers no way back from Module.compile
            _demand(wanted is Compilation.AUTO, card, "a compiled codec", why)
            return plain("it is right", why)
        worst = max(worst, error)
    return BackendChoice(
        component="wan codec compiler",
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


def _choose_graphs(
    model: CausalWan, probe: Probe, card: ModelCard, tool: Callable[[torch.device], Recorder] | Missing
) -> tuple[Execution, BackendChoice]:
    wanted, component = card.pace.graphs, "wan graphs"
    if wanted is Graphs.OFF:
        return Eager(), _off(component, "the card asks for it", "graphs", "the card turns them off")
    if isinstance(tool, Missing):
        _demand(wanted is not Graphs.ON, card, "graphs", tool.why)
        return Eager(), _off(component, tool.why, "graphs", tool.why)
    try:
        replayed = GraphedPass(model, probe.cache, probe.text, tool(model.device))
        probe.run(replayed)  # records
        probe.turn()  # what is replayed must be of these inputs, not of those
        error = worst_error(probe.run(replayed), probe.run(EagerPass(model, probe.cache, probe.text)))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as problem:
        why = f"failed: {_first_line(problem)}"
        _demand(wanted is not Graphs.ON, card, "graphs", why)
        return Eager(), _off(component, "plain launches work", "graphs", why)
    limit = REPLAYED_TOLERANCE[model.dtype]
    if not error <= limit:
        why = f"wrong: relative error {error:.1e} against plain launches (limit {limit:g})"
        _demand(wanted is not Graphs.ON, card, "graphs", why)
        return Eager(), _off(component, "plain launches are right", "graphs", why)
    # Recorders of their own: the memory of one ends with the graphs in it, and those above are gone now.
    return Replayed(tool(model.device), tool(model.device)), BackendChoice(
        component=component,
        chosen="replayed: passes by window, depth and bias; codec pushes behind the first",
        reason=f"relative error {error:.1e} against plain launches (limit {limit:g})",
    )


def _off(component: str, reason: str, other: str, why_not: str) -> BackendChoice:
    return BackendChoice(component=component, chosen="off", reason=reason, rejected=((other, why_not),))


def _demand(met: bool, card: ModelCard, what: str, why: str) -> None:
    """Raises GeneratorError: the card demands what is not to be had."""
    if not met:
        raise GeneratorError(
            f"The card demands {what}, and that is not to be had here: {why}",
            where=card.name,
            remedy='Write "auto" into the card, or use a device that can.',
        )


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return f"{type(problem).__name__}: {lines[0][:200]}"


def _use_kernels_folder() -> Path:
    """Let the compiler keep its work where the next start finds it, unless the user has named a place.

    What torch itself names when it is imported is a folder for temporary files.
    """
    if os.environ.get(_CACHE_VARIABLE, default_cache_dir()) == default_cache_dir():
        os.environ[_CACHE_VARIABLE] = str(kernels_folder())
    return Path(os.environ[_CACHE_VARIABLE])


@dataclass(frozen=True, slots=True)
class _CacheCount:
    """Compiled graphs that were found on disk so far, and those that were not."""

    hits: int
    misses: int

    @classmethod
    def now(cls) -> "_CacheCount":
        found = counters["inductor"]
        return cls(found["fxgraph_cache_hit"], found["fxgraph_cache_miss"])

    def since(self, folder: Path) -> str:
        """What came since, in words."""
        now = _CacheCount.now()
        hits, misses = now.hits - self.hits, now.misses - self.misses
        return f"{hits} of {hits + misses} graphs were in {folder}"
