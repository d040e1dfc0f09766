"""The transformer block of Wan 2.1, causal: self-attention over a window that it writes its own keys into.

Fused where the checkpoint is not (q, k, v of one input are one matrix): fewer launches, the same numbers.
Shapes: x [B, L, C] with L = frames · tokens per frame; modulation per latent frame, [B, F, 6, C] float32.
Nothing here reads a value back to the host, and no shape depends on data, so a pass can be captured in a CUDA
graph or compiled once per window length.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from torch import Tensor, nn
from torch.nn import functional

from engine.generators.wan.attention import AttentionBackend, attend_biased
from engine.generators.wan.config import ModelDims
from engine.generators.wan.linear import Linear, LinearSlice, empty_parameter, parts, whole
from engine.generators.wan.rope import rotate

Item = TypeVar("Item")


class Rotation(NamedTuple):
    """cos and sin of the block's tokens, float32 [L, D / 2]."""

    cos: Tensor
    sin: Tensor


class KeyValues(NamedTuple):
    """Keys and values, [B, L, H, D] each, or [layers, B, L, H, D] for all layers at once."""

    k: Tensor
    v: Tensor

    def layer(self, index: int) -> "KeyValues":
        return KeyValues(self.k[index], self.v[index])


class AttentionBias(NamedTuple):
    """How far the past is played down: log b, float32 scalar, on all keys but the first `unbiased`."""

    log_bias: Tensor
    unbiased: int


class RmsNorm(nn.Module):
    """Root-mean-square normalisation over all of C, in float32."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = empty_parameter(size)
        self._eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x.float(), (x.shape[-1],), self.weight.float(), self._eps).to(x.dtype)


class SelfAttention(nn.Module):
    """Self-attention of a block over the window of the cache, or over itself where there is no cache."""

    def __init__(self, dims: ModelDims, attention: AttentionBackend) -> None:
        super().__init__()
        self.qkv = Linear(dims.dim, 3 * dims.dim)
        self.o = Linear(dims.dim, dims.dim)
        self.norm_q = RmsNorm(dims.dim, dims.eps)
        self.norm_k = RmsNorm(dims.dim, dims.eps)
        self._heads = dims.heads
        self._attention = attention

    def forward(self, x: Tensor, rotation: Rotation, window: KeyValues | None, bias: AttentionBias | None) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q = rotate(split_heads(self.norm_q(q), self._heads), rotation.cos, rotation.sin)
        k = rotate(split_heads(self.norm_k(k), self._heads), rotation.cos, rotation.sin)
        v = split_heads(v, self._heads)
        if window is None:
            return self._project(self._attention.attend(q, k, v))
        window.k[:, : x.shape[1]].copy_(k)
        window.v[:, : x.shape[1]].copy_(v)
        if bias is None:
            return self._project(self._attention.attend(q, window.k, window.v))
        return self._project(attend_biased(self._attention, q, window.k, window.v, bias.unbiased, bias.log_bias))

    def _project(self, attended: Tensor) -> Tensor:
        projected: Tensor = self.o(attended.flatten(2))
        return projected

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        yield from parts(self.qkv, "q", "k", "v")
        yield "o", whole(self.o)

    def plain(self) -> Iterator[tuple[str, Tensor]]:
        yield "norm_q.weight", self.norm_q.weight
        yield "norm_k.weight", self.norm_k.weight


class CrossAttention(nn.Module):
    """Attention to the prompt, whose keys and values are worked out once per prompt."""

    def __init__(self, dims: ModelDims, attention: AttentionBackend) -> None:
        super().__init__()
        self.q = Linear(dims.dim, dims.dim)
        self.kv = Linear(dims.dim, 2 * dims.dim)
        self.o = Linear(dims.dim, dims.dim)
        self.norm_q = RmsNorm(dims.dim, dims.eps)
        self.norm_k = RmsNorm(dims.dim, dims.eps)
        self._heads = dims.heads
        self._attention = attention

    def project(self, context: Tensor, out: KeyValues) -> None:
        """Write the prompt's keys and values; context [B, T, C], out [B, T, H, D]."""
        k, v = self.kv(context).chunk(2, dim=-1)
        out.k.copy_(split_heads(self.norm_k(k), self._heads))
        out.v.copy_(split_heads(v, self._heads))

    def forward(self, x: Tensor, text: KeyValues) -> Tensor:
        q = split_heads(self.norm_q(self.q(x)), self._heads)
        projected: Tensor = self.o(self._attention.attend(q, text.k, text.v).flatten(2))
        return projected

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        yield "q", whole(self.q)
        yield from parts(self.kv, "k", "v")
        yield "o", whole(self.o)

    def plain(self) -> Iterator[tuple[str, Tensor]]:
        yield "norm_q.weight", self.norm_q.weight
        yield "norm_k.weight", self.norm_k.weight


