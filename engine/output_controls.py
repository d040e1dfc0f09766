"""The output's controls: what acts at the next output frame, whatever the chunk loop is doing."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, Protocol

from engine.errors import OutputError
from engine.messages.alpha import AlphaOut
from engine.messages.commands import Command, Origin, Panic, SetParameter
from engine.messages.emergency import Emergency, EmergencyKind
from engine.messages.interpolation import Interpolation
from engine.messages.output_commands import (
    AdjustShape,
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
from engine.messages.parameters import (
    DESK_PARAMETERS,
    LOGO_PARAMETERS,
    MIX_PARAMETERS,
    OUTPUT_FADE,
    OUTPUT_LEVEL,
)
from engine.messages.picture_format import PictureFormat, canvas_after
from engine.messages.placement import Fit, Upscale
from engine.messages.shape import DisplayShape
from engine.output.emergency_controls import EmergencyControls
from engine.output.logo_controls import LogoControls, check_logo, controls_of
from engine.output.settings import SinkSpec
from engine.output.sinks.registry import confined_sink, parse_sink

_BY_HAND: Final = frozenset({Origin.WINDOW, Origin.CLI, Origin.ENGINE, Origin.MIDI, Origin.STREAM_DECK})
"""Who may have any file written; others reach the computer through the network."""


def _usual_values() -> dict[str, float]:
    return {key: value for key, value in DESK_PARAMETERS.defaults().items() if key != OUTPUT_LEVEL}


class OutputEnd(Protocol):
    """What the desk moves in the output process."""

    def set_strobe(self, on: bool) -> None: ...

    def set_freeze(self, on: bool) -> None: ...

    def set_blackout(self, on: bool) -> None: ...

    def set_level(self, value: float) -> None: ...

    def set_fade(self, seconds: float) -> None: ...

    def jump(self) -> None: ...

    def set_alpha(self, alpha: AlphaOut) -> None: ...

    def set_logo(self, controls: LogoControls) -> None: ...

    def shape_display(self, spec: SinkSpec, shape: DisplayShape) -> None: ...

    @property
    def shapes(self) -> Mapping[str, DisplayShape]: ...

    @property
    def logo(self) -> LogoControls: ...

    @property
    def fade_s(self) -> float: ...

    def set_canvas(self, width: int, height: int) -> None: ...

    def set_rate(self, rate: Fraction) -> None: ...

    @property
    def sinks(self) -> tuple[SinkSpec, ...]: ...

    def switch_sink(self, spec: SinkSpec, on: bool) -> None: ...

    def take_still(self, path: str = "") -> None: ...

    def set_interpolation(self, mode: Interpolation) -> None: ...

    def set_placement(self, fit: Fit | None, upscale: Upscale | None) -> None: ...

    def set_emergency(self, controls: EmergencyControls) -> None: ...

    @property
    def emergency(self) -> EmergencyControls: ...

    @property
    def canvas(self) -> tuple[int, int]: ...


class MixEnd(Protocol):
    """What the desk moves where input and dream are mixed."""

    def turn(self, command: SetParameter) -> None: ...

    def carry_alpha(self, on: bool) -> None: ...

    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class DeskState:
    """Where the controls stand.

    Attributes:
        emergency_on: its picture is shown by hand; clip: the decoded file of LOOP.
        values: where DESK_PARAMETERS stand, but the level.
        logo: the picture over all, and whether it is shown.
        shapes: how the picture lies on displays, by their sinks.
    """

    strobe: bool = False
    freeze: bool = False
    blackout: bool = False
    level: float = 1.0
    interpolation: Interpolation = Interpolation.OFF
    emergency: Emergency = field(default_factory=Emergency)
    emergency_on: bool = False
    clip: str = ""
    alpha: AlphaOut = AlphaOut.OFF
    values: Mapping[str, float] = field(default_factory=_usual_values)
    logo: str = ""
    logo_on: bool = False
    shapes: Mapping[str, DisplayShape] = field(default_factory=dict)

    @property
    def emergency_controls(self) -> EmergencyControls:
        """Return what the output is told of the emergency."""
        return EmergencyControls(self.emergency.kind, self.emergency.fade_s, self.clip, self.emergency_on)


class OutputControls:
    """Applies output commands at once, on whichever thread posts them."""

    def __init__(
        self,
        controls: OutputEnd,
        mixer: MixEnd,
        interpolation: Interpolation = Interpolation.OFF,
        picture_format: PictureFormat = PictureFormat.SQUARE,
    ) -> None:
        self._controls = controls
        self._mixer = mixer
        self._format = picture_format
        running = controls.emergency
        chosen = Emergency(running.kind, running.fade_s)
        self._state = DeskState(
            interpolation=interpolation,
            emergency=chosen,
            emergency_on=running.on,
            clip=running.clip,
            values={**_usual_values(), **controls.logo.values, OUTPUT_FADE: controls.fade_s},
            logo=controls.logo.file,
            logo_on=controls.logo.on,
            shapes=controls.shapes,
        )
        self._own = set(controls.sinks)
        self._lock = threading.Lock()

    @property
    def state(self) -> DeskState:
        """Where the controls stand now."""
        return self._state

    def apply(self, command: Command) -> bool:
        """Carry out an output command; False if this is another kind of command.

        Raises:
            ParameterError: the level lies outside its range.
            OutputError: the canvas, the rate or the emergency is an impossible one, there is no such sink, or it is not
                for the network to say where it writes.
        """
        with self._lock:
            match command:
                case SetStrobe():
                    self._controls.set_strobe(command.on)
                    self._state = replace(self._state, strobe=command.on)
                case SetFreeze():
                    self._controls.set_freeze(command.on)
                    self._state = replace(self._state, freeze=command.on)
                case SetBlackout():
                    self._controls.set_blackout(command.on)
                    self._state = replace(self._state, blackout=command.on)
                case SetParameter() if command.parameter in DESK_PARAMETERS:
                    self._turn(command)
                case SetAlpha() | SetLogo() | ShapeDisplay() | AdjustShape():
                    self._dress(command)
                case SetEmergency() | ChooseEmergency():
                    self._change_emergency(command)
                case SetCanvas():
                    self._controls.set_canvas(command.width, command.height)
                case SetOutputRate():
                    self._controls.set_rate(command.rate)
                case SetPlacement():
                    self._controls.set_placement(command.fit, command.upscale)
                case SwitchSink():
                    self._switch_sink(command)
                case TakeStill():
                    self._controls.take_still(command.path)
                case SetInterpolation():
                    self._controls.set_interpolation(command.mode)
                    self._state = replace(self._state, interpolation=command.mode)
                case Panic():
                    self._reset()
                    return False  # the scheduler's half is still to come
                case _:
                    return False
        return True

    def _switch_sink(self, command: SwitchSink) -> None:
        """Switch a sink; the network may switch what a hand has named, and else what stays in its folder."""
        spec = parse_sink(command.sink)
        if command.origin in _BY_HAND:
            self._own.add(spec)
        elif spec not in self._own and spec not in self._controls.sinks:
            spec = confined_sink(spec)
        self._controls.switch_sink(spec, command.on)

    def _turn(self, command: SetParameter) -> None:
        spec = DESK_PARAMETERS[command.parameter]
        value = spec.check(command.value)
        if spec.id == OUTPUT_LEVEL:
            self._controls.set_level(value)
            self._state = replace(self._state, level=value)
            return
        values = {**self._state.values, spec.id: value}
        if spec.id == OUTPUT_FADE:
            self._controls.set_fade(value)
        elif spec.id in LOGO_PARAMETERS:
            self._controls.set_logo(controls_of(self._state.logo, values, on=self._state.logo_on))
        else:
            self._mixer.turn(replace(command, parameter=spec.id, value=value))
        self._state = replace(self._state, values=values)

    def _shape(self, command: ShapeDisplay | AdjustShape) -> None:
        """Change how the picture lies on a display."""
        spec = parse_sink(command.sink)
        if isinstance(command, ShapeDisplay):
            shape = command.shape
        else:
            shape = command.after(self._controls.shapes.get(str(spec), DisplayShape()))
        self._controls.shape_display(spec, shape)
        self._state = replace(self._state, shapes=self._controls.shapes)

    def _dress(self, command: SetAlpha | SetLogo | ShapeDisplay | AdjustShape) -> None:
        """Change what goes out with the picture, over it, or how it lies on a display."""
        if isinstance(command, ShapeDisplay | AdjustShape):
            self._shape(command)
            return
        if isinstance(command, SetLogo):
            self._show_logo(command)
            return
        self._controls.set_alpha(command.mode)
        self._mixer.carry_alpha(command.mode is not AlphaOut.OFF)
        self._state = replace(self._state, alpha=command.mode)

    def _show_logo(self, command: SetLogo) -> None:
        file = self._state.logo if command.file is None else command.file
        if command.on and not file:
            raise OutputError("There is no logo yet", remedy="Choose one in the output's menu.")
        if command.on and command.file:
            check_logo(file)
        self._controls.set_logo(controls_of(file, self._state.values, on=command.on))
        self._state = replace(self._state, logo=file, logo_on=command.on)

    def use_format(self, picture_format: PictureFormat) -> None:
        """Follow the format of the show: the canvas is the new format's if it was the old one's."""
        with self._lock:
            before, self._format = self._format, picture_format
            canvas = canvas_after(self._controls.canvas, before, picture_format)
            if canvas != self._controls.canvas:
                self._controls.set_canvas(*canvas)

    def _change_emergency(self, command: SetEmergency | ChooseEmergency) -> None:
        state = self._state
        if isinstance(command, SetEmergency):
            state = replace(state, emergency_on=command.on)
        else:
            file = state.emergency.file if command.file is None else command.file
            clip = state.clip if command.file is None else command.clip
            if command.kind is EmergencyKind.LOOP and not clip:
                raise OutputError("There is no emergency clip yet", remedy="Choose one in the output's menu.")
            fade_s = state.emergency.fade_s if command.fade_s is None else command.fade_s
            state = replace(state, emergency=Emergency(command.kind, fade_s, file), clip=clip)
        self._controls.set_emergency(state.emergency_controls)
        self._state = state

    def _reset(self) -> None:
        self._controls.set_strobe(False)
        self._controls.set_freeze(False)
        self._controls.set_blackout(False)
        self._controls.set_level(1.0)
        self._controls.jump()
        self._mixer.reset()
        values = {**self._state.values, **MIX_PARAMETERS.defaults()}
        self._state = replace(self._state, freeze=False, blackout=False, level=1.0, emergency_on=False, values=values)
        self._controls.set_emergency(self._state.emergency_controls)
