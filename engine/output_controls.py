"""The output's controls: what acts at the next output frame, whatever the chunk loop is doing."""

import threading
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from engine.messages.commands import (
    Command,
    Panic,
    SetBlackout,
    SetCanvas,
    SetFreeze,
    SetInterpolation,
    SetOutputRate,
    SetParameter,
    SetPlacement,
    SwitchSink,
    TakeStill,
)
from engine.messages.interpolation import Interpolation
from engine.messages.parameters import OUTPUT_LEVEL, OUTPUT_PARAMETERS
from engine.messages.placement import Fit, Upscale
from engine.output.settings import SinkSpec
from engine.output.sinks.registry import parse_sink


class OutputEnd(Protocol):
    """What the desk moves in the output process."""

    def set_freeze(self, on: bool) -> None: ...

    def set_blackout(self, on: bool) -> None: ...

    def set_level(self, value: float) -> None: ...

    def set_canvas(self, width: int, height: int) -> None: ...

    def set_rate(self, rate: Fraction) -> None: ...

    def switch_sink(self, spec: SinkSpec, on: bool) -> None: ...

    def take_still(self, path: str = "") -> None: ...

    def set_interpolation(self, mode: Interpolation) -> None: ...

    def set_placement(self, fit: Fit | None, upscale: Upscale | None) -> None: ...


@dataclass(frozen=True, slots=True)
class DeskState:
    """Where the controls stand."""

    freeze: bool = False
    blackout: bool = False
    level: float = 1.0
    interpolation: Interpolation = Interpolation.OFF


class OutputControls:
    """Applies output commands at once, on whichever thread posts them."""

    def __init__(self, controls: OutputEnd, interpolation: Interpolation = Interpolation.OFF) -> None:
        self._controls = controls
        self._state = DeskState(interpolation=interpolation)
        self._lock = threading.Lock()

    @property
    def state(self) -> DeskState:
        """Where the controls stand now."""
        return self._state

    def apply(self, command: Command) -> bool:
        """Carry out an output command; False if this is another kind of command.

        Raises:
            ParameterError: the level lies outside its range.
            OutputError: the canvas or the rate is an impossible one, or there is no such sink.
        """
        with self._lock:
            match command:
                case SetFreeze():
                    self._controls.set_freeze(command.on)
                    self._state = replace(self._state, freeze=command.on)
                case SetBlackout():
                    self._controls.set_blackout(command.on)
                    self._state = replace(self._state, blackout=command.on)
                case SetParameter() if command.parameter == OUTPUT_LEVEL:
                    level = OUTPUT_PARAMETERS[OUTPUT_LEVEL].check(command.value)
                    self._controls.set_level(level)
                    self._state = replace(self._state, level=level)
                case SetCanvas():
                    self._controls.set_canvas(command.width, command.height)
                case SetOutputRate():
                    self._controls.set_rate(command.rate)
                case SetPlacement():
                    self._controls.set_placement(command.fit, command.upscale)
                case SwitchSink():
                    self._controls.switch_sink(parse_sink(command.sink), command.on)
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

    def _reset(self) -> None:
        self._controls.set_freeze(False)
        self._controls.set_blackout(False)
        self._controls.set_level(1.0)
        self._state = DeskState(interpolation=self._state.interpolation)