class Block(nn.Module):
    """Self-attention, cross-attention and a feed-forward network, the first and the last modulated by time."""

    def __init__(self, dims: ModelDims, attention: AttentionBackend) -> None:
        super().__init__()
        self.modulation = empty_parameter(1, 6, dims.dim)
        self.self_attn = SelfAttention(dims, attention)
        self.norm3_weight = empty_parameter(dims.dim)
        self.norm3_bias = empty_parameter(dims.dim)
        self.cross_attn = CrossAttention(dims, attention)
        self.ffn_in = Linear(dims.dim, dims.ffn_dim)
        self.ffn_out = Linear(dims.ffn_dim, dims.dim)
        self._eps = dims.eps

    def forward(
        self,
        x: Tensor,
        time: Tensor,
        rotation: Rotation,
        text: KeyValues,
        window: KeyValues | None = None,
        bias: AttentionBias | None = None,
    ) -> Tensor:
        """x [B, L, C] → the same; time [B, F, 6, C] float32; window: this layer's, its first L slots ours."""
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = (self.modulation.float()[:, None] + time).chunk(6, dim=2)
        x = _add_gated(x, self.self_attn(modulate(x, shift, scale, self._eps), rotation, window, bias), gate)
        normed = functional.layer_norm(
            x.float(), (x.shape[-1],), self.norm3_weight.float(), self.norm3_bias.float(), self._eps
        )
        x = x + self.cross_attn(normed.to(x.dtype), text)
        hidden = functional.gelu(self.ffn_in(modulate(x, ffn_shift, ffn_scale, self._eps)), approximate="tanh")
        return _add_gated(x, self.ffn_out(hidden), ffn_gate)

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        yield from prefixed("self_attn", self.self_attn.linears())
        yield from prefixed("cross_attn", self.cross_attn.linears())
        yield "ffn.0", whole(self.ffn_in)
        yield "ffn.2", whole(self.ffn_out)

    def plain(self) -> Iterator[tuple[str, Tensor]]:
        yield "modulation", self.modulation
        yield "norm3.weight", self.norm3_weight
        yield "norm3.bias", self.norm3_bias
        yield from prefixed("self_attn", self.self_attn.plain())
        yield from prefixed("cross_attn", self.cross_attn.plain())


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[B, L, C] → [B, L, H, C / H], a view."""
    return x.view(*x.shape[:2], heads, -1)


def modulate(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> Tensor:
    """LayerNorm without parameters, then scale and shift per latent frame, in float32.

    Args:
        x: [B, L, C]; shift, scale: float32 [B, F, 1, C].
    """
    normed = functional.layer_norm(x.float(), (x.shape[-1],), eps=eps)
    return (_by_frame(normed, shift) * (1.0 + scale) + shift).view(x.shape).to(x.dtype)


def _add_gated(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """x + gate · y, in float32; gate [B, F, 1, C]."""
    return (x.float() + (_by_frame(y.float(), gate) * gate).view(x.shape)).to(x.dtype)


def _by_frame(x: Tensor, modulation: Tensor) -> Tensor:
    return x.view(x.shape[0], modulation.shape[1], -1, x.shape[-1])


def prefixed(prefix: str, items: Iterator[tuple[str, Item]]) -> Iterator[tuple[str, Item]]:
    """The items under `prefix.`."""
    for name, item in items:
        yield f"{prefix}.{name}", item
