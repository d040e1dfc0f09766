"""The format of the pictures that a show is played in. Every shape in the program follows from it. Pure data."""

from enum import Enum
from typing import Final


class PictureFormat(Enum):
    """Width to height of the generator's picture. It holds from one start of a generator to the next.

    SQUARE: 448×448. WIDE: 592×336, for 16:9. TALL: 336×592, for 9:16. Edges are whole patches of 16 pixels of the Wan
    models, and each format is as much work for them as the others: 28×28, 37×21 and 21×37 patches.
    """

    SQUARE = "square"
    WIDE = "wide"
    TALL = "tall"

    @property
    def width(self) -> int:
        """Of the picture, in pixels."""
        return _SIZES[self][0]

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return _SIZES[self][1]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, as of an array."""
        return self.height, self.width

    @property
    def turned(self) -> "PictureFormat":
        """The format of its pictures on their side."""
        return _TURNED[self]

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of the picture that is sent, where no other size is chosen."""
        return _CANVASES[self]


_SIZES: Final = {
    PictureFormat.SQUARE: (448, 448),
    PictureFormat.WIDE: (592, 336),
    PictureFormat.TALL: (336, 592),
}
_TURNED: Final = {
    PictureFormat.SQUARE: PictureFormat.SQUARE,
    PictureFormat.WIDE: PictureFormat.TALL,
    PictureFormat.TALL: PictureFormat.WIDE,
}
_CANVASES: Final = {
    PictureFormat.SQUARE: (896, 896),
    PictureFormat.WIDE: (1280, 720),
    PictureFormat.TALL: (720, 1280),
}


def format_of(shape: tuple[int, ...]) -> PictureFormat | None:
    """Return the format of pictures whose height and width begin a shape; None where it is that of no format."""
    return next((one for one in PictureFormat if one.shape == shape[:2]), None)


def canvas_after(canvas: tuple[int, int], before: PictureFormat, after: PictureFormat) -> tuple[int, int]:
    """Return the canvas once the format changes: the new format's where it was the old one's, else as it is."""
    return after.canvas if canvas == before.canvas else canvas
