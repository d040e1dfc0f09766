"""The interface of an attention kernel."""

from typing import Protocol

from torch import Tensor


class AttentionBackend(Protocol):
    """Scaled dot-product attention without a mask: softmax(q·kᵀ / √D)·v, in one call.

    Shapes are [B, L, H, D] throughout, L of the keys free; a kernel takes strided views of that shape
    and must not copy its inputs to transpose them.
    """

    @property
    def name(self) -> str: ...

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attention of q [B, Lq, H, D] over k, v [B, Lk, H, D]; [B, Lq, H, D] in q's dtype."""
        ...

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and the log of each softmax's denominator: natural, float32 [B, H, Lq]."""
        ...
