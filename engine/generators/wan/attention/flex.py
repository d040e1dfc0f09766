"""torch's FlexAttention: a kernel that the compiler writes for the device at hand, in Triton on a GPU.

It is asked for no mask and no bias here, so its worth is where no library's kernel serves.
"""

from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import AuxRequest, flex_attention

_LSE: Final = AuxRequest(lse=True)


class FlexAttention:
    """Dong et al., "Flex Attention" (2024). Compiled at the first call, once for all lengths."""

    name = "flex"

    def __init__(self) -> None:
        self._call: Any = torch.compile(flex_attention, dynamic=True, fullgraph=True)

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        out: Tensor = self._call(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        return out.transpose(1, 2)

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, aux = self._call(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), return_aux=_LSE)
        return out.transpose(1, 2), aux.lse
