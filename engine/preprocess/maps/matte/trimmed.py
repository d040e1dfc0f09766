"""The segmentation model without its last two layers, which take OpenCV's dnn as long as all the others together.

They are a transposed convolution of 2×2 with a step of 2, whose windows do not overlap: a product of matrices, and a
logistic function. Here the graph in the file (TensorFlow Lite's, a flatbuffer) is made to end before them.
"""

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

_SUBGRAPHS: Final = 2
_OUTPUTS: Final = 2
_OPERATORS: Final = 3
_INPUTS_OF: Final = 1
_OUTPUTS_OF: Final = 2
_DATA: Final = 0
"""Places of fields in the tables of TensorFlow Lite's schema; the transposed convolution is MediaPipe's own, and is
given its picture first."""

TRIMMED: Final = 2


def without_last_layers(model: bytes) -> bytearray:
    """Return the model with its graph ending at what its last but one layer, a transposed convolution, is given.

    Raises:
        ValueError: the last two layers are not one behind the other.
    """
    found = bytearray(model)
    graph = _element(found, _field(found, _unsigned(found, 0), _SUBGRAPHS), 0)
    operators = _field(found, graph, _OPERATORS)
    count = _unsigned(found, operators)
    widen, squash = (_element(found, operators, count - place) for place in (2, 1))
    between = _vector(found, _field(found, widen, _OUTPUTS_OF))
    if between != _vector(found, _field(found, squash, _INPUTS_OF)):
        raise ValueError("the model does not end as it used to")
    given = _vector(found, _field(found, widen, _INPUTS_OF))[_DATA]
    struct.pack_into("<I", found, operators, count - TRIMMED)
    struct.pack_into("<i", found, _field(found, graph, _OUTPUTS) + 4, given)
    return found


def last_layers(
    features: npt.NDArray[np.float32], weights: npt.NDArray[np.float32], bias: float
) -> npt.NDArray[np.float32]:
    """Return what the two layers make of features [c, h, w]: float32 [2 h, 2 w] in 0..1.

    Args:
        weights: float32 [c, 2, 2]; bias: of the sum.
    """
    channels, height, width = features.shape
    sums = weights.reshape(channels, 4).T @ features.reshape(channels, -1)
    folded = sums.reshape(2, 2, height, width).transpose(2, 0, 3, 1).reshape(2 * height, 2 * width)
    squashed = np.exp(np.clip(-(folded + np.float32(bias)), -30.0, 30.0))
    squashed += np.float32(1.0)
    return np.asarray(np.reciprocal(squashed), dtype=np.float32)


def _unsigned(data: bytearray, place: int) -> int:
    return int(struct.unpack_from("<I", data, place)[0])


def _field(data: bytearray, table: int, number: int) -> int:
    """The place of what a table's field points to."""
    layout = table - int(struct.unpack_from("<i", data, table)[0])
    at = table + int(struct.unpack_from("<H", data, layout + 4 + 2 * number)[0])
    return at + _unsigned(data, at)


def _element(data: bytearray, vector: int, number: int) -> int:
    """The place of a table in a vector of them."""
    at = vector + 4 + 4 * number
    return at + _unsigned(data, at)


def _vector(data: bytearray, vector: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{_unsigned(data, vector)}i", data, vector + 4)
