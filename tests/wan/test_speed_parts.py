"""Graphs, fp8 and row kernels, by their logic: on the CPU nothing is faster, and everything is the same."""

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.graph_capture import CallAgain, Replay
from engine.generators.wan.acceleration.compile_stages import CompileCount, compile_blocks, uncompiled
from engine.generators.wan.acceleration.graphed_pass import GraphedPass, PassShape
from engine.generators.wan.acceleration.quantise import Float8Linear, quantise
from engine.generators.wan.device.trial import Function, Trial
from engine.generators.wan.dims import WAN_1_3B, WAN_TINY
from engine.generators.wan.kernels.float8 import FP8, FP8_MAX
from engine.generators.wan.kernels.matmul_fp8 import PlainProduct, emulated_product
from engine.generators.wan.kernels.rows import RowKernels, TorchRows, add_gated, choose_rows, layer_norm, modulate
from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.linear import Linear
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import LONGLIVE
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler
from tests.wan.models import CPU, SMALL, make_embedding, make_model, noise, relative
from tests.wan.test_sampler import GRID, never, request

TOKENS = GRID.tokens * LONGLIVE.block_frames


class Counting(CallAgain):
    """Counts what is recorded, and calls it once aside, as recording a graph does."""

    def __init__(self) -> None:
        self.recorded = 0

    def record(self, work: Callable[[], None]) -> Replay:
        self.recorded += 1
        work()
        return super().record(work)


def samplers(model: CausalWan) -> tuple[BlockSampler, BlockSampler, GraphedPass, Counting]:
    """One that replays, one that does not, over the same model."""
    recorder = Counting()
    made: list[GraphedPass] = []

    def graphed(model: CausalWan, cache: KVCache, text: KeyValues) -> GraphedPass:
        made.append(GraphedPass(model, cache, text, recorder))
        return made[0]

    both = BlockSampler(model, LONGLIVE, GRID, denoise=graphed), BlockSampler(model, LONGLIVE, GRID)
    for one in both:
        one.set_prompt(make_embedding(SMALL))
    return *both, made[0], recorder


def test_replayed_passes_equal_eager_ones_through_depth_bias_and_a_cut() -> None:
    model = make_model(SMALL, vace=True)
    assert model.vace is not None
    replayed, eager, runner, recorder = samplers(model)
    shapes = runner.warm_up(
        noise(1, 16, 3, GRID.height, GRID.width), GRID.tokens, depth=True, biased=True, remembers=True
    )
    for _ in shapes:
        assert not runner.late
    lengths = replayed.cache.lengths
    assert recorder.recorded == len(lengths) * 5 == len(runner.shapes)
    control = Control(model.vace.embed(noise(1, 96, 3, GRID.height, GRID.width)), torch.tensor(0.5))
    kept: list[tuple[Tensor, Tensor]] = []
    for index in range(7):
        extra = {"control": control if index % 2 else None, "past": 0.5 if index > 4 else 1.0}
        if index == 3:
            replayed.reset()
            eager.reset()
        kept.append(tuple(one.generate(request(LONGLIVE, index, **extra), never) for one in (replayed, eager)))  # type: ignore[arg-type]
    for value, expected in kept:  # looked at only now: no later replay has touched them
        assert torch.equal(value, expected)
    assert (recorder.recorded, runner.late) == (len(lengths) * 5, 0)


def test_a_velocity_belongs_to_the_caller() -> None:
    model = make_model(SMALL)
    _, _, runner, _ = samplers(model)
    times = torch.full((1, 3), 500.0)
    first = runner(noise(1, 16, 3, GRID.height, GRID.width), times, None, None)
    before = first.clone()
    runner(noise(1, 16, 3, GRID.height, GRID.width, seed=1), times, None, None)
    assert torch.equal(first, before)


def test_what_was_not_warmed_up_is_counted() -> None:
    model = make_model(SMALL, vace=True)
    assert model.vace is not None
    replayed, _, runner, _ = samplers(model)
    latents = noise(1, 16, 3, GRID.height, GRID.width)
    progress = list(runner.warm_up(latents, GRID.tokens, depth=False, biased=False, remembers=True))
    assert progress[-1] == 1.0 and len(progress) == 2 * len(replayed.cache.lengths)
    assert PassShape(TOKENS, False, None) in runner.shapes
    replayed.generate(request(LONGLIVE, 0), never)
    assert runner.late == 0
    replayed.generate(request(LONGLIVE, 1, past=0.5), never)
    assert runner.late == 1  # a denoise pass: the one that makes the past has no bias


