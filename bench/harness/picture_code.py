"""A number written into a picture, so that its way through the whole chain can be timed from the pixels alone.

The code sits in the middle of the picture's centre square: sixteen columns, two rows of cells. A bit is which of
the two cells in its column is brighter, so that no change of brightness, contrast or vignetting can move a
threshold. The number is Gray coded: two pictures blended while one turns into the next differ in one of its
bits. A checksum turns what cannot be read for certain into "unreadable" instead of a wrong number.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

NUMBER_BITS: Final = 10
CHECK_BITS: Final = 6
COLUMNS: Final = NUMBER_BITS + CHECK_BITS
NUMBERS: Final = 1 << NUMBER_BITS
"""Numbers repeat after so many: 34 seconds at 30 pictures a second, far longer than any picture is on its way."""

DARK, LIGHT = 24, 232
"""Off the ends of the range, so that a codec's overshoot is not clipped."""

LEAST_CONTRAST: Final = 12.0
"""Levels of 255 by which two cells must differ; noise averaged over a cell stays well below."""

_TOP_ROW: Final = COLUMNS // 2 - 1
_CRC_POLYNOMIAL: Final = 0b000011
"""x^6 + x + 1 (CRC-6 of ITU-T G.704): finds every single error and every burst within six bits."""
_CRC_START: Final = 0b111111


def draw(number: int, image: npt.NDArray[np.uint8]) -> None:
    """Write number % NUMBERS into [height, width, channels] in place; the shorter edge must be 32 or more."""
    square = _centre_square(image)
    side = square.shape[0]
    for column, bit in enumerate(_bits(number % NUMBERS)):
        across = _cell(column, side)
        upper, lower = (LIGHT, DARK) if bit else (DARK, LIGHT)
        square[_cell(_TOP_ROW, side), across] = upper
        square[_cell(_TOP_ROW + 1, side), across] = lower


def read(luminance: npt.NDArray[Any]) -> int | None:
    """Return the number in [height, width] of any size and brightness; None if it cannot be read for certain."""
    square = _centre_square(luminance)
    side = square.shape[0]
    margin = side // COLUMNS // 4  # edges are blurred by scaling and by codecs
    upper, lower = _cell(_TOP_ROW, side, margin), _cell(_TOP_ROW + 1, side, margin)
    found = []
    for column in range(COLUMNS):
        across = _cell(column, side, margin)
        contrast = float(np.mean(square[upper, across])) - float(np.mean(square[lower, across]))
        if abs(contrast) < LEAST_CONTRAST:
            return None
        found.append(contrast > 0)
    number = _number(found[:NUMBER_BITS])
    return number if _bits(number) == found else None


def unwrap(number: int, newest: int) -> int:
    """Return the full count of a number read from a picture: the largest not above `newest` that is written so."""
    return newest - (newest - number) % NUMBERS


def _centre_square(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _cell(index: int, side: int, margin: int = 0) -> slice:
    """Return the pixels of a row or column of cells, without so many at each end."""
    return slice(index * side // COLUMNS + margin, (index + 1) * side // COLUMNS - margin)


def _bits(number: int) -> list[bool]:
    gray = number ^ (number >> 1)
    bits = [bool(gray >> place & 1) for place in reversed(range(NUMBER_BITS))]
    check = _checksum(bits)
    return bits + [bool(check >> place & 1) for place in reversed(range(CHECK_BITS))]


def _number(gray_bits: list[bool]) -> int:
    number, bit = 0, False
    for gray in gray_bits:
        bit ^= gray
        number = number << 1 | bit
    return number


def _checksum(bits: list[bool]) -> int:
    remainder = _CRC_START
    for bit in bits:
        carried = bool(remainder >> (CHECK_BITS - 1)) ^ bit
        remainder = remainder << 1 & (1 << CHECK_BITS) - 1
        if carried:
            remainder ^= _CRC_POLYNOMIAL
    return remainder
