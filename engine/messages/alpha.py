"""Whether what goes out carries an alpha, and how. Pure data."""

from enum import Enum


class AlphaOut(Enum):
    """OFF: pictures are opaque. The others: the layout of pixels in which the matte goes along, and whether colours
    are multiplied by it. Sinks whose layouts have no alpha send opaque pictures all the same.
    """

    OFF = "off"
    UYVA = "uyva"
    UYVA_PREMULTIPLIED = "uyva-premultiplied"
    BGRA = "bgra"
    BGRA_PREMULTIPLIED = "bgra-premultiplied"

    @property
    def premultiplied(self) -> bool:
        """Return whether colours are multiplied by the alpha."""
        return self in (AlphaOut.UYVA_PREMULTIPLIED, AlphaOut.BGRA_PREMULTIPLIED)
