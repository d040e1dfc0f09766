"""Attention written out: what every other kernel is measured against."""

import torch
from torch import Tensor


class MathAttention:
    """The formula in float32, whatever the inputs' dtype. Needs memory for every score."""

    name = "math"

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self.attend_lse(q, k, v)[0]

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        scores = torch.einsum("blhd,bmhd->bhlm", q.float(), k.float()) * q.shape[-1] ** -0.5
        lse = torch.logsumexp(scores, dim=-1)
        weights = torch.exp(scores - lse[..., None])
        return torch.einsum("bhlm,bmhd->blhd", weights, v.float()).to(q.dtype), lse
