"""Products whose tiles are cut, interpreted: run by test_products.

python -m tests.wan.halves      prints, by shape: how tiles are cut, the error, whether whole tiles give the same
"""

import json
import sys

import torch
from torch import Tensor

from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.kernels.float8 import FP8
from engine.generators.wan.kernels.product_plan import plan_product
from engine.generators.wan.kernels.triton_matmul_fp8 import launch

TILE = (32, 32, 32)
PROGRAMS = 5
SHAPES = (
    # tokens, outputs, inputs
    (70, 64, 48),  # a half band on the programs that are free
    (112, 64, 96),  # a whole wave, a tile that is cut, a half band
    (64, 28, 64),  # all cut, a ragged edge
    (12, 160, 32),  # a half band alone
    (160, 64, 64),  # whole tiles alone
)


def main() -> int:
    draw = torch.Generator().manual_seed(0)
    found = []
    for m, n, k in SHAPES:
        a, b = (torch.randn(count, k, generator=draw).to(FP8) for count in (m, n))
        a_scale, b_scale = (torch.rand(count, 1, generator=draw) + 0.1 for count in (m, n))
        bias = torch.randn(n, generator=draw)
        made: list[Tensor] = []
        for halves in (True, False):
            out = torch.full((m, n), float("nan"))
            launch(out, a, a_scale, b, b_scale, bias, PROGRAMS, halves, TILE)
            made.append(out)
        expected = (a.float() * a_scale) @ (b.float() * b_scale).T + bias
        cut = plan_product(m, n, TILE[0], TILE[1], PROGRAMS)
        plan = None if cut is None else (cut.whole, cut.cut, cut.halves)
        found.append([plan, relative_error(made[0], expected), torch.equal(*made)])
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
