"""How the picture lies on one display: its corners, what is cut off, which way up. Pure data."""

import math
from dataclasses import dataclass
from typing import Final

from engine.errors import OutputError

Corner = tuple[float, float]
Corners = tuple[Corner, Corner, Corner, Corner]

FARTHEST: Final = 0.9
"""How far a corner may be moved, in widths and heights of the picture."""

DEEPEST: Final = 0.45
"""How much may be cut off at one edge, as a share of the picture."""

CORNERS: Final = 4
TURNS: Final = (0, 90, 180, 270)
HOME: Final[Corners] = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
_EDGES: Final[tuple[Corner, ...]] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class DisplayShape:
    """The picture on a display, written as text for files and records; "" is as usual.

    Attributes:
        corners: how far each is moved from where it lies else, to the right and down, in widths and heights of the
            picture there; from the top left one, clockwise.
        crop: what is cut off at the left, top, right and bottom, as shares of the picture.
        turn: how far it is turned clockwise, in degrees: one of TURNS. flip: left and right are exchanged before that.
        pattern: a pattern to align by stands in for the picture.

    Raises:
        OutputError: the corners are no corners of a convex picture, or a number lies outside its range.
    """

    corners: Corners = HOME
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    turn: int = 0
    flip: bool = False
    pattern: bool = False

    def __post_init__(self) -> None:
        numbers = [number for corner in self.corners for number in corner]
        if not all(math.isfinite(one) and abs(one) <= FARTHEST for one in numbers):
            raise OutputError("A corner lies too far away", remedy=f"Stay within {FARTHEST:.0%} of the picture.")
        if not all(0.0 <= one <= DEEPEST for one in self.crop):
            raise OutputError("Too much is cut off", remedy=f"Cut off at most {DEEPEST:.0%} at an edge.")
        if self.turn not in TURNS:
            raise OutputError(f"A picture cannot be turned by {self.turn}°", remedy="Choose 0, 90, 180 or 270.")
        if not _convex(self.places):
            raise OutputError("The corners lie across each other", remedy="Keep the picture's sides apart.")

    @property
    def usual(self) -> bool:
        """Return whether it changes nothing."""
        return not str(self)

    @property
    def places(self) -> tuple[Corner, ...]:
        """Return where the corners lie, the picture's usual place being the square from 0 to 1."""
        return tuple((x + dx, y + dy) for (x, y), (dx, dy) in zip(_EDGES, self.corners, strict=True))

    def with_corner(self, number: int, place: tuple[float | None, float | None]) -> Corners:
        """Return the corners with one of them, 1 to 4, at a place as `places` has it; None: it stays in that direction.

        Raises:
            OutputError: there is no such corner.
        """
        if not 1 <= number <= CORNERS:
            raise OutputError(f"There is no corner {number}", remedy="Choose 1 to 4.")
        moved_x, moved_y = (
            before if there is None else there - edge
            for before, there, edge in zip(self.corners[number - 1], place, _EDGES[number - 1], strict=True)
        )
        first, second, third, fourth = (
            (moved_x, moved_y) if one == number else corner for one, corner in enumerate(self.corners, 1)
        )
        return first, second, third, fourth

    def __str__(self) -> str:
        parts = []
        if self.corners != HOME:
            parts.append("corners " + " ".join(f"{number:.4g}" for corner in self.corners for number in corner))
        if any(self.crop):
            parts.append("crop " + " ".join(f"{number:.4g}" for number in self.crop))
        if self.turn:
            parts.append(f"turn {self.turn}")
        if self.flip:
            parts.append("flip")
        if self.pattern:
            parts.append("pattern")
        return ", ".join(parts)


def parse_shape(text: str) -> DisplayShape:
    """Read what str made of a shape.

    Raises:
        OutputError: it is none.
    """
    corners, crop, turn, flip, pattern = HOME, (0.0, 0.0, 0.0, 0.0), 0, False, False
    for part in filter(None, (one.strip() for one in text.split(","))):
        word, *rest = part.split()
        try:
            numbers = [float(one) for one in rest]
        except ValueError as error:
            raise OutputError("This is no shape of a display", where=text) from error
        match word, numbers:
            case "corners", [a, b, c, d, e, f, g, h]:
                corners = ((a, b), (c, d), (e, f), (g, h))
            case "crop", [left, top, right, bottom]:
                crop = (left, top, right, bottom)
            case "turn", [degrees]:
                turn = int(degrees)
            case "flip", []:
                flip = True
            case "pattern", []:
                pattern = True
            case _:
                raise OutputError("This is no shape of a display", where=text)
    return DisplayShape(corners, crop, turn, flip, pattern)


def _convex(places: tuple[Corner, ...]) -> bool:
    """Return whether four places, clockwise, are the corners of a convex picture that is more than a line."""
    for number in range(4):
        (ax, ay), (bx, by), (cx, cy) = (places[(number + step) % 4] for step in range(3))
        if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) < 0.005:
            return False
    return True