def test_rows_in_fp8_come_back() -> None:
    x = noise(64, 256) * torch.logspace(-8, 8, 64)[:, None]
    x[3] = 0.0
    packed, scale = TorchRows().quantise(x)
    assert packed.dtype is FP8 and scale.shape == (64, 1)
    back = packed.float() * scale
    live = x.abs().amax(1) > 0
    assert (((back - x).norm(dim=1) / x.norm(dim=1))[live] < 0.03).all()
    assert torch.equal(back[3], x[3]) and bool(back.isfinite().all())
    assert (packed.float().abs().amax(1)[live] == FP8_MAX).all()


def test_rows_that_are_added_first() -> None:
    x, y = noise(1, 12, 64), noise(1, 12, 64, seed=1)
    shift, scale, gate = noise(1, 3, 6, 64, seed=2)[:, :, :3].chunk(3, dim=2)
    weight, bias = noise(64, seed=3), noise(64, seed=4)
    frame = torch.arange(12) // 4
    total, *packed = TorchRows().add_modulated(x, y, shift, scale, 1e-6)
    assert torch.equal(total, x + y)
    assert relative(packed[0].float() * packed[1], modulate(x + y, shift, scale, 1e-6)[0]) < 0.04
    total, *packed = TorchRows().add_gated_modulated(x, y, gate, shift, scale, 1e-6)
    assert torch.equal(total, add_gated(x, y, gate))
    assert relative(packed[0].float() * packed[1], modulate(total, shift, scale, 1e-6)[0]) < 0.04
    total, *packed = TorchRows().add_gated_normed(x, y, gate, weight, bias, 1e-6)
    assert torch.allclose(total, x + y * gate[:, frame, 0]) and torch.equal(total, add_gated(x, y, gate))
    assert relative(packed[0].float() * packed[1], layer_norm(total, weight, bias, 1e-6)[0]) < 0.04


