"""What an NDI frame says of its colours: the element ndi_color_info of its metadata (NDI SDK 6, "HDR").

The library hands 8 bit UYVY on as it was sent, HDR too: its code values are the sender's, its tag the only sign.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from engine.colour import BT601, BT709, BT2020, NDI, LumaWeights
from engine.messages.frame import RgbImage
from engine.sources.hdr import PRIMARIES_709, PRIMARIES_2020, Primaries, Transfer, to_sdr

_ELEMENT: Final = re.compile(r"<ndi_color_info\s([^<>]{0,400})>")
_ATTRIBUTE: Final = re.compile(r"(\w+)\s*=\s*[\"']([\w.-]*)[\"']")

_MATRICES: Final = {"bt_601": BT601, "bt_709": BT709, "bt_2020": BT2020, "bt_2100": BT2020}
_TRANSFERS: Final = {"bt_2100_pq": Transfer.PQ, "bt_2100_hlg": Transfer.HLG}
_PRIMARIES: Final = {"bt_2020": PRIMARIES_2020, "bt_2100": PRIMARIES_2020}


@dataclass(frozen=True, slots=True)
class NdiColour:
    """How a frame is to be read."""

    weights: LumaWeights = NDI
    transfer: Transfer = Transfer.SDR
    primaries: Primaries = PRIMARIES_709

    @property
    def usual(self) -> bool:
        """Nothing is to be done once it is R'G'B'."""
        return self.transfer is Transfer.SDR and self.primaries is PRIMARIES_709

    def shown(self, image: RgbImage) -> RgbImage:
        """The picture in SDR and BT.709; itself where it is already."""
        return image if self.usual else to_sdr(image.astype(np.uint16) * 257, self.transfer, self.primaries)


@lru_cache(maxsize=16)
def read_colour(metadata: str) -> NdiColour:
    """What a frame's metadata says; NDI's rule for whatever it does not."""
    element = _ELEMENT.search(metadata)
    if element is None:
        return NdiColour()
    said = dict(_ATTRIBUTE.findall(element[1]))
    transfer = _TRANSFERS.get(said.get("transfer", ""), Transfer.SDR)
    usual_weights, usual_primaries = (NDI, PRIMARIES_709) if transfer is Transfer.SDR else (BT2020, PRIMARIES_2020)
    return NdiColour(
        _MATRICES.get(said.get("matrix", ""), usual_weights),
        transfer,
        _PRIMARIES.get(said["primaries"], PRIMARIES_709) if said.get("primaries") else usual_primaries,
    )
