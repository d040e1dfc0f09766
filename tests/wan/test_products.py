"""Products in fp8: which is used and why, and that ours is the one that torchao makes of a linear layer."""

import importlib
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch._dynamo.backends.common import aot_autograd
from torch.nn import functional

from engine.generators.graph_capture import CallAgain
from engine.generators.wan.acceleration.quantise import Float8Linear
from engine.generators.wan.device.trial import Function, Trial
from engine.generators.wan.dims import WAN_14B, WAN_TINY
from engine.generators.wan.kernels.matmul_fp8 import (
    CANDIDATES,
    TORCH_PRODUCT,
    WORTH,
    PlainProduct,
    ProductCandidate,
    ProductChoice,
    ScaledMatmul,
    choose_product,
    emulated_product,
    fp8_product,
    layer_shapes,
)
from engine.generators.wan.kernels.product_plan import plan_product
from engine.generators.wan.kernels.rows import TorchRows
from tests.wan.models import CPU, make_model, noise, relative


@PlainProduct
def doubled(*operands: Any) -> Tensor:
    return 2.0 * emulated_product(*operands)


@PlainProduct
def no_numbers(*operands: Any) -> Tensor:
    return torch.full_like(emulated_product(*operands), float("nan"))


def choose(ms: dict[ScaledMatmul, float], trial: Trial = Trial(), **products: ScaledMatmul) -> ProductChoice:  # noqa: B008
    candidates = [ProductCandidate(name, lambda product=product: product) for name, product in products.items()]  # type: ignore[misc]
    return choose_product(CPU, torch.float32, WAN_TINY, 48, candidates, ms.__getitem__, trial)


@PlainProduct
def another(*operands: Any) -> Tensor:
    """As right as the others."""
    return emulated_product(*operands)


def test_the_only_one_that_is_right_is_used_and_not_timed() -> None:
    found = choose({}, wrong=doubled, blank=no_numbers, right=emulated_product)
    assert found.product is emulated_product
    assert (found.told.component, found.told.chosen) == ("wan fp8 products", "right")
    assert found.told.reason.endswith("against math (limit 0.005)")
    assert found.told.rejected == (
        ("wrong", "wrong: relative error 1.0e+00 (limit 0.005)"),
        ("blank", "wrong: relative error inf (limit 0.005)"),
    )


@pytest.mark.parametrize(("ms", "used"), [(2.0, "first"), (2.0 * WORTH, "first"), (1.8, "second")])
def test_of_two_that_are_right_the_second_must_be_worth_it(ms: float, used: str) -> None:
    times: dict[ScaledMatmul, float] = {emulated_product: 2.0, another: ms}
    found = choose(times, first=emulated_product, second=another)
    assert found.told.chosen == used
    assert found.product is (emulated_product if used == "first" else another)
    other, taken = ("second", ms) if used == "first" else ("first", 2.0)
    assert found.told.rejected == ((other, f"takes {taken:.2f} ms"),)


def test_where_none_is_right_there_is_none_and_why() -> None:
    missing = ProductCandidate("missing", lambda: importlib.import_module("no_such_products"))
    wrong = ProductCandidate("wrong", lambda: doubled)
    found = choose_product(CPU, torch.float32, WAN_TINY, 48, [missing, wrong])
    assert found.product is None and found.told.chosen == "none"
    assert found.why_not == "; ".join(f"{name} {why}" for name, why in found.told.rejected)
    assert found.told.rejected == (
        ("missing", "failed its check: No module named 'no_such_products'"),
        ("wrong", "wrong: relative error 1.0e+00 (limit 0.005)"),
    )


def test_one_that_cannot_be_compiled_as_it_is_used_is_left_for_the_next() -> None:
    """As torch 2.11 cannot compile its own product with a bias that begins inside another tensor."""

    @PlainProduct
    def brittle(*operands: Any) -> Tensor:
        if compiling and operands[4].storage_offset():
            raise RuntimeError("LoweringException: AssertionError")
        return emulated_product(*operands)

    compiling = False

    def compiled(function: Function) -> Function:
        def call(*arguments: Tensor) -> Tensor:
            nonlocal compiling
            compiling = True
            try:
                return function(*arguments)
            finally:
                compiling = False

        return call

    ms: dict[ScaledMatmul, float] = {brittle: 1.0, emulated_product: 2.0}
    alone = choose(ms, quicker=brittle, slower=emulated_product)
    assert alone.told.chosen == "quicker"
    as_used = choose(ms, Trial(compile=compiled, record=CallAgain), quicker=brittle, slower=emulated_product)
    assert as_used.told.chosen == "slower"
    assert as_used.told.rejected == (("quicker", "failed its check: LoweringException: AssertionError"),)


