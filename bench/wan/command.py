"""Measures the Wan generator and tells: sentences, a table, and one line of JSON last."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO

import torch

from bench.wan.against import compare
from bench.wan.ceilings import attention_rate, measure_ceilings
from bench.wan.measure import WanFigures, as_played, bare_model
from bench.wan.model import never, opened, request_of
from bench.wan.options import WanBenchOptions, parse
from bench.wan.sharing import measure_sharing
from bench.wan.timing import fastest_ms
from engine.clock import NS_PER_SECOND
from engine.errors import EngineError
from engine.generators.wan.acceleration.compile_stages import CompileCount, uncompiled
from engine.generators.wan.arithmetic import Ceilings
from engine.generators.wan.dims import LATENT_CHANNELS
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.sampling.sampler import EagerPass
from engine.metrics.gpus import read_gpus
from engine.session.plain import to_plain

_TERA: Final = 1e12
_GIGA: Final = 1e9
_PROFILED: Final = 14
"""Kernels named by --profile."""


def run_wan_bench(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Measure and print.

    Returns:
        0 whatever the figures are, 1 if something could not be measured or an audit found something, 2 for a mistake.
    """
    options = parse(arguments)
    out = out or sys.stdout

    def report(sentence: str) -> None:
        out.write(f"{sentence}\n")
        out.flush()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu" and not options.tiny:
        report("There is no GPU here, and at full size a chunk would take minutes: add --tiny.")
        return 1
    others = [sentence for gpu in read_gpus().loads if (sentence := gpu.sentence())]
    for sentence in others:
        report(f"The {sentence}.")
    if others and not options.anyway:
        report("End them, or measure all the same with --anyway.")
        return 1
    clean = True
    try:
        if options.audit:
            document, clean = _audit(options, device, report)
        elif options.against is not None:
            document = _compare(options, device, report)
        else:
            document = _measure(options, device, report)
    except EngineError as error:
        report(f"It could not be measured: {error}")
        return 1
    head = {"command": ["hardcut", "bench", *arguments], "others_on_gpu": others}
    line = json.dumps(head | document, ensure_ascii=False)
    if options.json is not None:
        try:
            options.json.write_text(line + "\n", encoding="utf-8")
        except OSError as error:
            report(f"{options.json} could not be written: {error.strerror}.")
            return 1
    report(line)
    return 0 if clean else 1


def _print_machine(options: WanBenchOptions, device: torch.device, report: Callable[[str], None]) -> dict[str, object]:
    """Print the machine; return the head of the document."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU, 1 thread"
    report(f"{name}; torch {torch.__version__}.")
    return {"device": name, "torch": torch.__version__, "generator": options.generator}


def _audit(
    options: WanBenchOptions, device: torch.device, report: Callable[[str], None]
) -> tuple[dict[str, object], bool]:
    from bench.wan.audit import audit  # watchers over all that torch does, for this one only

    head = _print_machine(options, device, report)
    found, clean = audit(options, device, report)
    return head | {"audit": found}, clean


def _compare(options: WanBenchOptions, device: torch.device, report: Callable[[str], None]) -> dict[str, object]:
    if device.type == "cpu":
        torch.set_num_threads(1)
    head = _print_machine(options, device, report)
    return head | {"against": compare(options, device, report)}


def _subject(options: WanBenchOptions) -> str:
    """Describe what is measured, in a sentence."""
    recipe = options.recipe
    size = "at a tiny size, random weights" if options.tiny else "random weights"
    return (
        f"{options.generator}, {size}: {recipe.name}, {len(recipe.steps)} steps, window {recipe.window}, "
        f"{options.edge}×{options.edge}, decoder {options.decoder}."
    )


def _measure(options: WanBenchOptions, device: torch.device, report: Callable[[str], None]) -> dict[str, object]:
    head = _print_machine(options, device, report)
    report(_subject(options))
    with opened(options, device) as generator:
        start_ns = time.perf_counter_ns()
        for _ in generator.warm_up():
            pass  # told by its end
        warm_s = (time.perf_counter_ns() - start_ns) / NS_PER_SECOND
        for choice in generator.backends():
            report(f"{choice.component}: {choice.chosen} – {choice.reason}{_of(choice.shapes)}.")
            for alternative, reason in choice.rejected:
                report(f"    not {alternative}: {reason}")
        compiled, recorded = CompileCount.now(), generator.parts.execution.recorded
        report(f"Warm after {warm_s:.1f} s, with {compiled.graphs} compiled graphs and {compiled.breaks} breaks.")
        ceilings, attention = _ceilings(generator, options, device, report)
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)  # of what plays, not of what measured the ceilings
        played = as_played(generator, options, ceilings)
        bare = bare_model(generator, options, device, ceilings)
        since, late = CompileCount.now().since(compiled), generator.parts.execution.recorded - recorded
        report(f"After warm-up: {since.graphs} recompiles, {since.breaks} breaks, {late} graphs recorded late.")
        memory = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
        sharing = measure_sharing(generator, options, device, bare, report)
        plain_ms = None
        if sharing is None:
            plain_ms = _plain_pass_ms(generator, options, device)
            report(f"One pass as written, nothing accelerated: {plain_ms:.2f} ms.")
        kernels = _kernels(generator, options, device, report) if options.profile else []
        dtype = str(generator.parts.model.dtype).removeprefix("torch.")
        backends = generator.backends()
    _table(bare, played, memory, report)
    return head | {
        "options": _options_document(options, dtype),
        "ceilings": to_plain(ceilings),
        "attention": attention,
        "backends": to_plain(backends),
        "warm_up_s": warm_s,
        "after_warm_up": to_plain(since) | {"late": late},
        "plain_pass_ms": plain_ms,
        "kernels": kernels,
        "bare": to_plain(bare),
        "program": to_plain(played),
        "memory_bytes": memory,
        "sharing": None if sharing is None else to_plain(sharing),
    }


def _of(shapes: str) -> str:
    return f"; {shapes}" if shapes else ""


def _options_document(options: WanBenchOptions, dtype: str) -> dict[str, object]:
    return {
        "recipe": options.recipe.name,
        "window": options.recipe.window,
        "steps": len(options.recipe.steps),
        "vace": options.vace,
        "precision": "fp8" if options.fp8 else dtype,
        "decoder": options.decoder,
        "compile": options.compilation.value,
        "graphs": options.graphs,
        "bias": options.bias,
        "kernels": options.kernels,
        "overlap": options.overlap,
        "gpus": options.gpus,
        "picture": [options.edge, options.edge],
        "tiny": options.tiny,
    }


def _ceilings(
    generator: WanGenerator, options: WanBenchOptions, device: torch.device, report: Callable[[str], None]
) -> tuple[Ceilings, dict[str, float]]:
    """Measure the machine's ceilings, and its attention at the sizes of this model."""
    parts, dims, recipe = generator.parts, options.dims, options.recipe
    dtype = parts.model.dtype
    ceilings = measure_ceilings(device, dtype, fp8=options.fp8)
    report(
        f"Ceilings: {_rate(ceilings.matrix, 'FLOP/s')} {str(dtype).removeprefix('torch.')}"
        + (f", {_rate(ceilings.linear, 'FLOP/s')} fp8" if options.fp8 else "")
        + f", {_rate(ceilings.bandwidth, 'B/s')}."
    )
    tokens = options.grid.tokens
    shape = (recipe.block_frames * tokens, recipe.window * tokens, dims.heads, dims.head_dim)
    ms, rate = attention_rate(parts.attention, device, dtype, shape)
    report(f"Self-attention {shape[0]}×{shape[1]}: {ms:.3f} ms, {_rate(rate, 'FLOP/s')}.")
    return ceilings, {"ms": ms, "flops": rate}


