"""What makes a model fast: each tool by what the device can do, proved on it against the plain way, and told.

In this order: kernels over rows, fp8 under its guard, compiled stages, graphs. What a card leaves to us ("auto") and
what does not come true is left out and told with its reason; what a card demands and the device cannot do is an error.
"""

import importlib.util
import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import torch

from engine.errors import NotEnoughMemoryError
from engine.generators.graph_capture import CudaRecorder, CutRecorder, Recorder
from engine.generators.torch_settings import keep_kernels
from engine.generators.wan.acceleration.choose_compile import choose_codec_compilation, choose_compilation
from engine.generators.wan.acceleration.compile_stages import compile_blocks, compile_network
from engine.generators.wan.acceleration.decisions import Missing, demand, first_line, off
from engine.generators.wan.acceleration.execution import Eager, Execution, Replayed
from engine.generators.wan.acceleration.graphed_pass import GraphedPass
from engine.generators.wan.acceleration.graphed_stream import REPLAYED_TOLERANCE
from engine.generators.wan.acceleration.probe import Probe, worst_error
from engine.generators.wan.acceleration.quantise import PrecisionReport, quantise
from engine.generators.wan.cards import Compilation, Graphs, ModelCard, Precision, kernels_folder
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.components import COMPILER, DECODE_PATH, GRAPHS, LINEAR_LAYERS
from engine.generators.wan.device.trial import Function, Trial, compile_function
from engine.generators.wan.kernels.matmul_fp8 import CANDIDATES, ProductCandidate, choose_product, fp8_unfit
from engine.generators.wan.kernels.rows import RowKernels, choose_rows
from engine.generators.wan.loading.staging import is_staged
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.sampling.sampler import EagerPass
from engine.messages.events import BackendChoice

_log: Final = logging.getLogger(__name__)

_COMPILE_CAPABILITY: Final = (7, 0)
"""The first compute capability that Triton generates code for."""


