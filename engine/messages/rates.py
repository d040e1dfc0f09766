"""Frame rates of the output: which are usual, and what people mean by what they write. Pure data.

Video inherited from NTSC runs at 1000/1001 of a whole rate (SMPTE ST 170 and after it ST 274, ST 296). People write
29.97, 59.94, 23.976 or 23.98 for 30000/1001, 60000/1001 and 24000/1001: taken as it stands, such a decimal is a rate
that no receiver knows.
"""

import re
from fractions import Fraction
from typing import Final

from engine.errors import OutputError

USUAL_RATES: Final = (
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
"""Frames a second, the slowest first."""

LOWEST, HIGHEST = 1, 240

_NTSC: Final = Fraction(1000, 1001)
_NEAR: Final = Fraction(1, 100)
"""How far a decimal may lie from the rate that it stands for: 23.98 and 23.97 both mean 24000/1001."""

_WRITTEN: Final = re.compile(r"([0-9]{1,9})(?:/([0-9]{1,9})|[.,]([0-9]{1,9}))?", re.ASCII)
_MOST_PARTS: Final = 1001


def check_rate(rate: Fraction) -> Fraction:
    """The rate, if it can be sent.

    Raises:
        OutputError: it is below 1 or above 240, or no fraction of a receiver's size.
    """
    if not LOWEST <= rate <= HIGHEST or rate.denominator > 1 << 20:
        raise OutputError(
            f"The output rate cannot be {float(rate):g} frames per second",
            remedy=f"Choose a rate from {LOWEST} to {HIGHEST}, such as 30 or 29.97.",
        )
    return rate


def parse_rate(text: str) -> Fraction:
    """A rate as people write it: 30, 30000/1001 or 29.97.

    Raises:
        OutputError: it is none, or cannot be sent.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or (found[2] is not None and int(found[2]) == 0):
        raise OutputError(
            "This is not a frame rate", where=text[:40], remedy="Write for example 30, 29.97 or 30000/1001."
        )
    whole, under, decimals = found.groups()
    if under is not None:
        return check_rate(Fraction(int(whole), int(under)))
    return check_rate(_meant(Fraction(f"{whole}.{decimals or 0}")))


def rate_of(number: float) -> Fraction:
    """The rate that a number stands for, as it comes from a controller in single precision.

    Raises:
        OutputError: it cannot be sent.
    """
    if not LOWEST <= number <= HIGHEST:  # whatever is no number is neither
        raise OutputError(
            f"The output rate cannot be {number:g} frames per second",
            remedy=f"Choose a rate from {LOWEST} to {HIGHEST}, such as 30 or 29.97.",
        )
    return check_rate(_meant(Fraction(round(number, 4)).limit_denominator(10_000)))


def rate_text(rate: Fraction) -> str:
    """A rate as people write it, in two decimals at most."""
    return f"{float(rate):.2f}".rstrip("0").rstrip(".")


def _meant(rate: Fraction) -> Fraction:
    """A decimal as people mean it; whole numbers mean themselves."""
    if rate.denominator == 1:
        return rate
    ntsc = round(rate / _NTSC) * _NTSC
    return ntsc if abs(rate - ntsc) < _NEAR and ntsc >= LOWEST else rate.limit_denominator(_MOST_PARTS)