def _rate(value: float, unit: str) -> str:
    """Format a rate for people, e.g. "790 TFLOP/s" or "36.7 GB/s"."""
    size, prefix = (_TERA, "T") if value >= _TERA else (_GIGA, "G")
    return f"{value / size:.{1 if value < 100 * size else 0}f} {prefix}{unit}"


@torch.inference_mode()
def _plain_pass_ms(generator: WanGenerator, options: WanBenchOptions, device: torch.device) -> float:
    """Time one pass of the model as written over the current window; overwrites the slots of the current block."""
    model, sampler, grid = generator.parts.model, generator.video.sampler, options.grid
    frames = options.recipe.block_frames
    latents = torch.zeros((1, LATENT_CHANNELS, frames, grid.height, grid.width), device=device)
    times = torch.full((1, frames), 500.0, device=device)
    plain = EagerPass(model, sampler.cache, sampler.text)
    with uncompiled(model):
        return fastest_ms(lambda: plain(latents, times, None, None), device, calls=2, rounds=2)


def _table(bare: WanFigures, played: WanFigures, memory: int, report: Callable[[str], None]) -> None:
    """Print the stages of the bare model, and both figures side by side."""
    report(f"\n{'bare model, stage':<20}{'ms':>10}{'floor':>10}{'over':>8}")
    for stage in bare.stages:
        report(f"{stage.name:<20}{stage.ms:>10.2f}{stage.floor_ms:>10.2f}{_over(stage.ms, stage.floor_ms)}")
    report(f"\n{'':<20}{'bare model':>12}{'program':>12}")
    for name, one, other in (
        ("ms a chunk", f"{bare.chunk_ms:.2f}", f"{played.chunk_ms:.2f}"),
        ("floor", f"{bare.floor_ms:.2f}", f"{played.floor_ms:.2f}"),
        ("over", _over(bare.chunk_ms, bare.floor_ms).strip(), _over(played.chunk_ms, played.floor_ms).strip()),
        ("longest", "", f"{played.longest_ms or 0.0:.2f}"),
        ("FPS", f"{bare.fps:.1f}", f"{played.fps:.1f}"),
    ):
        report(f"{name:<20}{one:>12}{other:>12}")
    report(
        f"\n{bare.frames} frames a chunk. The bare model leaves out {', '.join(bare.left_out)}; the program plays all"
        " of it, with depth." + (f" {memory / _GIGA:.1f} GB on the GPU." if memory else "")
    )


def _over(ms: float, floor_ms: float) -> str:
    return f"{ms / floor_ms:8.2f}" if floor_ms > 0.005 else ""


def _kernels(
    generator: WanGenerator, options: WanBenchOptions, device: torch.device, report: Callable[[str], None]
) -> list[dict[str, object]]:
    """Profile one chunk as the program plays it; print and return its kernels."""
    request = request_of(generator.parts.card, options, depth=True, picture=True)
    on_gpu = device.type == "cuda"
    activities = [torch.profiler.ProfilerActivity.CPU]
    if on_gpu:
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities) as profile:
        generator.generate(request, never)
    found = [
        {
            "name": event.key,
            "calls": event.count,
            "ms": (event.self_device_time_total if on_gpu else event.self_cpu_time_total) / 1e3,
        }
        for event in profile.key_averages()
    ]
    found = sorted(found, key=lambda one: -float(one["ms"]))[:_PROFILED]
    for one in found:
        report(f"{float(one['ms']):>10.2f} ms {one['calls']:>6}× {str(one['name'])[:110]}")
    return found
