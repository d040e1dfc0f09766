"""Whether a model of full size can be played here at all: it needs a GPU, and a torch that computes on it."""

from typing import Final

from engine.generators.wan.dims import ModelDims

_LARGE: Final = 100_000_000
"""Numbers in the weights above which a CPU takes minutes for a chunk; the tiny one has a million, Wan 1.3 billion."""


def gpu_lack(dims: ModelDims) -> str:
    """Why a model of this size cannot be played on this machine, in a sentence; "" if it can. Imports torch."""
    if dims.parameters() < _LARGE:
        return ""
    import torch

    if torch.cuda.is_available():
        return ""
    if not has_gpu_build():
        return (
            "It needs a CUDA GPU, and torch here is a build without CUDA: "
            "where there is such a GPU, hardcut doctor says what to install."
        )
    return "It needs a CUDA GPU, and torch finds none here."


def has_gpu_build() -> bool:
    """Whether the installed torch computes on GPUs, CUDA or ROCm. Imports torch."""
    import torch

    return torch.version.cuda is not None or torch.version.hip is not None
