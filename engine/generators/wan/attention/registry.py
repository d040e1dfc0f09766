"""The attention kernels by id, described without torch.

Other packages add theirs with entry points of the group `hardcut.attention`; they are tried before the built-in ones,
and like these used only where they compute right (see `choose`).
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

from engine.registry import Entry, Registry

if TYPE_CHECKING:
    from engine.generators.wan.attention.base import AttentionBackend


class Number(Enum):
    """The kinds of numbers that a kernel may take, by torch's names."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


HALF: Final = (Number.BFLOAT16, Number.FLOAT16)
ANY: Final = (Number.FLOAT32, *HALF)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionEntry(Entry):
    """A kernel that may be there.

    Attributes:
        build: imports or makes it; raises ImportError where the package is missing.
        capabilities: the major compute capabilities that it is written for; empty: the CPU.
    """

    build: "Callable[[], AttentionBackend]"
    capabilities: tuple[int, ...]
    numbers: tuple[Number, ...]


def unfit_for(capabilities: tuple[int, ...], major: int | None) -> str:
    """Why a kernel is not written for a device, a clause; "" where it is.

    Args:
        capabilities: of the kernel, as in AttentionEntry; major: of the device's compute capability; None: the CPU.
    """
    if major is None:
        return "needs a CUDA device" if capabilities else ""
    if major in capabilities:
        return ""
    return f"not written for compute capability {major}.x" if capabilities else "works on the CPU only"


def _flash(generation: int) -> "AttentionBackend":
    from engine.generators.wan.attention import flash

    kinds: dict[int, Callable[[], AttentionBackend]] = {
        2: flash.FlashAttention2,
        3: flash.FlashAttention3,
        4: flash.FlashAttention4,
    }
    return kinds[generation]()


def _cudnn() -> "AttentionBackend":
    from engine.generators.wan.attention.sdpa import CudnnAttention

    return CudnnAttention()


def _sdpa_flash() -> "AttentionBackend":
    from engine.generators.wan.attention.sdpa import TorchFlashAttention

    return TorchFlashAttention()


def _efficient() -> "AttentionBackend":
    from engine.generators.wan.attention.sdpa import EfficientAttention

    return EfficientAttention()


def _cpu() -> "AttentionBackend":
    from engine.generators.wan.attention.sdpa import CpuFlashAttention

    return CpuFlashAttention()


def _flex() -> "AttentionBackend":
    from engine.generators.wan.attention.flex import FlexAttention

    return FlexAttention()


def _hindrance(capabilities: tuple[int, ...], packages: tuple[str, ...]) -> str:
    """Why a built-in kernel does not serve this machine's first device, a sentence, or ""."""
    if packages and not any(importlib.util.find_spec(name) for name in packages):
        return f"The package {packages[0]} is not installed."
    import torch

    why = unfit_for(capabilities, torch.cuda.get_device_capability()[0] if torch.cuda.is_available() else None)
    return f"It {why}." if why.startswith(("needs", "works")) else f"It is {why}." if why else ""


def _kernel(
    key: str,
    label: str,
    build: "Callable[[], AttentionBackend]",
    capabilities: tuple[int, ...],
    numbers: tuple[Number, ...],
    packages: tuple[str, ...] = (),
) -> AttentionEntry:
    return AttentionEntry(
        id=key,
        label=label,
        needs="a CUDA device" if capabilities else "",
        hindrance=partial(_hindrance, capabilities, packages),
        build=build,
        capabilities=capabilities,
        numbers=numbers,
    )


_BUILT_IN: Final = (
    _kernel("fa3", "flash-attention 3", partial(_flash, 3), (9,), HALF, ("flash_attn_interface", "fa3_fwd_interface")),
    _kernel("fa4", "flash-attention 4", partial(_flash, 4), (9, 10, 11, 12), HALF, ("flash_attn",)),
    _kernel("cudnn", "sdpa cudnn", _cudnn, (9, 10, 11, 12), HALF),
    _kernel("fa2", "flash-attention 2", partial(_flash, 2), (8, 9, 12), HALF, ("flash_attn",)),
    _kernel("flash", "sdpa flash", _sdpa_flash, (8, 9, 10, 11, 12), HALF),
    _kernel("flex", "flex", _flex, (8, 9, 10, 11, 12), ANY),
    _kernel("efficient", "sdpa efficient", _efficient, (7, 8, 9, 10, 11, 12), ANY),
    _kernel("cpu", "sdpa cpu", _cpu, (), ANY),
)
"""Fastest first wherever two serve the same capability."""


def _built_in() -> Mapping[str, Callable[[], AttentionEntry]]:
    return {entry.id: partial(_itself, entry) for entry in _BUILT_IN}


def _itself(entry: AttentionEntry) -> AttentionEntry:
    return entry


ATTENTION: Final = Registry(AttentionEntry, "hardcut.attention", _built_in)


def attention_candidates() -> tuple[AttentionEntry, ...]:
    """Every kernel in the order in which they are tried: plug-ins, then the built-in ones."""
    every = sorted(ATTENTION.entries(), key=lambda one: not one.origin)
    return tuple(one.entry for one in every)
