"""How the output stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.messages.alpha import AlphaOut
from engine.messages.events import ComponentState, Event
from engine.messages.interpolation import Interpolation
from engine.messages.parameters import OUTPUT_LEVEL
from engine.messages.placement import Fit, Upscale
from engine.messages.shape import DisplayShape
from engine.messages.sinks import SinkReport


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChanged(Event):
    """The state of the output process.

    Attributes:
        name: the name receivers see, as read back from the sender, e.g. "MACHINE (Hardcut)".
        sink: the id of the first sink, whose name, connections and figures these are; "" where none is switched on.
        sinks: every sink that is switched on, and "still" once there was one. Their counts alone are told once a
            second.
        strobe: flashes pass as they come.
        connections: receivers connected now; tally: it is on air in one of them.
        freeze, blackout: asked for; freeze_fades, blackout_fades: it comes or goes over a time, and is there in part.
        emergency: what is shown while nothing comes, as engine.messages.emergency writes it; emergency_on: it is asked
            for by hand; emergency_shown: it is shown now.
        interpolation: what it shows between two generated pictures.
        fit, upscale: how the picture meets the canvas, and how it is enlarged.
        alpha: whether the matte goes along.
        logo: the file of the picture that lies over all, "" for none; logo_on: it is shown.
        values: where DESK_PARAMETERS stand, but the level.
        shapes: how the picture lies on displays, by their sinks as they are written.
    """

    standing: ClassVar[bool] = True

    state: ComponentState
    name: str
    width: int
    height: int
    fps_numerator: int
    fps_denominator: int
    connections: int
    tally: bool
    freeze: bool
    blackout: bool
    freeze_fades: bool = False
    blackout_fades: bool = False
    level: float = 1.0
    strobe: bool = False
    detail: str = ""
    sink: str = "ndi"
    emergency: str = "hold"
    emergency_on: bool = False
    emergency_shown: bool = False
    sinks: tuple[SinkReport, ...] = ()
    interpolation: Interpolation = Interpolation.OFF
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.SMOOTH
    alpha: AlphaOut = AlphaOut.OFF
    logo: str = ""
    logo_on: bool = False
    values: Mapping[str, float] = field(default_factory=dict)
    shapes: Mapping[str, DisplayShape] = field(default_factory=dict)

    @property
    def controls(self) -> Mapping[str, float]:
        """Return what stands of DESK_PARAMETERS, the level among them."""
        return {**self.values, OUTPUT_LEVEL: self.level}
