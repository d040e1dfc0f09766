"""From one ring of colours to another past grey, so that colours on the way are as rich as the ends.

A straight line between unlike hues runs by grey: half-way from gold to teal it is an olive mud.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Ring = npt.NDArray[np.float32]

_MAX_GAIN: Final = 4.0
"""Between exact opposites the hue is undefined: some grey must remain there, or neighbours in the ring part."""


def mixed(one: Ring, other: Ring, share: float) -> Ring:
    """The ring that lies a share of the way, 0..1, from one to another; continuous in all three.

    Lightness and chroma are mixed evenly; hues as they lie on a straight line through OKLab. Where that line runs by
    grey it is bent towards the hue that both rings have most of.

    Args:
        one, other: float32 [n, 3], OKLab.
    """
    out = one + np.float32(share) * (other - one)
    start, end = _hues(one), _hues(other)
    rich, other_rich = np.abs(start), np.abs(end)
    middle = start + end
    common = middle.sum()
    common /= max(abs(common), 1e-6)
    missing = np.maximum(np.minimum(rich, other_rich) - np.abs(middle), 0.0)
    bent = _hues(out) + 2.0 * share * (1.0 - share) * missing * common
    wanted = rich + share * (other_rich - rich)
    bent *= np.minimum(wanted / np.maximum(np.abs(bent), 1e-9), _MAX_GAIN)
    out[:, 1], out[:, 2] = bent.real, bent.imag
    return out


def _hues(ring: Ring) -> npt.NDArray[np.complex128]:
    """a + b i: its angle is the hue, its length the chroma."""
    return ring[:, 1].astype(np.float64) + 1j * ring[:, 2].astype(np.float64)
