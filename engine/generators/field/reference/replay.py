"""One recorded graph a frame, tried against plain launches before it is chosen."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.generators.field.lattice import Lattice
from engine.generators.field.painter import Scheme
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.launches import Launches
from engine.generators.field.reference.trial import Tried
from engine.generators.graph_capture import Recorder
from engine.generators.kernel_errors import first_error_line, kernel_errors

PICTURE_TOLERANCE: Final = 1.0 / 1024.0
"""Most that a number of a replayed picture, 0..1, may be off: a quarter of a level of 255. The kernels are the same,
unless a library chooses others while it is recorded."""

IMAGE_TOLERANCE: Final = 1
"""Most that a byte of a replayed frame may be off, in levels: one that lay between two may fall on either side."""

_WRONG_LEVEL: Final = 77
"""What is written over a frame before it is replayed."""


class Replayed:
    """A frame's launches as one graph, on pictures of its own."""

    def __init__(self, launches: Launches, lattice: Lattice, device: torch.device, recorder: Recorder) -> None:
        self._launches = launches
        shape = (lattice.height, lattice.width, 4)
        self._last, self._out = (torch.zeros(shape, device=device) for _ in range(2))
        parts = launches.parts(self._last, self._out)

        def frame() -> None:
            for part in parts:
                part()

        self._replay = recorder.record(frame)

    def paint(self, last: Tensor | None, out: Tensor) -> None:
        """Paint the frame after `last`, which is not touched, into `out`; None: there is none."""
        if last is None:
            self._last.zero_()  # and not multiplied away: what is no number would stay for ever
        else:
            self._last.copy_(last)
        self._replay()
        out.copy_(self._out)

    def spoil(self) -> None:
        """Overwrite what a replay must write, so that it cannot be taken for the frame before."""
        self._out.fill_(float("nan"))
        self._launches.image.fill_(_WRONG_LEVEL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial.

    Attributes:
        replayed: None: plain launches it is.
        told: how far off it was, or what went wrong.
    """

    replayed: Replayed | None
    told: str


def try_replay(
    launches: Launches, inputs: Inputs, lattice: Lattice, device: torch.device, recorder: Recorder, tried: Tried
) -> Verdict:
    """Record a frame, and hold replays with other inputs, with and without a last picture, against plain launches."""
    try:
        with torch.inference_mode():
            _send(inputs, tried, tried.schemes[0])
            replayed = Replayed(launches, lattice, device, recorder)
            off, levels = 0.0, 0
            for scheme in tried.schemes[1:]:
                last = None if scheme.carry is None else torch.from_numpy(tried.picture).to(device)
                _send(inputs, tried, scheme)
                right, image = _painted(launches, last, tried, device)
                replayed.spoil()
                out = torch.full_like(right, float("nan"))
                replayed.paint(last, out)
                off = max(off, _worst(out, right))
                levels = max(levels, int((launches.image.int() - image.int()).abs().max()))
    except kernel_errors() as problem:
        return Verdict(None, f"failed: {first_error_line(problem)}")
    told = (
        f"off by {off:.1e} of 1 and {levels} of 255 against plain launches "
        f"(limits {PICTURE_TOLERANCE:.1e} and {IMAGE_TOLERANCE})"
    )
    right_enough = off <= PICTURE_TOLERANCE and levels <= IMAGE_TOLERANCE
    return Verdict(replayed if right_enough else None, told if right_enough else f"wrong: {told}")


def _send(inputs: Inputs, tried: Tried, scheme: Scheme) -> None:
    inputs.see(tried.image)
    inputs.send(scheme)


def _painted(launches: Launches, last: Tensor | None, tried: Tried, device: torch.device) -> tuple[Tensor, Tensor]:
    """Picture and frame by plain launches."""
    out = torch.zeros(tried.picture.shape, device=device)
    for part in launches.parts(torch.zeros_like(out) if last is None else last, out):
        part()
    return out, launches.image.clone()


def _worst(value: Tensor, right: Tensor) -> float:
    """The largest difference; infinite where value is no number."""
    off = float((value - right).abs().max())
    return off if off == off else float("inf")