class ShiftedRows(TorchRows):
    """Forgets that the rows of shift lie apart."""

    name = "shifted"

    def quantise_modulated(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        return super().quantise_modulated(x, shift.roll(1, 1), scale, eps)


class UnwritingRows(TorchRows):
    name = "unwriting"

    def turn(self, *_: object) -> None:
        """Leaves everything as it was."""


@pytest.mark.parametrize(
    ("make", "chosen", "told"),
    [
        (None, "torch", "needs a CUDA device"),
        (TorchRows, "torch", ""),
        (ShiftedRows, "torch", "wrong: relative error"),
        (UnwritingRows, "torch", "wrong: relative error inf"),
        (lambda: importlib.import_module("no_such_kernels"), "torch", "failed its check: No module named"),
    ],
)
def test_row_kernels_are_tried_before_they_are_used(
    make: Callable[[], RowKernels] | None, chosen: str, told: str
) -> None:
    rows, choice = choose_rows(CPU, torch.float32, WAN_TINY, make)
    assert (rows.name, choice.chosen, choice.component) == (chosen, chosen, "wan row kernels")
    assert [reason[: len(told)] for _, reason in choice.rejected] == ([told] if told else [])


def test_row_kernels_are_tried_as_stages_use_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled in one function, and replayed: what only serves alone is left, and told."""
    monkeypatch.setattr(torch.hub.tqdm, "monitor_interval", 0, raising=False)  # torch's progress bars leave a thread

    class Unlowered(TorchRows):
        name = "unlowered"

        def quantise_gelu(self, x: Tensor) -> tuple[Tensor, Tensor]:
            if torch.compiler.is_compiling():
                raise RuntimeError("LoweringException: AssertionError")
            return super().quantise_gelu(x)

    class Elsewhere(TorchRows):
        """Compiled, its keys go to where they do not belong."""

        name = "elsewhere"

        def turn(self, qk: Tensor, *others: Any) -> None:
            *given, (queries, keys) = others
            place = keys.clone() if torch.compiler.is_compiling() else keys
            super().turn(qk, *given, (queries, place))

    def compiled(function: Function) -> Function:
        called: Function = torch.compile(function, fullgraph=True, dynamic=False, backend="aot_eager")
        return called

    trial = Trial(compile=compiled, record=CallAgain)
    for kind, why in ((Unlowered, "failed its check: "), (Elsewhere, "wrong: relative error inf")):
        assert choose_rows(CPU, torch.float32, WAN_TINY, kind)[0].name == kind.name
        rows, choice = choose_rows(CPU, torch.float32, WAN_TINY, kind, trial)
        assert rows.name == choice.chosen == "torch"
        assert choice.rejected[0][1].startswith(why)
    rows, choice = choose_rows(CPU, torch.float32, WAN_TINY, TorchRows, trial)
    assert choice.reason.startswith("relative error ") and not choice.rejected


def test_the_kernels_of_our_own_are_right() -> None:
    pytest.importorskip("triton", reason="triton comes with torch for CUDA only")
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    for dims in (WAN_TINY, WAN_1_3B):
        rows, choice = choose_rows(torch.device("cuda"), torch.bfloat16, dims)
        assert rows.name == "triton", choice.rejected


def test_fp8_replaces_the_large_layers_and_stays_near() -> None:
    model = make_model(WAN_TINY, vace=True)
    plain = make_model(WAN_TINY, vace=True)
    report = quantise(model, emulated_product)
    assert len(report.layers) == 6 * 6 and not report.kept and len(report.blocks) == 6
    assert all(0.02 < layer.error < 0.05 for layer in report.layers)
    assert not any(hooks for module in model.modules() for hooks in (module._forward_hooks, module._forward_pre_hooks))
    assert report.choice().chosen == "fp8 per row in 36 of 36"
    ours, theirs = (BlockSampler(one, LONGLIVE, GRID) for one in (model, plain))
    for one in (ours, theirs):
        one.set_prompt(make_embedding(WAN_TINY))
    wanted = BlockRequest(key=request(LONGLIVE, 0).key)
    assert 0.0 < relative(ours.generate(wanted, never), theirs.generate(wanted, never)) < 0.15


def test_a_layer_that_fp8_would_spoil_is_left_alone_and_named() -> None:
    model = make_model(WAN_TINY)
    block = next(model.all_blocks())
    report = quantise(model, _spoiling(block.ffn_out.in_features))
    kept = {layer.name for layer in report.kept}
    assert kept == {f"blocks.{index}.ffn.2" for index in range(4)}
    assert all(
        isinstance(one.ffn_out, Linear) and not isinstance(one.ffn_out, Float8Linear) for one in model.all_blocks()
    )
    assert report.choice().rejected[0][0] == "fp8 in blocks.0.ffn.2"
    assert "relative error" in report.choice().rejected[0][1]


def _spoiling(inputs: int) -> PlainProduct:
    def product(a: Tensor, a_scale: Tensor, b: Tensor, *rest: Tensor) -> Tensor:
        value = emulated_product(a, a_scale, b, *rest)  # type: ignore[arg-type]
        return value * 1.2 if b.shape[1] == inputs else value

    return PlainProduct(product)


def test_a_block_that_adds_up_to_too_much_goes_back() -> None:
    model = make_model(WAN_TINY)
    report = quantise(model, emulated_product, block_bound=1e-3)
    assert len(report.kept) == len(report.layers) == 24
    assert "its block would be off by" in report.kept[0].reason
    assert not any(isinstance(module, Float8Linear) for module in model.modules())


def test_fp8_without_such_units_is_a_sentence() -> None:
    with pytest.raises(GeneratorError, match=r"the cpu has no fp8 matrix units\. Choose bf16"):
        quantise(make_model(SMALL))


def test_stages_compile_once_for_all_blocks_and_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    torch._dynamo.reset()
    real = torch.compile
    monkeypatch.setattr(torch, "compile", lambda stage, **options: real(stage, backend="eager", **options))
    model = make_model(dataclasses.replace(SMALL, vace_layers=(0,)))
    compiled, plain = (BlockSampler(model, LONGLIVE, GRID) for _ in range(2))
    for one in (compiled, plain):
        one.set_prompt(make_embedding(SMALL))
    before = CompileCount.now()
    for index in range(6):
        compile_blocks(model) if index == 0 else None
        value = compiled.generate(request(LONGLIVE, index), never)
        with uncompiled(model):
            assert torch.allclose(value, plain.generate(request(LONGLIVE, index), never), atol=1e-5)
    since = CompileCount.now().since(before)
    assert (since.graphs, since.breaks) == (5, 0)
    torch._dynamo.reset()
