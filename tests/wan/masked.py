"""Independent reference: diffusers' transformer over a whole video at once, under an explicit block-causal mask.

Only its self-attention is replaced by the formula with a mask, where a key of the sink is scored by a query that
has been turned back by as many frames as the window has moved on.
"""

from typing import Any

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from engine.generators.wan.dims import LatentGrid
from engine.generators.wan.recipes import Recipe


class MaskedAttention:
    """A diffusers attention processor.

    Args:
        frames: of the whole video; log_past: added to the scores of biased keys, for the last block's queries only.
    """

    _attention_backend = None
    _parallel_config = None

    def __init__(self, recipe: Recipe, grid: LatentGrid, frames: int, head_dim: int, log_past: float = 0.0) -> None:
        frame = torch.arange(frames).repeat_interleave(grid.tokens)
        block = frame // recipe.block_frames * recipe.block_frames  # first frame of each token's block
        past = (block).clamp(max=recipe.past_frames)
        shift = block - past
        query, key = (slice(None), None), (None, slice(None))
        own = block[query] == block[key]
        in_sink = (frame < recipe.sink)[key] & (block[query] > frame[key])
        rolling = (frame[key] < block[query]) & (frame[key] >= (block - past)[query] + min(recipe.sink, frames))
        self._seen = own | in_sink | rolling
        first = (shift if recipe.sink == 0 else torch.zeros_like(shift)) + recipe.bias_exempt
        plain = own | (frame[key] < first[query]) | (block[query] < block[-1])
        self._bias = torch.where(plain, 0.0, log_past)
        self._sink = in_sink & ~own
        self._shift = shift
        self._head_dim = head_dim

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: None = None,
        rotary_emb: tuple[Tensor, Tensor] | None = None,
    ) -> Any:
        if encoder_hidden_states is not None:
            attend_to, mask = encoder_hidden_states, None
        else:
            attend_to, mask = hidden_states, self._seen
        q = attn.norm_q(attn.to_q(hidden_states)).unflatten(2, (attn.heads, -1))
        k = attn.norm_k(attn.to_k(attend_to)).unflatten(2, (attn.heads, -1))
        v = attn.to_v(attend_to).unflatten(2, (attn.heads, -1))
        if mask is None or rotary_emb is None:
            assert attention_mask is None
            scores = torch.einsum("blhd,bmhd->bhlm", q, k) * q.shape[-1] ** -0.5
        else:
            cos, sin = rotary_emb[0][..., 0::2], rotary_emb[1][..., 1::2]
            q, k = _turn(q, cos, sin), _turn(k, cos, sin)
            back = _time_angles(-self._shift, self._head_dim)
            turned = _turn(q, back.cos(), back.sin())
            scores = torch.einsum("blhd,bmhd->bhlm", q, k)
            to_sink = torch.einsum("blhd,bmhd->bhlm", turned, k)
            scores = torch.where(self._sink, to_sink, scores) * q.shape[-1] ** -0.5
            scores = (scores + self._bias).masked_fill(~mask, float("-inf"))
        out = torch.einsum("bhlm,bmhd->blhd", scores.softmax(-1), v).flatten(2)
        return attn.to_out[0](out)


def masked(model: WanTransformer3DModel, processor: MaskedAttention) -> WanTransformer3DModel:
    """The model with its attention replaced."""
    for block in model.blocks:
        block.attn1.processor = processor
        block.attn2.processor = processor
    return model


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * torch.complex(cos.double(), sin.double())).flatten(-2).to(x.dtype)


def _time_angles(frames: Tensor, head_dim: int) -> Tensor:
    pairs = head_dim // 2
    time = pairs - 2 * (pairs // 3)
    angles = torch.zeros(1, len(frames), 1, pairs, dtype=torch.float64)
    angles[0, :, 0, :time] = frames[:, None].double() / 10000.0 ** (torch.arange(time).double() / time)
    return angles
