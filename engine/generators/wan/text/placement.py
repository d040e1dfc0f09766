"""Where the text encoder goes, and in which precision: beside the model if there is room, else on the host."""

from dataclasses import dataclass
from typing import Final

import torch

from engine.generators.wan.cards import Precision
from engine.generators.wan.memory import GIB, TEXT_BYTES

FP8_TEXT_BYTES: Final = 6_750_000_000
"""UMT5-XXL with its 4.6 billion numbers of linear layers in fp8, its word embeddings (1.1 billion) in bfloat16."""

_WORK_BYTES: Final = 1 << 30
"""Activations of 512 tokens, and the largest layer in float32 while it is quantised."""

_BYTES: Final = {Precision.BF16: TEXT_BYTES + _WORK_BYTES, Precision.FP8: FP8_TEXT_BYTES + _WORK_BYTES}


@dataclass(frozen=True, slots=True)
class TextPlace:
    """What was decided.

    Attributes:
        precision: BF16 or FP8; bytes: what it needs there; free: what there is.
        rejected: what would have been better, and why not.
    """

    device: torch.device
    precision: Precision
    bytes: int
    free: int
    rejected: tuple[tuple[str, str], ...] = ()

    @property
    def fits(self) -> bool:
        return self.bytes <= self.free

    @property
    def name(self) -> str:
        kind = "fp8 per row" if self.precision is Precision.FP8 else "bfloat16"
        return f"{kind} on {self.device}"


def place_text(wanted: Precision, device: torch.device, spare: int, host: int) -> TextPlace:
    """The first of these that has room: bfloat16 on the device, fp8 on it, bfloat16 on the host, fp8 on it.

    Where none has, it is the last: a show whose prompts are all kept on disk never loads the encoder, and one that
    does is told then.

    Args:
        wanted: AUTO for any of them, else only those of this precision.
        spare: bytes left on the device beside the model; host: bytes free on the host.
    """
    places = [(device, spare)] if device.type == "cpu" else [(device, spare), (torch.device("cpu"), host)]
    precisions = (Precision.BF16, Precision.FP8) if wanted is Precision.AUTO else (wanted,)
    rejected: list[tuple[str, str]] = []
    for where, free in places:
        for precision in precisions:
            place = TextPlace(where, precision, _BYTES[precision], free, tuple(rejected))
            if place.fits:
                return place
            short = f"needs {place.bytes / GIB:.1f} GiB, {max(free, 0) / GIB:.1f} GiB are free"
            rejected.append((place.name, short))
    return place
