"""Keeps one core busy with torch, as another program beside a show would. Ends when its standard input does."""

import sys

import torch

from bench.harness.processes import input_closed

_EDGE = 512
"""Of the matrices, whose product takes some milliseconds."""


def main() -> int:
    torch.set_num_threads(1)
    closed = input_closed()
    matrix = torch.full((_EDGE, _EDGE), 1.0 / _EDGE)
    product = matrix.clone()
    other = matrix.clone()
    while not closed.is_set():
        torch.mm(product, matrix, out=other)
        product, other = other, product
    return 0


if __name__ == "__main__":
    sys.exit(main())
