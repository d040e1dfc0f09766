"""Attention over two sets of keys, one of them played down, without a mask.

Adding log b to the scores of a set of keys multiplies its share of the softmax by b. Two calls, one per set,
each with the log of its denominator, contain all that is needed to put the whole together (the merge of
Flash-Decoding and of ring attention), and log b then is one addition: any kernel that returns its
log-sum-exp serves, and the bias is a number on the device that may change between chunks.
"""

import torch
from torch import Tensor

from engine.generators.wan.attention.base import AttentionBackend


def merge(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor], log_bias: Tensor) -> Tensor:
    """Put two partial attentions together, the second with log_bias added to its scores.

    Args:
        first, second: output [B, L, H, D] and log-sum-exp float32 [B, H, L] of each set of keys.
        log_bias: float32 scalar tensor, at most 0; −inf drops the second set.

    Returns:
        [B, L, H, D] in the dtype of first's output.
    """
    share = torch.sigmoid(first[1] - (second[1] + log_bias)).transpose(1, 2)[..., None]
    return torch.lerp(second[0].float(), first[0].float(), share).to(first[0].dtype)


def attend_biased(
    backend: AttentionBackend, q: Tensor, k: Tensor, v: Tensor, unbiased: int, log_bias: Tensor
) -> Tensor:
    """Attention with log_bias added to the scores of all keys but the first `unbiased`.

    Args:
        q: [B, Lq, H, D]; k, v: [B, Lk, H, D].
        unbiased: at least 1; where it covers all keys there is nothing to bias.
    """
    if unbiased >= k.shape[1]:
        return backend.attend(q, k, v)
    plain = backend.attend_lse(q, k[:, :unbiased], v[:, :unbiased])
    biased = backend.attend_lse(q, k[:, unbiased:], v[:, unbiased:])
    return merge(plain, biased, log_bias)