_NO_TRIAL: Final = Missing("nothing is compiled")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a device offers to make a model fast.

    Attributes:
        products: of matrices in fp8; recorder: of graphs; compile_function: one function, for trials.
        compile_blocks, compile_network: compile in place.
        rows: kernels over rows to try; None: ours, where the device can run them.
    """

    products: tuple[ProductCandidate, ...] | Missing
    compile_blocks: Callable[[CausalWan], None] | Missing
    compile_network: Callable[[AnyNetwork], None] | Missing
    recorder: Callable[[torch.device], Recorder] | Missing
    compile_function: Callable[[Function], Function] | Missing = _NO_TRIAL
    rows: Callable[[], RowKernels] | None = None


def tools_of(device: torch.device) -> Tools:
    """What a device offers, by its kind and compute capability."""
    unfit = fp8_unfit(device)
    products = Missing(unfit) if unfit else CANDIDATES
    if device.type != "cuda":
        nothing = Missing("no CUDA device")
        return Tools(products, nothing, nothing, nothing)
    reason = ""
    if torch.cuda.get_device_capability(device) < _COMPILE_CAPABILITY:
        reason = "the compiler knows no device as old"
    elif importlib.util.find_spec("triton") is None:
        reason = "Triton is not installed"
    if reason:
        return Tools(products, Missing(reason), Missing(reason), CudaRecorder)
    return Tools(products, compile_blocks, compile_network, CudaRecorder, compile_function)


@dataclass(frozen=True, slots=True)
class Accelerated:
    """What became of a model: how it is run, and every decision."""

    execution: Execution
    choices: tuple[BackendChoice, ...]


def accelerate(
    model: CausalWan, codec: VideoCodec | None, card: ModelCard, tools: Tools, exchange: Exchange | None = None
) -> Generator[float, None, Accelerated]:
    """Make a loaded model fast, in place; yields progress in 0..1.

    Args:
        codec: None where another process codes pictures.
        exchange: with those that share every pass; the model shares its passes by it from then on. Until then it
            must mirror: each process goes through this by itself.

    Raises:
        GeneratorError: the card demands what the device cannot do, or what did not come out right there.
    """
    trial = trial_of(model.device, card, tools)
    if trial.compile is not None:
        keep_kernels(kernels_folder())  # before the first trial
    rows, rows_choice = choose_rows(model.device, model.dtype, model.dims, tools.rows, trial)
    model.use_rows(rows)
    yield 0.05
    tokens = card.recipe.block_frames * (card.grid.tokens if exchange is None else exchange.share.own_tokens)
    precision = _choose_precision(model, card, tools.products, rows, trial, tokens)
    yield 0.1
    if exchange is not None:
        model.share_by(exchange)
        if tools.recorder is CudaRecorder:
            tools = replace(tools, recorder=partial(CutRecorder, take=exchange.crossings.take))
    probe = Probe(model, card)
    stages = choose_compilation(model, probe, card, tools.compile_blocks)
    yield 0.3
    pictures = None if codec is None else choose_codec_compilation(codec, card, tools.compile_network)
    yield 0.85
    execution, graphs = _choose_graphs(model, probe, card, tools.recorder)
    if pictures is None:
        return Accelerated(execution, (rows_choice, *precision, stages, graphs))
    pushes = "plain" if isinstance(execution, Eager) else "replayed"
    decode = BackendChoice(
        component=DECODE_PATH,
        chosen=f"{pushes} pushes, {pictures.chosen}",
        reason=pictures.reason,
        rejected=pictures.rejected,
    )
    return Accelerated(execution, (rows_choice, *precision, stages, graphs, decode))


def accelerate_again(
    model: CausalWan, card: ModelCard, tools: Tools, exchange: Exchange | None
) -> tuple[Execution, BackendChoice]:
    """The same for a model that is fast already, and from now on shares its passes with others: how they are replayed.

    Args:
        exchange: see `accelerate`; None: it makes them alone.
    """
    model.share_by(exchange)
    if exchange is not None and tools.recorder is CudaRecorder:
        tools = replace(tools, recorder=partial(CutRecorder, take=exchange.crossings.take))
    return _choose_graphs(model, Probe(model, card), card, tools.recorder)


def accelerate_at_once(model: CausalWan, tools: Tools, *, replays: bool) -> tuple[Execution, tuple[BackendChoice, ...]]:
    """The same for a show that stands still, because a process that shared its passes was lost: it makes them alone.

    What was compiled is compiled for the share that it had, and would be compiled anew for all tokens: stages run as
    they are written. Nothing is tried again; passes are recorded as they are met.

    Args:
        replays: whether passes were replayed before.
    """
    model.share_by(None)
    stages = off(COMPILER, "a show waits", "regional", "compiling for more tokens would hold it up")
    tool = tools.recorder
    if not replays or isinstance(tool, Missing):
        return Eager(), (stages,)
    graphs = BackendChoice(
        component=GRAPHS,
        chosen="replayed: each pass and codec push from its first on",
        reason="proved before, with a share of the tokens",
    )
    return Replayed(tool(model.device), tool(model.device)), (stages, graphs)


def without_pushes(choices: tuple[BackendChoice, ...], why: str) -> tuple[BackendChoice, ...]:
    """The choices where codec pushes turned out not to be replayed; why: "", where they are."""
    if not why:
        return choices
    return tuple(
        replace(
            one,
            chosen=one.chosen.replace("replayed pushes", "plain pushes"),
            rejected=(*one.rejected, ("replayed pushes", why)),
        )
        if one.component == DECODE_PATH
        else one
        for one in choices
    )


def trial_of(device: torch.device, card: ModelCard, tools: Tools) -> Trial:
    """How kernels are called once everything that the card leaves on is on."""
    function, recorder = tools.compile_function, tools.recorder
    return Trial(
        compile=None if isinstance(function, Missing) or card.pace.compilation is Compilation.OFF else function,
        record=None if isinstance(recorder, Missing) or card.pace.graphs is Graphs.OFF else partial(recorder, device),
    )


def _choose_precision(
    model: CausalWan,
    card: ModelCard,
    products: tuple[ProductCandidate, ...] | Missing,
    rows: RowKernels,
    trial: Trial,
    tokens: int,
) -> tuple[BackendChoice, ...]:
    """The decision for the linear layers; before it that for the product, where one was looked for.

    Args:
        tokens: that a product of a pass has.
    """
    wanted, plain = card.pace.precision, str(model.dtype).removeprefix("torch.")

    def kept(reason: str, why_not: str) -> BackendChoice:
        return BackendChoice(component=LINEAR_LAYERS, chosen=plain, reason=reason, rejected=(("fp8 per row", why_not),))

    if wanted is Precision.BF16:
        return (kept("the card asks for it", "the card asks for bf16"),)
    if isinstance(products, Missing):
        demand(wanted is not Precision.FP8, card, "fp8", products.why)
        return (kept("the device's own", products.why),)
    choice = choose_product(model.device, model.dtype, model.dims, tokens, products, trial=trial)
    if choice.product is None:
        demand(wanted is not Precision.FP8, card, "fp8", choice.why_not)
        if is_staged(model):
            raise NotEnoughMemoryError(
                f"This model has room on the GPU only in fp8, and no product in fp8 is right here: {choice.why_not}",
                where=card.name,
                remedy=f"In {plain} it needs more memory: close other programs on the GPU, or choose a smaller model.",
            )
        return choice.told, kept("the device's own", choice.why_not)
    report = quantise(model, choice.product, rows)
    for name, error in report.blocks:
        _log.info("fp8 in %s: relative error %.1e", name, error)
    return choice.told, _report_of(report)


def _report_of(report: PrecisionReport) -> BackendChoice:
    for layer in report.kept:
        _log.info("no fp8 in %s: %s", layer.name, layer.reason)
    return report.choice()


def _choose_graphs(
    model: CausalWan, probe: Probe, card: ModelCard, tool: Callable[[torch.device], Recorder] | Missing
) -> tuple[Execution, BackendChoice]:
    wanted, component = card.pace.graphs, GRAPHS
    if wanted is Graphs.OFF:
        return Eager(), off(component, "the card asks for it", "graphs", "the card turns them off")
    if isinstance(tool, Missing):
        demand(wanted is not Graphs.ON, card, "graphs", tool.why)
        return Eager(), off(component, tool.why, "graphs", tool.why)
    try:
        replayed = GraphedPass(model, probe.cache, probe.text, tool(model.device))
        probe.run(replayed)  # records
        probe.turn()  # what is replayed must be of these inputs, not of those
        error = worst_error(probe.run(replayed), probe.run(EagerPass(model, probe.cache, probe.text)))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as problem:
        why = f"failed: {first_line(problem)}"
        demand(wanted is not Graphs.ON, card, "graphs", why)
        return Eager(), off(component, "plain launches work", "graphs", why)
    limit = REPLAYED_TOLERANCE[model.dtype]
    if not error <= limit:
        why = f"wrong: relative error {error:.1e} against plain launches (limit {limit:g})"
        demand(wanted is not Graphs.ON, card, "graphs", why)
        return Eager(), off(component, "plain launches are right", "graphs", why)
    # Recorders of their own: the memory of one ends with the graphs in it, and those above are gone now.
    return Replayed(tool(model.device), tool(model.device)), BackendChoice(
        component=component,
        chosen="replayed: passes by window, depth and bias; codec pushes behind the first",
        reason=f"relative error {error:.1e} against plain launches (limit {limit:g})",
    )
