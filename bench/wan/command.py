"""Measures the Wan generator and tells: sentences, a table, and one line of JSON last."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final, TextIO

import torch

from bench.wan.against import compare
from bench.wan.ceilings import attention_rate, measure_ceilings
from bench.wan.options import WanBenchOptions, parse
from bench.wan.subject import Chunk, Subject
from bench.wan.work import Ceilings
from engine.clock import NS_PER_SECOND
from engine.errors import EngineError
from engine.generators.wan.acceleration.compile_stages import CompileCount
from engine.metrics.gpus import read_gpus

_TERA: Final = 1e12
_GIGA: Final = 1e9
_PROFILED: Final = 14
"""Kernels named by --profile."""


def run_wan_bench(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Measure and tell.

    Returns:
        0 whatever the figures are, 1 if something could not be measured or an audit found something, 2 for a mistake.
    """
    options = parse(arguments)
    out = out or sys.stdout

    def tell(sentence: str) -> None:
        out.write(f"{sentence}\n")
        out.flush()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu" and not options.tiny:
        tell("There is no GPU here, and at full size a chunk would take minutes: add --tiny.")
        return 1
    others = [sentence for gpu in read_gpus().loads if (sentence := gpu.sentence())]
    for sentence in others:
        tell(f"The {sentence}.")
    if others and not options.anyway:
        tell("End them, or measure all the same with --anyway.")
        return 1
    clean = True
    try:
        if options.audit:
            document, clean = _audit(options, device, tell)
        elif options.against is not None:
            document = _compare(options, device, tell)
        else:
            document = _measure(options, device, tell)
    except EngineError as error:
        tell(f"It could not be measured: {error}")
        return 1
    head = {"command": ["hardcut", "bench", *arguments], "others_on_gpu": others}
    line = json.dumps(head | document, ensure_ascii=False)
    if options.json is not None:
        try:
            options.json.write_text(line + "\n", encoding="utf-8")
        except OSError as error:
            tell(f"{options.json} could not be written: {error.strerror}.")
            return 1
    tell(line)
    return 0 if clean else 1


def _threads() -> str:
    count = torch.get_num_threads()
    return f"{count} threads" if count > 1 else "1 thread"


def _introduced(device: torch.device, tell: Callable[[str], None]) -> str:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {_threads()}"
    tell(f"{name}; torch {torch.__version__}.")
    return name


def _audit(
    options: WanBenchOptions, device: torch.device, tell: Callable[[str], None]
) -> tuple[dict[str, object], bool]:
    from bench.wan.audit import audit  # the whole generator, and what that needs

    name = _introduced(device, tell)
    found, clean = audit(options, device, tell)
    return {"device": name, "torch": torch.__version__, "generator": options.generator, "audit": found}, clean


def _subject(options: WanBenchOptions) -> str:
    """What is measured, in a sentence."""
    recipe, grid = options.recipe, options.grid
    size = "at a tiny size, random weights" if options.tiny else "random weights"
    depth = ", with depth" if options.vace else ""
    return (
        f"{options.generator}, {size}: {recipe.name}, {len(recipe.steps)} steps, window {recipe.window}, "
        f"{8 * grid.width}×{8 * grid.height}, decoder {options.decoder}{depth}."
    )


def _rate(value: float, unit: str) -> str:
    """For people, e.g. "790 TFLOP/s" or "36.7 GB/s"."""
    size, prefix = (_TERA, "T") if value >= _TERA else (_GIGA, "G")
    return f"{value / size:.{1 if value < 100 * size else 0}f} {prefix}{unit}"


def _compare(options: WanBenchOptions, device: torch.device, tell: Callable[[str], None]) -> dict[str, object]:
    if device.type == "cpu":
        torch.set_num_threads(1)
    name = _introduced(device, tell)
    found = compare(options, device, tell)
    return {"device": name, "torch": torch.__version__, "generator": options.generator, "against": found}


