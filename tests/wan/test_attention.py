"""Every kernel of this machine against the formula, and the choice among them."""

import importlib
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.choose import ATTENTION_TOLERANCE, choose_attention
from engine.generators.wan.attention.flash import FlashAttention3
from engine.generators.wan.attention.flex import FlexAttention
from engine.generators.wan.attention.merge import attend_biased, merge
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.attention.registry import AttentionEntry, Number, attention_candidates
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.device.trial import Trial
from engine.generators.wan.dims import WAN_1_3B, WAN_TINY
from tests.wan.models import CPU, noise

DEVICES = [CPU] + ([torch.device("cuda")] if torch.cuda.is_available() else [])


class Wrong(MathAttention):
    """Off by what a wrong scale would do."""

    name = "wrong"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return super().attend_lse(1.1 * q, k, v)


class WrongLse(MathAttention):
    """Right but for its log-sum-exp, which is to base 2."""

    name = "wrong lse"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = super().attend_lse(q, k, v)
        return out, lse * 1.4427


class NotANumber(MathAttention):
    name = "nan"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = super().attend_lse(q, k, v)
        return out * float("nan"), lse


class Crashing(MathAttention):
    name = "crashing"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        raise RuntimeError(f"no kernel image is available for {q.dtype}\n{k.shape} {v.shape}")


