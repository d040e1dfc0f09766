"""What can be asked of the output."""

from dataclasses import dataclass
from fractions import Fraction

from engine.messages.alpha import AlphaOut
from engine.messages.commands import Command
from engine.messages.emergency import EmergencyKind
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.shape import DisplayShape


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFreeze(Command):
    """Hold the picture that is on air, or let it go."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBlackout(Command):
    """Black on air, or back."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStrobe(Command):
    """Let the picture flash as fast as it comes, or soften what flashes more than three times a second."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEmergency(Command):
    """Show the emergency's picture now, or the show again."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseEmergency(Command):
    """What is shown while nothing comes: see engine.messages.emergency.

    Attributes:
        fade_s, file: None: as before.
        clip: the file, decoded; whoever asks leaves it empty.
    """

    kind: EmergencyKind
    fade_s: float | None = None
    file: str | None = None
    clip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAlpha(Command):
    """Let what goes out carry the matte as its alpha, or be opaque."""

    mode: AlphaOut


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLogo(Command):
    """Show the logo over all that goes out, or no longer.

    Attributes:
        file: of another picture; None: as before.
    """

    on: bool
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSink(Command):
    """Send to a sink, or no longer; the others go on undisturbed.

    Attributes:
        sink: as it is written on the command line: "ndi", "display:1", "record".
    """

    sink: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeDisplay(Command):
    """Say how the picture lies on a display.

    Attributes:
        sink: the display as it is written: "display:1".
    """

    sink: str
    shape: DisplayShape


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustShape(Command):
    """Change one thing of how the picture lies on a display; what is None stays as it is.

    Attributes:
        sink: the display as it is written: "display:1".
        corner: 1 to 4, from the top left one clockwise; place: where it comes to lie, right and down, the picture's
            usual place being the square from 0 to 1; in a direction that is None it stays where it is.
        crop, turn, flip, pattern: as engine.messages.shape.DisplayShape has them.
    """

    sink: str
    corner: int = 1
    place: tuple[float | None, float | None] | None = None
    crop: tuple[float, float, float, float] | None = None
    turn: int | None = None
    flip: bool | None = None
    pattern: bool | None = None

    def after(self, shape: DisplayShape) -> DisplayShape:
        """Return the shape after this change.

        Raises:
            OutputError: it is none.
        """
        return DisplayShape(
            corners=shape.corners if self.place is None else shape.with_corner(self.corner, self.place),
            crop=shape.crop if self.crop is None else self.crop,
            turn=shape.turn if self.turn is None else self.turn,
            flip=shape.flip if self.flip is None else self.flip,
            pattern=shape.pattern if self.pattern is None else self.pattern,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStill(Command):
    """Write the next output frame as a PNG.

    Attributes:
        path: of a file, which is not overwritten, or of a folder; "": a name by the date in the folder of pictures.
    """

    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCanvas(Command):
    """Change the size of the sent picture; even numbers of pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOutputRate(Command):
    """Send so many frames a second from now on, 1..240, exact: see engine.messages.rates."""

    rate: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlacement(Command):
    """Say how the picture meets the canvas, and how it is enlarged; None: as before."""

    fit: Fit | None = None
    upscale: Upscale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInterpolation(Command):
    """Choose what the output shows between two generated pictures."""

    mode: Interpolation
