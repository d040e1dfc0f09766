"""A picture that FFmpeg has decoded to the format of the show, by what it is tagged with: one rule for all of them.

Matrix and range by their tags, untagged matrices by `engine.colour.untagged`, untagged range limited for Y'CbCr and
full for R'G'B' and JPEG (FFmpeg's own reading); PQ, HLG and wide gamuts brought to SDR; alpha laid over black; turned
and mirrored as players show it.
"""

from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, VideoReformatter

from engine.colour import BT709, untagged
from engine.messages.frame import RgbImage
from engine.sources.fit import fit, fit_over_black
from engine.sources.framing import on_its_side
from engine.sources.hdr import PRIMARIES_709, PRIMARIES_2020, PRIMARIES_P3, Primaries, Transfer, to_sdr
from engine.sources.orientation import Turn, is_quarter, turn_of, turned

_AVCOL_SPC_UNSPECIFIED: Final = 2
_WIDEST_PIXEL: Final = 8  # wider or narrower pixels are a damaged header, not a format

_TRANSFERS: Final = {int(ColorTrc.SMPTE2084): Transfer.PQ, int(ColorTrc.ARIB_STD_B67): Transfer.HLG}
_PRIMARIES: Final = {
    int(ColorPrimaries.BT2020): PRIMARIES_2020,
    int(ColorPrimaries.SMPTE431): PRIMARIES_P3,
    int(ColorPrimaries.SMPTE432): PRIMARIES_P3,
}


def transfer_named(color_trc: int) -> Transfer:
    """The transfer that a tag of FFmpeg's means here."""
    return _TRANSFERS.get(color_trc, Transfer.SDR)


class FrameConverter:
    """Converts the frames of one stream. A one-thread object: it keeps FFmpeg's scaler and the orientation."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._turns: dict[int, Turn] = {}

    def convert(self, frame: VideoFrame, pixel_aspect: Fraction | None = None) -> RgbImage:
        """The frame as it is to be seen.

        Args:
            pixel_aspect: the width of a pixel in its heights; None or nonsense: square.
        """
        transfer = transfer_named(frame.color_trc)
        primaries = _primaries(frame, transfer)
        turn = self._turn(frame)
        with on_its_side(is_quarter(turn)):
            if has_alpha(frame.format):
                image = fit_over_black(self._pixels(frame, pixel_aspect, "rgba").astype(np.uint8, copy=False))
            elif transfer is Transfer.SDR and primaries is PRIMARIES_709:
                image = fit(self._pixels(frame, pixel_aspect, "rgb24"))
            else:
                image = to_sdr(fit(self._pixels(frame, pixel_aspect, "rgb48le")), transfer, primaries)
        return turned(image, turn)

    def rgb(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """The stored pixels in R G B, uint8 [h, w, 3], at their own size: not tone-mapped nor turned, no alpha."""
        return self._pixels(frame, None, "rgb24")

    def _pixels(self, frame: VideoFrame, aspect: Fraction | None, layout: str) -> npt.NDArray[Any]:
        plausible = aspect is not None and 1 / _WIDEST_PIXEL <= aspect <= _WIDEST_PIXEL
        width = round(frame.width * aspect) if aspect is not None and plausible else frame.width  # square pixels
        matrix = None
        if frame.colorspace == _AVCOL_SPC_UNSPECIFIED:
            matrix = Colorspace.ITU709 if untagged(frame.width, frame.height) is BT709 else Colorspace.ITU601
        rgb = self._reformatter.reformat(frame, width, frame.height, layout, src_colorspace=matrix, threads=1)
        return rgb.to_ndarray()

    def _turn(self, frame: VideoFrame) -> Turn:
        """The matrix stands in the container's header: it is read again only when its angle changes."""
        angle = frame.rotation
        if angle not in self._turns:
            self._turns[angle] = turn_of(frame)
        return self._turns[angle]


def has_alpha(layout: VideoFormat) -> bool:
    """The pixels may be transparent; palettes may hold alpha too."""
    return layout.has_palette or any(component.is_alpha for component in layout.components)


def _primaries(frame: VideoFrame, transfer: Transfer) -> Primaries:
    """BT.709, BT.601 and what is not tagged count as BT.709; HDR that is not tagged as BT.2020 (BT.2100)."""
    unspecified = frame.color_primaries == ColorPrimaries.UNSPECIFIED
    usual = PRIMARIES_2020 if unspecified and transfer is not Transfer.SDR else PRIMARIES_709
    return _PRIMARIES.get(frame.color_primaries, usual)