def _measure(options: WanBenchOptions, device: torch.device, tell: Callable[[str], None]) -> dict[str, object]:
    name = _introduced(device, tell)
    tell(_subject(options))
    began = time.perf_counter_ns()
    subject = Subject(options, device, tell)
    ceilings = measure_ceilings(device, subject.dtype, fp8=options.fp8)
    tell(
        f"Ceilings: {_rate(ceilings.matrix, 'FLOP/s')} {str(subject.dtype).removeprefix('torch.')}"
        + (f", {_rate(ceilings.linear, 'FLOP/s')} fp8" if options.fp8 else "")
        + f", {_rate(ceilings.bandwidth, 'B/s')}."
    )
    dims, recipe, grid = options.dims, options.recipe, options.grid
    shape = (recipe.block_frames * grid.tokens, recipe.window * grid.tokens, dims.heads, dims.head_dim)
    attention_ms, attention = attention_rate(subject.attention, device, subject.dtype, shape)
    tell(f"Self-attention {shape[0]}×{shape[1]}: {attention_ms:.3f} ms, {_rate(attention, 'FLOP/s')}.")
    for choice in subject.choices:
        tell(f"{choice.component}: {choice.chosen} – {choice.reason}.")
        for alternative, reason in choice.rejected:
            tell(f"    not {alternative}: {reason}")
    if subject.precision_error is not None:
        tell(f"One pass in fp8 against {subject.dtype}: relative error {subject.precision_error:.1e}.")
    for _ in subject.warm_up():
        pass
    for _ in range(subject.chunks_to_steady):
        subject.make_chunk().end.wait()
    warm_s = (time.perf_counter_ns() - began) / NS_PER_SECOND
    compiled = CompileCount.now()
    tell(f"Warm after {warm_s:.1f} s, with {compiled.graphs} compiled graphs and {compiled.breaks} breaks.")
    chunks, wall_ms = _steady(subject, options.chunks)
    since = CompileCount.now().since(compiled)
    tell(f"After warm-up: {since.graphs} recompiles, {since.breaks} breaks, {subject.late} graphs recorded late.")
    error = subject.error_against_plain()
    plain_ms = subject.plain_pass_ms()
    tell(f"A pass against the same pass unaccelerated ({plain_ms:.2f} ms): relative error {error:.1e}.")
    kernels = _kernels(subject, tell) if options.profile else []
    memory = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
    stages = _stages(subject, ceilings, chunks)
    frames = chunks[-1].frames
    chunk_ms = wall_ms / len(chunks)
    floor_ms = sum(floor for _, _, floor in stages)
    _table(stages, chunk_ms, floor_ms, frames, memory, tell)
    return {
        "device": name,
        "torch": torch.__version__,
        "generator": options.generator,
        "options": {
            "recipe": recipe.name,
            "window": recipe.window,
            "steps": len(recipe.steps),
            "vace": options.vace,
            "precision": "fp8" if options.fp8 else str(subject.dtype).removeprefix("torch."),
            "decoder": options.decoder,
            "compile": options.compilation.value,
            "graphs": options.graphs,
            "bias": options.bias,
            "kernels": options.kernels,
            "overlap": options.overlap,
            "picture": [8 * grid.height, 8 * grid.width],
            "tiny": options.tiny,
        },
        "ceilings": asdict(ceilings),
        "attention": {"ms": attention_ms, "flops": attention},
        "backends": [asdict(choice) for choice in subject.choices],
        "precision_error": subject.precision_error,
        "warm_up_s": warm_s,
        "after_warm_up": asdict(since) | {"late": subject.late},
        "error_against_plain": error,
        "plain_pass_ms": plain_ms,
        "kernels": kernels,
        "stages": {name: {"ms": ms, "floor_ms": floor} for name, ms, floor in stages},
        "chunk_ms": chunk_ms,
        "floor_ms": floor_ms,
        "frames": frames,
        "fps": 1e3 * frames / chunk_ms,
        "memory_bytes": memory,
    }


def _steady(subject: Subject, count: int) -> tuple[list[Chunk], float]:
    """So many chunks, each launched while the one before is still being worked on; and all their time, in ms."""
    subject.make_chunk().end.wait()
    began = time.perf_counter_ns()
    chunks: list[Chunk] = []
    for _ in range(count):
        chunks.append(subject.make_chunk())
        if len(chunks) > 1:
            chunks[-2].end.wait()
    chunks[-1].end.wait()
    return chunks, (time.perf_counter_ns() - began) / NS_PER_SECOND * 1e3


def _stages(subject: Subject, ceilings: Ceilings, chunks: Sequence[Chunk]) -> list[tuple[str, float, float]]:
    """Name, median ms and floor of each stage, and of what lies between them."""
    work = subject.work()
    stages = []
    for index, (name, _, _) in enumerate(chunks[-1].stages):
        ms = statistics.median(chunk.stages[index][2].ms_since(chunk.stages[index][1]) for chunk in chunks)
        stages.append((name, ms, work[name].floor_ms(ceilings) if name in work else 0.0))
    whole = statistics.median(chunk.end.ms_since(chunk.start) for chunk in chunks)
    return [*stages, ("between", whole - sum(ms for _, ms, _ in stages), 0.0)]


def _table(
    stages: Sequence[tuple[str, float, float]],
    chunk_ms: float,
    floor_ms: float,
    frames: int,
    memory: int,
    tell: Callable[[str], None],
) -> None:
    tell(f"\n{'stage':<14}{'ms':>10}{'floor':>10}{'over':>8}")
    for name, ms, floor in [*stages, ("chunk", chunk_ms, floor_ms)]:
        over = f"{ms / floor:8.2f}" if floor > 0.005 else ""
        tell(f"{name:<14}{ms:>10.2f}{floor:>10.2f}{over}")
    tell(
        f"\n{1e3 * frames / chunk_ms:.1f} FPS ({frames} frames a chunk; {1e3 * frames / floor_ms:.1f} at the floor)"
        + (f", {memory / _GIGA:.1f} GB on the GPU." if memory else ".")
    )


def _kernels(subject: Subject, tell: Callable[[str], None]) -> list[dict[str, object]]:
    """What one chunk's time goes to."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if subject.device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities) as profile:
        subject.make_chunk().end.wait()
    on_gpu = subject.device.type == "cuda"
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
        tell(f"{float(one['ms']):>10.2f} ms {one['calls']:>6}× {str(one['name'])[:110]}")
    return found
