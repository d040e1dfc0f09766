"""The transformer block of Wan 2.1, causal: self-attention over a window that it writes its own keys into.

Fused where the checkpoint is not (q, k, v of one input are one matrix): fewer launches, the same numbers.
Shapes: x [B, L, C] with L = frames · tokens per frame; modulation per latent frame, [B, F, 6, C] float32.
Nothing here reads a value back to the host, and no shape depends on data, so a pass can be captured in a CUDA
graph. A block is three stages with the attention kernels between them; no stage knows how long the window is, so
compiling them once serves every length (see `compiling`).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from torch import Tensor, nn
from torch.nn import functional

from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.merge import attend_biased
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.kernels.rows import RowKernels, TorchRows, add_gated
from engine.generators.wan.model.linear import Linear, LinearSlice, empty_parameter, parts, whole

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
    """Attention bias on the past: log b, a float32 scalar, on all keys but the first `unbiased`."""

    log_bias: Tensor
    unbiased: int


class DeferredResidual(NamedTuple):
    """A state whose last residual, x + gate · y, is added by the kernel that reads it next.

    Attributes:
        x, y: [B, L, C]; gate: float32 [B, F, 1, C].
    """

    x: Tensor
    y: Tensor
    gate: Tensor


class Hint(NamedTuple):
    """What the depth branch adds behind a layer: tokens [B, L, C], times scale, a scalar tensor of their dtype."""

    tokens: Tensor
    scale: Tensor


class TokenExchange(Protocol):
    """Between processes that share a pass: tokens for heads around self-attention. See `exchange`."""

    def places(self, x: Tensor) -> KeyValues:
        """Where keys and values of the own tokens x [B, L, C] are written to."""
        ...

    def to_heads(self, q: Tensor, own: KeyValues, window: KeyValues | None) -> tuple[Tensor, KeyValues]:
        """Queries of all tokens, and the window with the block's keys and values in it, of the own heads."""
        ...

    def to_tokens(self, attended: Tensor) -> Tensor:
        """What attention made of all tokens, as that of the own ones, [B, L, H, D]."""
        ...


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
        self.rows: RowKernels = TorchRows()
        self._heads = dims.heads
        self._eps = dims.eps
        self._attention = attention

    def turn(self, qk: Tensor, rotation: Rotation, keys: Tensor) -> Tensor:
        """Of what the layer qkv made but for the values, [B, L, 2·C]: the queries, [B, L, H, D]; keys go to keys."""
        queries = qk.new_empty(keys.shape)
        weights = self.norm_q.weight, self.norm_k.weight
        self.rows.turn(qk, weights, self._eps, (rotation.cos, rotation.sin), (queries, keys))
        return queries

    def attend(self, q: Tensor, window: KeyValues, bias: AttentionBias | None) -> Tensor:
        if bias is None:
            return self._attention.attend(q, window.k, window.v)
        return attend_biased(self._attention, q, window.k, window.v, bias.unbiased, bias.log_bias)

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

    def query(self, projected: Tensor) -> Tensor:
        """What the layer q made, [B, L, C] → [B, L, H, D]."""
        return split_heads(self.norm_q(projected), self._heads)

    def attend(self, q: Tensor, text: KeyValues) -> Tensor:
        return self._attention.attend(q, text.k, text.v)

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        yield "q", whole(self.q)
        yield from parts(self.kv, "k", "v")
        yield "o", whole(self.o)

    def plain(self) -> Iterator[tuple[str, Tensor]]:
        yield "norm_q.weight", self.norm_q.weight
        yield "norm_k.weight", self.norm_k.weight


class BlockStages(NamedTuple):
    """A block cut at its two attention kernels; see the methods of `Block` that these are.

    It begins with `enter` or, behind another block, with `follow`; `resolve` is for those who need the state whole.
    """

    enter: Callable[[Tensor, Tensor, Rotation, KeyValues], Tensor]
    follow: Callable[[DeferredResidual, Tensor, Rotation, KeyValues], tuple[Tensor, Tensor]]
    between: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
    leave: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
    resolve: Callable[[DeferredResidual, Hint | None], Tensor]


