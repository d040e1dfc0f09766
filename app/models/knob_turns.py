"""Turns of knobs and macros, by mouse, keys or a controller; each gesture can be taken back."""

from collections.abc import Callable, Mapping
from typing import Final

from app.models import text as words
from app.models.engine_api import EnginePort
from app.models.knobs import HandMove, Knob, KnobBank
from app.models.macros import MacroBank
from app.models.undo import Edit
from engine.messages.commands import SetParameter
from engine.messages.parameters import ParameterSpec


class KnobTurns:
    """Asks for values; remember takes each gesture. Turns on controllers arrive through the engine's commits."""

    def __init__(self, port: EnginePort, knobs: KnobBank, macros: MacroBank, remember: Callable[[Edit], None]) -> None:
        self._port = port
        self._knobs = knobs
        self._macros = macros
        self._remember = remember
        knobs.watch_hands(self._take_hand)

    def turn(self, key: str, value: float) -> None:
        """Ask for a value of a parameter, clamped to its range, or of a macro, which moves its parameters."""
        macro = self._macros.find(key)
        wanted = dict(self._macros.moves(macro, value)) if macro is not None else {key: value}
        self._move(key, macro or self._knobs.knobs[key], wanted)

    def reset(self, key: str) -> None:
        """Back to the values of the scene that plays: of the parameter, or of all that the macro moves."""
        macro = self._macros.find(key)
        keys = tuple(part.parameter for part in macro.parts) if macro is not None else (key,)
        self._move(key, macro or self._knobs.knobs[key], {one: self._knobs.knobs[one].home for one in keys})

    def _move(self, key: str, turned: Knob, wanted: Mapping[str, float]) -> None:
        before = {one: self._knobs.knobs[one].target for one in wanted}
        self._ask(wanted)
        after = {one: self._knobs.knobs[one].target for one in wanted}
        if after != before:
            self._remember(self._edit(key, turned.spec, turned.target, before, after))

    def _take_hand(self, move: HandMove) -> None:
        knob = self._knobs.knobs[move.parameter]
        before, after = {move.parameter: move.before}, {move.parameter: move.after}
        self._remember(self._edit(move.parameter, knob.spec, move.after, before, after))

    def _edit(
        self, key: str, spec: ParameterSpec, value: float, before: Mapping[str, float], after: Mapping[str, float]
    ) -> Edit:
        return Edit(
            f"turning {spec.label} to {words.value(spec, value)}{spec.unit}",
            lambda: self._ask(before),
            lambda: self._ask(after),
            key=(KNOB, key, *before),
            at_ns=self._port.now_ns(),
        )

    def _ask(self, values: Mapping[str, float]) -> None:
        now = self._port.now_ns()
        for key, value in values.items():
            knob = self._knobs.knobs[key]
            value = min(max(value, knob.spec.minimum), knob.spec.maximum)
            if value != knob.target:
                self._port.post(SetParameter(stamp_ns=now, parameter=key, value=value))
                knob.turn(value, now)
        self._macros.refresh(now)


KNOB: Final = "knob"


def moves_unknown(key: object, knobs: KnobBank) -> bool:
    """An edit's key names a parameter that the generator no longer has."""
    return isinstance(key, tuple) and key[0] == KNOB and any(one not in knobs.knobs for one in key[2:])
