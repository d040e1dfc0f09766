"""The machine's ceilings, measured on data of the sizes that matter: large products, a large copy."""

import torch

from bench.wan.timing import fastest_ms
from engine.generators.wan.arithmetic import Ceilings, multiprocessors
from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.kernels.matmul_fp8 import fp8_product
from engine.generators.wan.kernels.rows import TorchRows

_EDGE = {"cuda": 8192, "cpu": 1024}
_COPY_BYTES = {"cuda": 4 << 30, "cpu": 64 << 20}
_CALLS = {"cuda": 10, "cpu": 2}


def measure_ceilings(device: torch.device, dtype: torch.dtype, *, fp8: bool) -> Ceilings:
    """Square products on random data (zeros run faster and prove nothing), and a copy far beyond the caches."""
    kind, draw = device.type, torch.Generator(device).manual_seed(0)
    edge, calls = _EDGE[kind], _CALLS[kind]
    a, b = (torch.randn(edge, edge, device=device, generator=draw).to(dtype) for _ in range(2))
    operations = 2.0 * edge**3
    matrix = operations / fastest_ms(lambda: a @ b.t(), device, calls=calls) * 1e3
    linear = matrix
    if fp8:
        rows = TorchRows()
        (qa, sa), (qb, sb), bias = rows.quantise(a), rows.quantise(b), torch.zeros(edge, device=device, dtype=dtype)
        linear = operations / fastest_ms(lambda: fp8_product(qa, sa, qb, sb, bias, dtype), device, calls=calls) * 1e3
    source = torch.empty(_COPY_BYTES[kind] // 2, dtype=torch.int8, device=device).fill_(1)
    target = torch.empty_like(source)
    moved = 2.0 * source.nbytes
    bandwidth = moved / fastest_ms(lambda: target.copy_(source), device, calls=calls) * 1e3
    return Ceilings(matrix, linear, bandwidth, multiprocessors(device))


def attention_rate(
    backend: AttentionBackend, device: torch.device, dtype: torch.dtype, shape: tuple[int, int, int, int]
) -> tuple[float, float]:
    """ms and operations per second of one self-attention.

    Args:
        shape: queries, keys, heads, head_dim.
    """
    queries, keys, heads, size = shape
    draw = torch.Generator(device).manual_seed(0)
    q, k, v = (
        torch.randn(1, length, heads, size, device=device, generator=draw).to(dtype) for length in (queries, keys, keys)
    )
    ms = fastest_ms(lambda: backend.attend(q, k, v), device, calls=_CALLS[device.type])
    return ms, 4.0 * queries * keys * heads * size / ms * 1e3
