"""Turns of knobs and macros, by mouse, keys or a controller; each gesture can be taken back while its scene plays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.models import text as words
from app.models.engine_api import EnginePort
from app.models.knobs import HandMove, Knob, KnobBank
from app.models.macros import MacroBank
from app.models.undo import MERGE_NS, Edit
from app.models.visit import SceneVisit
from engine.messages.commands import SetParameter
from engine.messages.parameters import CommitPolicy, ParameterSpec


@dataclass(frozen=True, slots=True)
class TurnKey:
    """Turns of one gesture in one visit to a scene are one edit, whichever parameters it has moved so far."""

    gesture: str
    visit: int
    parameters: tuple[str, ...] = field(compare=False)

    def is_known(self, knobs: KnobBank) -> bool:
        """The generator has all that was moved."""
        return all(one in knobs.knobs for one in self.parameters)


class KnobTurns:
    """Asks for values; remember takes each gesture. Turns on controllers arrive through the engine's commits."""

    def __init__(
        self,
        port: EnginePort,
        knobs: KnobBank,
        macros: MacroBank,
        visit: SceneVisit,
        remember: Callable[[Edit], None],
    ) -> None:
        self._port = port
        self._knobs = knobs
        self._macros = macros
        self._visit = visit
        self._remember = remember
        self._gesture = 0
        self._hands_visit = 0
        self._hands_ns = -MERGE_NS
        self._hands_before: dict[str, float] = {}
        self._hands_after: dict[str, float] = {}
        knobs.watch_hands(self._take_hands)

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
            self._hands_ns = -MERGE_NS  # a turn on a controller after this one is another gesture
            self._remember(self._edit(key, turned.spec, turned.target, before, after))

    def _take_hands(self, moves: tuple[HandMove, ...]) -> None:
        """Turns on controllers that follow each other closely are one gesture, whichever knobs they are."""
        now = self._port.now_ns()
        if now - self._hands_ns > MERGE_NS or self._visit.number != self._hands_visit:
            self._hands_before, self._hands_after = {}, {}
            self._gesture += 1
        self._hands_ns, self._hands_visit = now, self._visit.number
        before, after = self._hands_before, self._hands_after
        for move in moves:
            before.setdefault(move.parameter, move.before)
            after[move.parameter] = move.after
        labels = [self._knobs.knobs[key].spec.label for key in after]
        spec = self._knobs.knobs[moves[0].parameter].spec
        to = f" to {words.value(spec, moves[0].after)}{spec.unit}" if len(labels) == 1 else ""
        self._remember(self._turned(f"turning {' and '.join(labels)}{to}", f"hands {self._gesture}", before, after))

    def _edit(
        self, key: str, spec: ParameterSpec, value: float, before: Mapping[str, float], after: Mapping[str, float]
    ) -> Edit:
        return self._turned(f"turning {spec.label} to {words.value(spec, value)}{spec.unit}", key, before, after)

    def _turned(self, what: str, gesture: str, before: Mapping[str, float], after: Mapping[str, float]) -> Edit:
        """The edit of a gesture; what it moved of the scene ends with the visit, unlike what it moved of the output."""
        visit = self._visit.number
        edit = Edit(
            what,
            lambda: self._ask_again(before, visit),
            lambda: self._ask_again(after, visit),
            key=TurnKey(gesture, visit, tuple(after)),
            at_ns=self._port.now_ns(),
        )
        return self._visit.bound(edit) if all(map(self._of_scene, after)) else edit

    def _of_scene(self, parameter: str) -> bool:
        return self._knobs.knobs[parameter].spec.policy is CommitPolicy.CHUNK

    def _ask_again(self, values: Mapping[str, float], visit: int) -> None:
        same = visit == self._visit.number
        self._ask({key: value for key, value in values.items() if same or not self._of_scene(key)})

    def _ask(self, values: Mapping[str, float]) -> None:
        now = self._port.now_ns()
        for key, value in values.items():
            knob = self._knobs.knobs[key]
            value = min(max(value, knob.spec.minimum), knob.spec.maximum)
            if value != knob.target:
                self._port.post(SetParameter(stamp_ns=now, parameter=key, value=value))
                knob.turn(value, now)
        self._macros.refresh(now)