def test_torchs_product_is_called_as_it_is_where_stages_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the two parts of a fused layer, whose bias begins inside a tensor, the compiler finds nothing to lower."""
    monkeypatch.setattr(torch.hub.tqdm, "monitor_interval", 0, raising=False)  # torch's progress bars leave a thread
    seen: list[str] = []

    def note(graph: torch.fx.GraphModule, _: list[Tensor]) -> torch.fx.GraphModule:
        seen.extend(str(node.target) for node in graph.graph.nodes if node.op == "call_function")
        return graph

    def compiled(function: Function) -> Function:
        called: Function = torch.compile(
            function, fullgraph=True, dynamic=False, backend=aot_autograd(fw_compiler=note)
        )
        return called

    trial = Trial(compile=compiled, record=CallAgain)
    found = choose_product(CPU, torch.bfloat16, WAN_TINY, 48, [TORCH_PRODUCT], trial=trial)
    assert found.product is fp8_product, found.why_not
    ours = [name for name in seen if "library_scaled_product" in name]
    assert len(ours) == 4 and not any("_scaled_mm" in name for name in seen)  # two whole, one in two parts


def test_torchs_product_races_as_any_other() -> None:
    times: dict[ScaledMatmul, float] = {another: 2.0, fp8_product: 1.0}
    found = choose(times, ours=another, torch=fp8_product)
    assert found.product is fp8_product and found.told.rejected == (("ours", "takes 2.00 ms"),)


def test_one_that_fails_in_the_race_is_left() -> None:
    class Races(dict[ScaledMatmul, float]):
        def __getitem__(self, product: ScaledMatmul) -> float:
            if product not in self:
                raise RuntimeError("operation not permitted when stream is capturing")
            return super().__getitem__(product)

    found = choose(Races({another: 1.0}), first=emulated_product, second=another)
    assert found.product is another
    assert found.told.rejected == (("first", "failed its race: operation not permitted when stream is capturing"),)
    nothing = choose(Races(), first=emulated_product, second=another)
    assert nothing.product is None and "second failed its race" in nothing.why_not


def test_what_is_compared_is_what_a_replay_makes() -> None:
    class Forgetful:
        """Records work, and does nothing when it is replayed."""

        def record(self, work: Callable[[], None]) -> Callable[[], None]:
            work()
            return lambda: None

    found = choose({}, Trial(record=Forgetful), only=emulated_product)
    assert found.told.rejected == (("only", "wrong: relative error inf (limit 0.005)"),)


def test_one_that_writes_to_the_wrong_place_is_wrong() -> None:
    class Lost:
        def __call__(self, *operands: Any) -> Tensor:
            return emulated_product(*operands)

        def into(self, out: Tensor, *operands: Any) -> None:
            emulated_product.into(out.clone(), *operands)

    lost: Any = Lost()
    found = choose({}, lost=lost)
    assert found.told.rejected == (("lost", "wrong: relative error inf (limit 0.005)"),)


def test_a_kernel_that_asks_for_too_much_is_left_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triton's errors are of a kind of their own, and too little shared memory is one of them."""

    class TooMuch(Exception):  # noqa: N818 - stands for triton.errors.TritonError
        pass

    @PlainProduct
    def greedy(*_: Any) -> Tensor:
        raise TooMuch("out of resource: shared memory, Required: 164880, Hardware limit: 101376.\nReduce num_stages.")

    errors = ModuleType("triton.errors")
    errors.TritonError = TooMuch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "triton", ModuleType("triton"))
    monkeypatch.setitem(sys.modules, "triton.errors", errors)
    found = choose({}, ours=greedy, theirs=emulated_product)
    assert found.product is emulated_product
    told = "failed its check: out of resource: shared memory, Required: 164880, Hardware limit: 101376."
    assert found.told.rejected == (("ours", told),)


def test_a_block_has_seven_products_in_fp8() -> None:
    shapes = layer_shapes(WAN_14B)
    assert sum(inputs * outputs for inputs, outputs in shapes) == 6 * 5120**2 + 2 * 5120 * 13824
    assert len(shapes) == 7


@pytest.mark.parametrize("number", [0, 1], ids=lambda number: CANDIDATES[number].name)
def test_our_own_product_is_right(number: int) -> None:
    pytest.importorskip("triton", reason="triton comes with torch for CUDA only")
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    found = choose_product(torch.device("cuda"), torch.bfloat16, WAN_TINY, 100, CANDIDATES[number : number + 1])
    assert found.told.chosen == CANDIDATES[number].name, found.why_not


