"""Which kernel computes attention here: by compute capability, proved against the formula, told with reasons."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.kernel_errors import first_error_line
from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.merge import attend_biased
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.attention.registry import AttentionEntry, Number, attention_candidates, unfit_for
from engine.generators.wan.components import ATTENTION
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.device.trial import Trial
from engine.generators.wan.dims import ModelDims
from engine.messages.events import BackendChoice

ATTENTION_TOLERANCE: Final = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}
"""Relative error in the Frobenius norm that a kernel may show against the formula in float32 on the same inputs.
Half types: a few times the rounding of the result itself (2⁻¹¹ and 2⁻⁸); a wrong kernel is off by a tenth or more."""

_LSE_TOLERANCE: Final = 1e-2
"""Of a log-sum-exp, absolute: a hundredth shifts the balance of a merge by a quarter of a percent at most."""

_PROBE_QUERIES: Final = 200  # no multiple of any kernel's tile, so that the ragged edge is tried too
_PROBE_KEYS: Final = 712
_PROBE_UNBIASED: Final = 264

_MATH: Final = AttentionEntry(
    id="math", label=MathAttention.name, build=MathAttention, capabilities=(), numbers=tuple(Number)
)


def choose_attention(
    device: torch.device,
    dtype: torch.dtype,
    dims: ModelDims,
    candidates: Sequence[AttentionEntry] | None = None,
    trial: Trial = Trial(),  # noqa: B008 - frozen
) -> tuple[AttentionBackend, BackendChoice]:
    """The first candidate that is there, made for this device, and right; else the formula itself.

    Args:
        candidates: in the order in which they are tried; None: every kernel that is registered.
        trial: how a show calls them: one that is right only when called alone is not used. They stand between the
            stages that are compiled, so they are not compiled with them.

    Runs every probe on the device, so it costs some milliseconds, and seconds where a kernel is compiled.

    Raises:
        GeneratorError: the device has no attention that computes correctly, not even written out.
    """
    recorded = replace(trial, compile=None)
    entries = attention_candidates() if candidates is None else candidates
    found, rejected = _first_right(entries, device, dtype, dims, recorded)
    alone = ""
    if found is None and recorded.record is not None:  # it is recording that fails: whoever chooses graphs tells why
        found, _ = _first_right(entries, device, dtype, dims, Trial())
        alone = "; not recorded, which fails here"
    if found is None:
        raise GeneratorError("No attention kernel computes correctly here", where=f"{device}: {rejected[-1][1]}")
    entry, backend, reason = found
    if entry is _MATH:
        reason = f"no fused kernel serves; {reason}"
    told = tuple((one.label, why) for one, why in rejected if one not in (entry, _MATH))
    return backend, _choice(backend.name, reason + alone, dtype, dims, told)


def _first_right(
    entries: Sequence[AttentionEntry], device: torch.device, dtype: torch.dtype, dims: ModelDims, trial: Trial
) -> tuple[tuple[AttentionEntry, AttentionBackend, str] | None, list[tuple[AttentionEntry, str]]]:
    """The first kernel that passes a trial, the formula at the last, with its error in words; and why others not."""
    major = torch.cuda.get_device_capability(device)[0] if device.type == "cuda" else None
    rejected: list[tuple[AttentionEntry, str]] = []
    for entry in (*entries, _MATH):
        reason = "" if entry is _MATH else _unfit(entry, device, major, dtype)
        if not reason:
            backend, reason = _proved(entry, device, dtype, dims, trial)
            if backend is not None:
                return (entry, backend, reason), rejected
        rejected.append((entry, reason))
    return None, rejected


def _choice(
    name: str, reason: str, dtype: torch.dtype, dims: ModelDims, rejected: tuple[tuple[str, str], ...]
) -> BackendChoice:
    return BackendChoice(
        component=ATTENTION,
        chosen=name,
        reason=reason,
        shapes=f"[1, L, {dims.heads}, {dims.head_dim}] {str(dtype).removeprefix('torch.')}",
        rejected=rejected,
    )


def _unfit(candidate: AttentionEntry, device: torch.device, major: int | None, dtype: torch.dtype) -> str:
    """Why a candidate is not even tried, or ""."""
    if device.type not in ("cpu", "cuda"):
        return f"not written for {device.type}"
    if unfit := unfit_for(candidate.capabilities, major):
        return unfit
    number = str(dtype).removeprefix("torch.")
    if number not in (one.value for one in candidate.numbers):
        return f"does not take {number}"
    return ""


def _proved(
    candidate: AttentionEntry, device: torch.device, dtype: torch.dtype, dims: ModelDims, trial: Trial
) -> tuple[AttentionBackend | None, str]:
    """The kernel and its measured error, or None and why not."""
    try:
        backend = candidate.build()
    except (ImportError, AttributeError, OSError) as error:
        return None, f"not installed ({error})"
    except Exception as error:  # noqa: BLE001 - another package's: whatever it raises rejects it
        return None, f"could not be made: {first_error_line(error)}"
    try:
        worst, lse_error = _errors(backend, device, dtype, dims, trial)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return None, f"failed its check: {first_error_line(error)}"
    tolerance = ATTENTION_TOLERANCE[dtype]
    if worst > tolerance or lse_error > _LSE_TOLERANCE:
        return None, f"wrong: relative error {worst:.1e} (limit {tolerance:.0e}), log-sum-exp off by {lse_error:.1e}"
    return backend, f"relative error {worst:.1e} against math (limit {tolerance:.0e})"


def _errors(
    backend: AttentionBackend, device: torch.device, dtype: torch.dtype, dims: ModelDims, trial: Trial
) -> tuple[float, float]:
    """The worst relative error of the three ways it is called, and the worst absolute one of the log-sum-exp."""
    draw = torch.Generator().manual_seed(0)
    # Keys and values are slices of longer buffers, as the cache hands them out.
    shape = (1, _PROBE_QUERIES + _PROBE_KEYS, dims.heads, dims.head_dim)
    q, k, v = (torch.randn(shape, generator=draw).to(device, dtype) for _ in range(3))
    q, k, v = 2.0 * q[:, :_PROBE_QUERIES], k[:, :_PROBE_KEYS], v[:, :_PROBE_KEYS]
    math = MathAttention()
    # The first call of a process now and then rounds in another way on a CPU: 1.6e-5 from what follows.
    math.attend_lse(q.float(), k.float(), v.float())
    backend.attend_lse(q, k, v)
    expected, expected_lse = math.attend_lse(q.float(), k.float(), v.float())
    bias = torch.tensor(-1.2, device=device)

    def work(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        merged = attend_biased(backend, q, k, v, _PROBE_UNBIASED, bias)
        return backend.attend(q, k, v), *backend.attend_lse(q, k, v), merged

    attended, out, lse, merged = trial.run_all(work, q, k, v, bias)
    expected_merged = attend_biased(math, q.float(), k.float(), v.float(), _PROBE_UNBIASED, bias)
    worst = max(
        relative_error(attended, expected),
        relative_error(out, expected),
        relative_error(merged, expected_merged),
    )
    lse_error = float((lse.float() - expected_lse).abs().max()) if lse.shape == expected_lse.shape else float("inf")
    return worst, lse_error if lse_error == lse_error else float("inf")