def candidate(
    label: str,
    build: Callable[[], AttentionBackend],
    capabilities: tuple[int, ...] = (),
    numbers: tuple[Number, ...] = (Number.FLOAT32,),
) -> AttentionEntry:
    return AttentionEntry(
        id=label.replace(" ", "-"), label=label, build=build, capabilities=capabilities, numbers=numbers
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(
    ("device", "entry"),
    [
        (device, entry)
        for device in DEVICES
        for entry in attention_candidates()
        if bool(entry.capabilities) == (device.type == "cuda")
    ],
    ids=lambda value: getattr(value, "label", str(value)),
)
def test_each_kernel_equals_the_formula(device: torch.device, dtype: torch.dtype, entry: AttentionEntry) -> None:
    chosen, choice = choose_attention(device, dtype, WAN_1_3B, (entry,))
    reasons = dict(choice.rejected)
    if chosen.name == "math":
        reason = reasons[entry.label]
        assert not reason.startswith(("wrong", "failed")), reason
        pytest.skip(reason)
    q, k, v = (noise(2, length, 3, 64, seed=seed).to(device, dtype) for seed, length in enumerate((37, 91, 91)))
    out, lse = chosen.attend_lse(q, k, v)
    expected, expected_lse = MathAttention().attend_lse(q.float(), k.float(), v.float())
    assert relative_error(out, expected) < ATTENTION_TOLERANCE[dtype]
    assert torch.allclose(lse, expected_lse, atol=1e-2)
    assert out.dtype is dtype


def test_a_merge_equals_an_explicit_mask() -> None:
    q, k, v = (noise(2, length, 3, 32, seed=seed) for seed, length in enumerate((11, 40, 40)))
    for split, bias in ((1, -1.5), (13, -0.3), (39, -6.0), (13, 0.0)):
        mask = torch.zeros(40)
        mask[split:] = bias
        scores = torch.einsum("blhd,bmhd->bhlm", q, k) * 32**-0.5 + mask
        expected = torch.einsum("bhlm,bmhd->blhd", scores.softmax(-1), v)
        value = attend_biased(MathAttention(), q, k, v, split, torch.tensor(bias))
        assert relative_error(value, expected) < 1e-5
    whole = MathAttention().attend(q, k, v)
    assert torch.equal(attend_biased(MathAttention(), q, k, v, 40, torch.tensor(-2.0)), whole)


def test_a_bias_without_end_drops_the_past() -> None:
    q, k, v = (noise(1, 9, 2, 16, seed=seed) for seed in range(3))
    math = MathAttention()
    first, second = math.attend_lse(q, k[:, :4], v[:, :4]), math.attend_lse(q, k[:, 4:], v[:, 4:])
    assert torch.allclose(merge(first, second, torch.tensor(float("-inf"))), first[0], atol=1e-6)


def test_huge_scores_stay_finite() -> None:
    q, k, v = (100.0 * noise(1, 9, 2, 16, seed=seed) for seed in range(3))
    assert bool(attend_biased(MathAttention(), q, k, v, 4, torch.tensor(-1.0)).isfinite().all())


def test_the_choice_tells_why_and_why_not() -> None:
    wrong = [candidate(kind.name, kind) for kind in (Wrong, WrongLse, NotANumber, Crashing)]
    missing = candidate("missing", lambda: importlib.import_module("no_such_kernel").attend())
    elsewhere = candidate("elsewhere", MathAttention, (9,))
    half = candidate("half only", MathAttention, (), (Number.BFLOAT16,))
    broken = candidate("broken", lambda: {}["kernel"])
    backend, choice = choose_attention(CPU, torch.float32, WAN_TINY, (*wrong, missing, elsewhere, half, broken))
    assert backend.name == choice.chosen == "math"
    reasons = dict(choice.rejected)
    assert reasons["wrong"].startswith("wrong: relative error ")
    assert "log-sum-exp off by" in reasons["wrong lse"]
    assert "inf" in reasons["nan"]
    assert reasons["crashing"] == "failed its check: no kernel image is available for torch.float32"
    assert reasons["missing"].startswith("not installed")
    assert reasons["broken"] == "could not be made: 'kernel'"
    assert reasons["elsewhere"] == "needs a CUDA device"
    assert reasons["half only"] == "does not take float32"
    assert "no fused kernel serves" in choice.reason and choice.shapes == "[1, L, 4, 32] float32"


class Recording:
    """A graph that takes in nothing of who waits for the device."""

    now = False

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        Recording.now = True
        try:
            work()
        finally:
            Recording.now = False
        return work


class Waiting(MathAttention):
    """Right, and cannot be recorded."""

    name = "waiting"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        if Recording.now:
            raise RuntimeError("operation not permitted when stream is capturing")
        return super().attend_lse(q, k, v)


class Keeping(MathAttention):
    """Right at its first call, and gives out of a graph what it had then."""

    name = "keeping"

    def __init__(self) -> None:
        self._kept: Tensor | None = None

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if self._kept is None:
            self._kept = super().attend(q, k, v)
        return self._kept


def test_a_kernel_that_cannot_be_recorded_is_left_for_the_next() -> None:
    candidates = [candidate(kind.name, kind) for kind in (Waiting, Keeping, MathAttention)]
    alone, _ = choose_attention(CPU, torch.float32, WAN_TINY, candidates)
    assert alone.name == "waiting"
    used, choice = choose_attention(CPU, torch.float32, WAN_TINY, candidates, Trial(record=Recording))
    assert used.name == choice.chosen == "math"
    reasons = dict(choice.rejected)
    assert reasons["waiting"] == "failed its check: operation not permitted when stream is capturing"
    assert reasons["keeping"].startswith("wrong: ")


def test_where_nothing_can_be_recorded_a_kernel_serves_all_the_same() -> None:
    class Refusing:
        def record(self, work: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002 - the interface's
            raise RuntimeError("no graphs here")

    candidates = (candidate("waiting", Waiting), candidate("right", MathAttention))
    used, choice = choose_attention(CPU, torch.float32, WAN_TINY, candidates, Trial(record=Refusing))
    assert used.name == choice.chosen == "waiting" and choice.reason.endswith("not recorded, which fails here")
    assert choice.rejected == (("right", "failed its check: no graphs here"),)


def test_a_device_without_correct_attention_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ATTENTION_TOLERANCE, torch.float32, -1.0)
    with pytest.raises(GeneratorError, match="No attention kernel computes correctly here"):
        choose_attention(CPU, torch.float32, WAN_TINY, ())


def test_this_machine_has_more_than_the_formula() -> None:
    backend, choice = choose_attention(CPU, torch.float32, WAN_1_3B)
    assert backend.name == "sdpa cpu"
    assert [name for name, _ in choice.rejected] == [entry.label for entry in attention_candidates()[:-1]]


def test_flash_attention_3_is_found_under_either_name() -> None:
    assert FlashAttention3.modules == ("flash_attn_interface", "fa3_fwd_interface")
    with pytest.raises(ImportError, match="fa3_fwd_interface"):
        FlashAttention3()


def test_flex_attention_tells_its_denominators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda call, **_: call)  # as written: what it is called with is the same
    q, k, v = (noise(2, length, 3, 32, seed=seed) for seed, length in enumerate((11, 40, 40)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is not compiled
        backend = FlexAttention()
        out, lse = backend.attend_lse(q, k, v)
        plain = backend.attend(q, k, v)
    expected, expected_lse = MathAttention().attend_lse(q, k, v)
    assert relative_error(out, expected) < 1e-5 and relative_error(plain, expected) < 1e-5
    assert torch.allclose(lse, expected_lse, atol=1e-4)
