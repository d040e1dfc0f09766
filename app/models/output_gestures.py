"""Gestures on what goes out: what lies over the picture, how it is sent and where to."""

from collections.abc import Mapping
from fractions import Fraction

from app.models.engine_api import EnginePort
from app.models.knobs import KnobBank
from app.models.sinks import SinksModel
from app.models.transport import Transport
from engine.messages.alpha import AlphaOut
from engine.messages.commands import SetParameter
from engine.messages.emergency import EmergencyKind
from engine.messages.interpolation import Interpolation
from engine.messages.mix import PRESET_S
from engine.messages.output_commands import (
    ChooseEmergency,
    SetAlpha,
    SetBlackout,
    SetCanvas,
    SetEmergency,
    SetFreeze,
    SetInterpolation,
    SetLogo,
    SetOutputRate,
    SetPlacement,
    SetStrobe,
    ShapeDisplay,
    SwitchSink,
    TakeStill,
)
from engine.messages.placement import Fit, Upscale
from engine.messages.shape import DisplayShape
from engine.messages.sinks import RECORDER
from engine.messages.transitions import Span, Transition


class OutputGestures:
    """Sends commands; a switch shows what was asked until the output confirms it."""

    def __init__(self, port: EnginePort, transport: Transport, knobs: KnobBank, sinks: SinksModel) -> None:
        self._port = port
        self._transport = transport
        self._knobs = knobs
        self._sinks = sinks

    def toggle_freeze(self) -> None:
        """Hold the picture on air, or let it go."""
        now, freeze = self._port.now_ns(), self._transport.freeze
        on = not freeze.shown
        self._port.post(SetFreeze(stamp_ns=now, on=on))
        freeze.want(on, now)
        self._transport.changed.emit()

    def toggle_blackout(self) -> None:
        """Black on air, or back."""
        now, blackout = self._port.now_ns(), self._transport.blackout
        on = not blackout.shown
        self._port.post(SetBlackout(stamp_ns=now, on=on))
        blackout.want(on, now)
        self._transport.changed.emit()

    def set_strobe(self, on: bool) -> None:
        """Let the picture flash as it comes, or soften what flashes too fast."""
        self._port.post(SetStrobe(stamp_ns=self._port.now_ns(), on=on))

    def toggle_emergency(self) -> None:
        """The emergency's picture on air, or the show again."""
        now, emergency = self._port.now_ns(), self._transport.emergency
        on = not emergency.shown
        self._port.post(SetEmergency(stamp_ns=now, on=on))
        emergency.want(on, now)
        self._transport.changed.emit()

    def choose_emergency(self, kind: EmergencyKind, file: str | None = None) -> None:
        """What is shown while nothing comes; file: of a clip, None: the one before."""
        self._port.post(ChooseEmergency(stamp_ns=self._port.now_ns(), kind=kind, file=file))

    def set_alpha(self, mode: AlphaOut) -> None:
        """Let the matte go along as the alpha, or not."""
        self._port.post(SetAlpha(stamp_ns=self._port.now_ns(), mode=mode))

    def toggle_logo(self) -> None:
        """The logo over all, or no longer."""
        now, logo = self._port.now_ns(), self._transport.logo
        on = not logo.shown
        self._port.post(SetLogo(stamp_ns=now, on=on))
        logo.want(on, now)
        self._transport.changed.emit()

    def choose_logo(self, file: str) -> None:
        """Show another picture as the logo."""
        self._port.post(SetLogo(stamp_ns=self._port.now_ns(), on=True, file=file))

    def turn_desk(self, parameter: str, value: float) -> None:
        """Move one of DESK_PARAMETERS to a value in its unit."""
        now = self._port.now_ns()
        self._port.post(SetParameter(stamp_ns=now, parameter=parameter, value=value))
        self._knobs.knobs[parameter].turn(value, now)

    def mix(self, values: Mapping[str, float]) -> None:
        """Go to a mix of input and dream."""
        now, glide = self._port.now_ns(), Transition(Span(PRESET_S))
        for parameter, value in values.items():
            self._port.post(SetParameter(stamp_ns=now, parameter=parameter, value=value, glide=glide))
            self._knobs.knobs[parameter].turn(value, now)

    def set_canvas(self, width: int, height: int) -> None:
        """Send another size."""
        self._port.post(SetCanvas(stamp_ns=self._port.now_ns(), width=width, height=height))

    def set_output_rate(self, rate: Fraction) -> None:
        """Send so many frames a second."""
        self._port.post(SetOutputRate(stamp_ns=self._port.now_ns(), rate=rate))

    def set_fit(self, fit: Fit) -> None:
        """Say how the picture meets the canvas."""
        self._port.post(SetPlacement(stamp_ns=self._port.now_ns(), fit=fit))

    def set_upscale(self, upscale: Upscale) -> None:
        """Say how the picture is enlarged."""
        self._port.post(SetPlacement(stamp_ns=self._port.now_ns(), upscale=upscale))

    def switch_sink(self, sink: str, on: bool) -> None:
        """Send to a sink, or no longer."""
        self._port.post(SwitchSink(stamp_ns=self._port.now_ns(), sink=sink, on=on))

    def toggle_recording(self) -> None:
        """Record what goes out, or end the film."""
        recorder = self._sinks.find(RECORDER)
        self.switch_sink(recorder.sink if recorder is not None else RECORDER, not self._sinks.recording)

    def shape_display(self, sink: str, shape: DisplayShape) -> None:
        """Say how the picture lies on a display."""
        self._port.post(ShapeDisplay(stamp_ns=self._port.now_ns(), sink=sink, shape=shape))

    def take_still(self) -> None:
        """Write what viewers see as a PNG."""
        self._port.post(TakeStill(stamp_ns=self._port.now_ns()))

    def set_interpolation(self, mode: Interpolation) -> None:
        """Show other pictures between the generated ones."""
        self._port.post(SetInterpolation(stamp_ns=self._port.now_ns(), mode=mode))