@given(st.integers(1, 900), st.integers(1, 40), st.integers(1, 40))
def test_halves_make_every_place_once_and_in_less_time(rows: int, slices: int, programs: int) -> None:
    """Dealt out as the kernel does it, in tiles of 16 × 1."""
    plan = plan_product(rows, slices, 16, 1, programs)
    usual = -(-(-(-rows // 16) * slices) // programs)
    if plan is None:
        return
    made: list[tuple[int, int]] = []  # half bands and slices
    latest = 0.0
    for program in range(programs):
        tiles = list(range(program, plan.whole, programs))
        for tile in tiles:
            band, place = tile % plan.bands, tile // plan.bands
            made += [(2 * band, place), (2 * band + 1, place)]
        busy = plan.whole % programs
        halves = range(program - busy, plan.halves, programs - busy) if program >= busy else ()
        for half in halves:
            if half < plan.cut:
                tile = plan.whole + half // 2
                made.append((2 * (tile % plan.bands) + half % 2, tile // plan.bands))
            else:
                made.append((2 * plan.bands, slices - 1 - (half - plan.cut)))
        latest = max(latest, len(tiles) + 0.65 * len(halves))
    assert sorted(made) == [(half, place) for half in range(-(-rows // 8)) for place in range(slices)]
    assert latest == pytest.approx(plan.waves) and latest < 0.95 * usual


@pytest.mark.parametrize(
    ("rows", "columns", "waves"),
    [(1176, 5120, 1.65), (1176, 10240, 3.3), (1176, 13824, 4.3), (2352, 5120, None), (2352, 8960, 5.3)],
)
def test_what_two_gpus_multiply_ends_in_halves(rows: int, columns: int, waves: float | None) -> None:
    """On the 132 multiprocessors of an H200, where whole tiles take 2, 4, 5, 3 and 6 waves."""
    plan = plan_product(rows, columns, 128, 256, 132)
    assert (plan and plan.waves) == (waves and pytest.approx(waves))


def test_halved_tiles_are_whole_ones_to_the_bit() -> None:
    """Interpreted: Triton 3.6 cannot with numpy 2.4, which takes no array of one number as the end of a loop."""
    pytest.importorskip("triton", minversion="3.7", reason="triton comes with torch for CUDA only")
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    told = subprocess.run(
        [sys.executable, "-m", "tests.wan.halves"], stdout=subprocess.PIPE, env=environment, text=True, check=True
    )
    shapes = json.loads(told.stdout.splitlines()[-1])
    assert [plan for plan, *_ in shapes] == [[4, 0, 2], [5, 2, 4], [0, 4, 4], [0, 0, 5], None]
    assert all(error < 1e-6 and same for _, error, same in shapes), shapes


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 0.0), (torch.bfloat16, 0.02)], ids=str)
def test_a_layer_in_fp8_is_torchaos(dtype: torch.dtype, bound: float) -> None:
    """The same codes, scales and results bit for bit in float32; torchao scales in the input's own type, we in float32,
    so in bfloat16 one code in sixty falls to its neighbour, and both are as near to the layer without fp8."""
    layer = next(make_model(WAN_TINY).all_blocks()).ffn_in.to(dtype)
    weight, x = layer.weight.detach(), 3.0 * noise(1, 48, layer.in_features).to(dtype)
    theirs = Torchao(weight)
    ours = Float8Linear(layer, fp8_product, TorchRows())
    expected = functional.linear(x.double(), weight.double(), layer.bias.double())
    result = theirs(x, layer.bias)
    assert relative(ours(x), result) <= bound
    assert relative(ours(x), expected) == pytest.approx(relative(result, expected), rel=0.02)
    if dtype is torch.float32:
        qdata, scale = TorchRows().quantise(weight)
        assert torch.equal(theirs.qdata.view(torch.uint8), qdata.view(torch.uint8)) and torch.equal(theirs.scale, scale)


class Torchao:
    """torchao's dynamic fp8 per row, by its parts: what asks for it checks for a GPU first."""

    def __init__(self, weight: Tensor) -> None:
        with warnings.catch_warnings():  # its CUDA extensions do not load on a CPU
            warnings.simplefilter("ignore")
            from torchao.float8.inference import Float8MMConfig
            from torchao.quantization import Float8Tensor, PerRow
            from torchao.quantization.quantize_.common import KernelPreference
            from torchao.quantization.quantize_.workflows.float8.float8_tensor import QuantizeTensorToFloat8Kwargs
        how = {
            "granularity": PerRow(),
            "kernel_preference": KernelPreference.TORCH,
            "mm_config": Float8MMConfig(use_fast_accum=True),
        }
        packed = Float8Tensor.from_hp(weight, act_quant_kwargs=QuantizeTensorToFloat8Kwargs(**how), **how)
        self._packed = packed
        self.qdata: Tensor = packed.qdata
        self.scale: Tensor = packed.scale

    def __call__(self, x: Tensor, bias: Tensor) -> Tensor:
        return functional.linear(x, self._packed, bias)
