"""Our kernels, compiled for GPUs that are not here: launched as a show launches them, as far as the compiler goes.

Triton comes with torch for CUDA only; `make test-kernels` sets it up.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from engine.generators.wan.dims import WAN_1_3B, WAN_14B, ModelDims
from engine.generators.wan.kernels.float8 import FP8

pytest.importorskip("triton", reason="triton comes with torch for CUDA only")

import triton
from triton.backends.compiler import GPUTarget
from triton.runtime import driver

CAPABILITIES = (86, 89, 90, 100, 120)
SHARED_BYTES = {86: 100 << 10, 89: 100 << 10, 90: 228 << 10, 100: 228 << 10, 120: 100 << 10}
"""Of a multiprocessor. Source: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability"."""

TOKENS = 3 * 784


class Absent:
    """A driver of a GPU that is not here."""

    def __init__(self, capability: int) -> None:
        self._capability = capability

    def get_current_target(self) -> Any:
        return GPUTarget("cuda", self._capability, 32)

    def get_current_device(self) -> int:
        return self._capability  # what was compiled is kept by device

    def get_current_stream(self, device: int) -> int:
        return device


@pytest.fixture(name="compiled", params=CAPABILITIES)
def _compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What a launch would have run, by the kernel's name: nothing is launched."""
    found: dict[str, Any] = {"capability": request.param}

    def launch(kernel: Any, grid: Any) -> Callable[..., None]:
        def run(*arguments: Any, **options: Any) -> None:
            name = kernel.fn.__name__
            found[name] = kernel.run(*arguments, grid=grid, warmup=True, **options)

        return run

    monkeypatch.setattr(triton.JITFunction, "__getitem__", launch)
    monkeypatch.setattr(driver, "_active", Absent(request.param))
    yield found


def test_rows(compiled: dict[str, Any]) -> None:
    from engine.generators.wan.kernels.triton_rows import TritonRows

    rows = TritonRows()
    for dims in (WAN_1_3B, WAN_14B):
        x, y, gate, shift, scale = (torch.zeros(1, 3 * 4, dims.dim, dtype=torch.bfloat16) for _ in range(5))
        gate, shift, scale = (one[:, :3].float().unsqueeze(2) for one in (gate, shift, scale))
        _turned(rows, dims)
        if compiled["capability"] < 89:
            continue  # no fp8: rows stay as they are
        rows.quantise(x)
        rows.quantise_gelu(torch.zeros(1, 12, dims.ffn_dim, dtype=torch.bfloat16))
        rows.add_gated_modulated(x, y, gate, shift, scale, dims.eps)
    assert "turn_row" in compiled and ("quantise_normed_row" in compiled) == (compiled["capability"] >= 89)


def _turned(rows: Any, dims: ModelDims) -> None:
    qk = torch.zeros(1, 12, 2 * dims.dim, dtype=torch.bfloat16)
    weights = torch.ones(dims.dim, dtype=torch.bfloat16), torch.ones(dims.dim, dtype=torch.bfloat16)
    rotation = torch.ones(12, dims.head_dim // 2), torch.zeros(12, dims.head_dim // 2)
    places = [torch.zeros(1, 12, dims.heads, dims.head_dim, dtype=torch.bfloat16) for _ in range(2)]
    rows.turn(qk, weights, dims.eps, rotation, (places[0], places[1]))


@pytest.mark.parametrize("rows", [TOKENS, TOKENS // 2])
def test_products(compiled: dict[str, Any], rows: int) -> None:
    """On a GPU with too little shared memory for its tiles the product is left at its trial, and told."""
    if compiled["capability"] < 89:
        pytest.skip("no fp8 matrix units: no product is asked for")
    from engine.generators.wan.kernels.triton_matmul_fp8 import launch

    dim = WAN_14B.dim
    a, b = torch.zeros(rows, dim).to(FP8), torch.zeros(dim, dim).to(FP8)
    a_scale, b_scale, bias = torch.ones(rows, 1), torch.ones(dim, 1), torch.zeros(dim, dtype=torch.bfloat16)
    launch(torch.zeros(rows, dim, dtype=torch.bfloat16), a, a_scale, b, b_scale, bias, 132, halves=True)
    (kernel,) = (one for name, one in compiled.items() if name.endswith("_product"))
    fits = kernel.metadata.shared <= SHARED_BYTES[compiled["capability"]]
    assert fits == (compiled["capability"] != 120)


@pytest.mark.parametrize("size", [2, 4, 8])
def test_crossings(compiled: dict[str, Any], size: int) -> None:
    from engine.generators.wan.model.share import Share
    from engine.generators.wan.parallel.peers import REGION_BYTES, PeerTransport

    share = Share(0, size, 784, WAN_14B.heads)
    transport = PeerTransport(share, torch.zeros(2 * size, dtype=torch.int64), REGION_BYTES // (8 * size))
    numbers = share.own_heads * WAN_14B.head_dim
    parts = [
        [torch.zeros(3, share.own_tokens, WAN_14B.dim, dtype=torch.bfloat16)[:, :, :numbers] for _ in range(3)]
        for _ in range(size)
    ]
    transport.swap(parts, parts, parts[0][0].numel())
    transport.broadcast(torch.zeros(1024))
    assert {"push", "meet", "take"} < set(compiled)
    for name in ("push", "take"):
        assert ".v4" in compiled[name].asm["ptx"]  # 16 bytes at once