class Block(nn.Module):
    """Self-attention, cross-attention and a feed-forward network, the first and the last modulated by time."""

    def __init__(self, dims: ModelDims, attention: AttentionBackend) -> None:
        super().__init__()
        self.self_attn = SelfAttention(dims, attention)
        self.norm3_weight = empty_parameter(dims.dim)
        self.norm3_bias = empty_parameter(dims.dim)
        self.cross_attn = CrossAttention(dims, attention)
        self.ffn_in = Linear(dims.dim, dims.ffn_dim)
        self.ffn_out = Linear(dims.ffn_dim, dims.dim)
        self._eps = dims.eps
        self.stages = self.plain_stages()
        self.exchange: TokenExchange | None = None
        """With other processes that work on the same tokens; None: all of them are ours."""

    def plain_stages(self) -> BlockStages:
        """The stages as they stand here, not compiled."""
        return BlockStages(self._enter, self._follow, self._between, self._leave, self._settle)

    def forward(
        self,
        state: Tensor | DeferredResidual,
        modulation: Tensor,
        rotation: Rotation,
        text: KeyValues,
        window: KeyValues | None = None,
        bias: AttentionBias | None = None,
    ) -> DeferredResidual:
        """One block.

        Args:
            state: [B, L, C], or what the block before left.
            modulation: shift, scale and gate, and the same for the feed-forward network, float32 [B, F, 6, C].
            window: this layer's, its first L slots ours; None: the block sees itself alone.
        """
        x, q, window = self._begin(state, modulation, rotation, text, window)
        attended = self.self_attn.attend(q, window, bias)
        if self.exchange is not None:
            attended = self.exchange.to_tokens(attended)
        x, q = self.stages.between(x, attended, modulation)
        return DeferredResidual(
            *self.stages.leave(x, self.cross_attn.attend(q, text), modulation), modulation[:, :, 5:]
        )

    def forward_kv(
        self,
        state: Tensor | DeferredResidual,
        modulation: Tensor,
        rotation: Rotation,
        text: KeyValues,
        window: KeyValues,
    ) -> None:
        """Write the keys and values of the state into the window, and leave it at that; as `forward` does."""
        self._begin(state, modulation, rotation, text, window)

    def _begin(
        self,
        state: Tensor | DeferredResidual,
        modulation: Tensor,
        rotation: Rotation,
        text: KeyValues,
        window: KeyValues | None,
    ) -> tuple[Tensor, Tensor, KeyValues]:
        """Up to self-attention: the state, the queries, and the window that they see, the block's own in it."""
        exchange = self.exchange
        if exchange is None:
            own, seen = _places(state, text, window)
        else:
            own, seen = exchange.places(state if isinstance(state, Tensor) else state.x), None
        if isinstance(state, Tensor):
            x, q = state, self.stages.enter(state, modulation, rotation, own)
        else:
            x, q = self.stages.follow(state, modulation, rotation, own)
        if exchange is not None:
            q, seen = exchange.to_heads(q, own, window)
        assert seen is not None
        return x, q, seen

    def _enter(self, x: Tensor, modulation: Tensor, rotation: Rotation, own: KeyValues) -> Tensor:
        """Up to self-attention: its queries; keys and values go to own."""
        shift, scale = modulation[:, :, :2].chunk(2, dim=2)
        qk = self.self_attn.qkv.after_modulation(x, shift, scale, self._eps, own.v)
        return self.self_attn.turn(qk, rotation, own.k)

    def _follow(
        self, state: DeferredResidual, modulation: Tensor, rotation: Rotation, own: KeyValues
    ) -> tuple[Tensor, Tensor]:
        """The same behind another block: the state, settled, and the queries."""
        shift, scale = modulation[:, :, :2].chunk(2, dim=2)
        x, qk = self.self_attn.qkv.after_gated_modulation(*state, shift, scale, self._eps, own.v)
        return x, self.self_attn.turn(qk, rotation, own.k)

    def _between(self, x: Tensor, attended: Tensor, modulation: Tensor) -> tuple[Tensor, Tensor]:
        """From self-attention to cross-attention: the state, and the queries to the prompt."""
        y, gate = self.self_attn.o(attended.flatten(2)), modulation[:, :, 2:3]
        x, q = self.cross_attn.q.after_gated_sum(x, y, gate, self.norm3_weight, self.norm3_bias, self._eps)
        return x, self.cross_attn.query(q)

    def _leave(self, x: Tensor, attended: Tensor, modulation: Tensor) -> tuple[Tensor, Tensor]:
        """From cross-attention through the feed-forward network: the state, and what is to be added to it, gated."""
        shift, scale = modulation[:, :, 3:5].chunk(2, dim=2)
        y = self.cross_attn.o(attended.flatten(2))
        x, hidden = self.ffn_in.after_sum(x, y, shift, scale, self._eps)
        return x, self.ffn_out.after_gelu(hidden)

    def _settle(self, state: DeferredResidual, hint: Hint | None) -> Tensor:
        """The state with its last addition made, [B, L, C], and a hint upon that."""
        x = add_gated(*state)
        return x if hint is None else x + hint.tokens * hint.scale

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        yield from prefixed("self_attn", self.self_attn.linears())
        yield from prefixed("cross_attn", self.cross_attn.linears())
        yield "ffn.0", whole(self.ffn_in)
        yield "ffn.2", whole(self.ffn_out)

    def plain(self) -> Iterator[tuple[str, Tensor]]:
        yield "norm3.weight", self.norm3_weight
        yield "norm3.bias", self.norm3_bias
        yield from prefixed("self_attn", self.self_attn.plain())
        yield from prefixed("cross_attn", self.cross_attn.plain())


def modulations(learnt: Tensor, time: Tensor) -> Tensor:
    """Shift, scale and gate of every block at once: [layers, 1, 6, C] + float32 [B, F, 6, C] → [layers, B, F, 6, C]."""
    return learnt[:, None] + time


def _places(state: Tensor | DeferredResidual, text: KeyValues, window: KeyValues | None) -> tuple[KeyValues, KeyValues]:
    """Where a block's own keys and values go, [B, L, H, D], and all that it attends to."""
    batch, length = (state if isinstance(state, Tensor) else state.x).shape[:2]
    if window is None:
        shape = (batch, length, *text.k.shape[2:])
        own = KeyValues(text.k.new_empty(shape), text.v.new_empty(shape))
        return own, own
    return KeyValues(window.k[:, :length], window.v[:, :length]), window


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[B, L, C] → [B, L, H, C / H], a view."""
    return x.view(*x.shape[:2], heads, -1)


def prefixed(prefix: str, items: Iterator[tuple[str, Item]]) -> Iterator[tuple[str, Item]]:
    """The items under `prefix.`."""
    for name, item in items:
        yield f"{prefix}.{name}", item
