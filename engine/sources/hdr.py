"""Pictures of high dynamic range or wide gamut to what an SDR display shows: BT.709, gamma 2.4.

PQ and HLG are tone-mapped by Report ITU-R BT.2446-1, method C, without its optional crosstalk. It takes HDR
reference white, 203 cd/m² (BT.2408: PQ 58 %, HLG 75 %), to 91 % of SDR's light, and all above 333 cd/m² to white.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.colour import BT2020
from engine.messages.frame import RgbImage

HLG_PEAK: Final = 1000.0
"""The display that HLG is shown on in production, cd/m², system gamma 1.2 (BT.2100-2, table 5)."""

SDR_GAMMA: Final = 2.4
"""Of an SDR display (BT.1886, black at 0)."""

_TOP: Final = 65535
_STEPS: Final = 4095  # of the root of light: finer than 8 bits of its 2.4th root everywhere


class Transfer(Enum):
    """How code values stand for light."""

    SDR = "SDR"
    PQ = "PQ"
    HLG = "HLG"


@dataclass(frozen=True, slots=True)
class Primaries:
    """CIE 1931 x and y of red, green and blue; the white is D65."""

    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]


PRIMARIES_709: Final = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
PRIMARIES_P3: Final = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
PRIMARIES_2020: Final = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
"""ITU-R BT.709-6, SMPTE EG 432-1, ITU-R BT.2020-2."""

_D65: Final = (0.3127, 0.3290)


def to_sdr(image: npt.NDArray[np.uint16], transfer: Transfer, primaries: Primaries) -> RgbImage:
    """Convert R' G' B', uint16 [h, w, 3], full range, to SDR in BT.709: uint8 [h, w, 3].

    What lies outside the smaller gamut is clipped.
    """
    light = _light(transfer)[image]
    if transfer is not Transfer.SDR:
        light *= _gain(_mixed(light, _LUMINANCE), transfer)[..., None]
    light = _mixed(light, to_709(primaries))
    np.clip(light, 0.0, 1.0, out=light)
    roots = np.sqrt(light, out=light)
    roots *= np.float32(_STEPS)
    roots += np.float32(0.5)
    return _codes()[roots.astype(np.uint16)]


def _mixed(light: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.transform(light, matrix), dtype=np.float32)


_LUMINANCE: Final = np.array([[BT2020.red, BT2020.green, BT2020.blue]])


def _gain(luminance: npt.NDArray[np.float32], transfer: Transfer) -> npt.NDArray[np.float32]:
    """What light is multiplied with, so that 1.0 is SDR's white; luminance in the unit of `_light`."""
    y = np.maximum(luminance, np.float32(1e-6))
    # BT.2100's OOTF acts on luminance.
    shown = np.asarray(HLG_PEAK * cv2.pow(y, 1.2), dtype=np.float32) if transfer is Transfer.HLG else y
    return np.asarray(sdr_luminance(shown) / y, dtype=np.float32)


def sdr_luminance(luminance: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The curve of BT.2446-1, method C: cd/m² on an HDR display to SDR light, 1.0 = white; it goes on above."""
    k1, k2, k3, k4, knee = 0.83802, 15.09968, 0.74204, 78.99439, 58.535046
    above = k2 * cv2.log(np.maximum(luminance * np.float32(k1 / knee) - np.float32(k3), np.float32(0.01))) + k4
    light = np.where(luminance < knee / k1, luminance * np.float32(k1 / 100.0), above * np.float32(0.01))
    return np.asarray(light, dtype=np.float32)


@cache
def _light(transfer: Transfer) -> npt.NDArray[np.float32]:
    """Light of each 16-bit code value: PQ in cd/m², HLG of the scene in 0..1, SDR of the display in 0..1."""
    code = np.arange(_TOP + 1) / _TOP
    match transfer:
        case Transfer.PQ:  # BT.2100-2, table 4
            m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
            root = code ** (1 / m2)
            light = 10000.0 * (np.maximum(root - c1, 0.0) / (c2 - c3 * root)) ** (1 / m1)
        case Transfer.HLG:  # BT.2100-2, table 5
            a, b, c = 0.17883277, 0.28466892, 0.55991073
            light = np.where(code <= 0.5, code**2 / 3.0, (np.exp((code - c) / a) + b) / 12.0)
        case Transfer.SDR:
            light = code**SDR_GAMMA
    return np.asarray(light, dtype=np.float32)


@cache
def _codes() -> npt.NDArray[np.uint8]:
    """SDR code values, 0..255, by the square root of light in steps."""
    return np.round(255.0 * (np.arange(_STEPS + 1) / _STEPS) ** (2.0 / SDR_GAMMA)).astype(np.uint8)


@cache
def to_709(primaries: Primaries) -> npt.NDArray[np.float64]:
    """Linear R G B of these primaries to those of BT.709: float64 [3, 3] (SMPTE RP 177)."""
    return np.linalg.inv(_to_xyz(PRIMARIES_709)) @ _to_xyz(primaries)


def _to_xyz(primaries: Primaries) -> npt.NDArray[np.float64]:
    def xyz(x: float, y: float) -> list[float]:
        return [x / y, 1.0, (1.0 - x - y) / y]

    columns = np.array([xyz(*primaries.red), xyz(*primaries.green), xyz(*primaries.blue)]).T
    return columns * np.linalg.solve(columns, np.array(xyz(*_D65)))
