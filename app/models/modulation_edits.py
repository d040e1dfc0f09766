"""Gestures on modulation: set, deepen, clear; each can be taken back, of a scene's modulators while it plays."""

from collections.abc import Callable

from app.models.engine_api import EnginePort
from app.models.modulation import STARTS, Held, ModulationModel, label_of
from app.models.undo import Edit
from app.models.visit import SceneVisit
from engine.messages.modulation import MOST_PER_TARGET, Modulator
from engine.messages.modulation_commands import SetModulationDepth, SetModulator


class ModulationEdits:
    """Asks the engine; remember takes each gesture."""

    def __init__(
        self, port: EnginePort, model: ModulationModel, visit: SceneVisit, remember: Callable[[Edit], None]
    ) -> None:
        self._port = port
        self._model = model
        self._visit = visit
        self._remember = remember

    def _keep(self, edit: Edit, everywhere: bool) -> None:
        """Remember an edit; what does not stay whatever scene plays ends with the visit."""
        self._remember(edit if everywhere else self._visit.bound(edit))

    def has_room(self, target: str) -> bool:
        """Another modulator can be put on a target."""
        return self._model.free_place(target, self._model.stays) <= MOST_PER_TARGET

    def start(self, target: str, label: str) -> None:
        """Put a source that can be chosen at once on a target."""
        everywhere = self._model.stays
        place = self._model.free_place(target, everywhere)
        modulator = STARTS[label]
        self._set(target, place, modulator, everywhere)
        self._keep(
            Edit(
                f"the modulation by {label}",
                lambda: self._set(target, place, None, everywhere),
                lambda: self._set(target, place, modulator, everywhere),
            ),
            everywhere,
        )

    def deepen(self, held: Held, depth: float) -> None:
        """Change how far a modulator goes."""
        before = held.modulator.depth
        self._deepen(held, depth)
        self._keep(
            Edit(
                f"the depth of {label_of(held.modulator)}",
                lambda: self._deepen(held, before),
                lambda: self._deepen(held, depth),
                key=(held.target, held.place, held.everywhere, self._visit.number),
                at_ns=self._port.now_ns(),
            ),
            held.everywhere,
        )

    def change(self, held: Held, modulator: Modulator) -> None:
        """Let a modulator move otherwise."""
        before = held.modulator
        if modulator == before:
            return
        self._set(held.target, held.place, modulator, held.everywhere)
        self._keep(
            Edit(
                f"how {label_of(before)} moves",
                lambda: self._set(held.target, held.place, before, held.everywhere),
                lambda: self._set(held.target, held.place, modulator, held.everywhere),
            ),
            held.everywhere,
        )

    def clear(self, held: Held) -> None:
        """Take a modulator away."""
        there = [one for one in self._model.of(held.target) if one.everywhere is held.everywhere]
        self._set(held.target, held.place, None, held.everywhere)

        def put_back() -> None:
            for one in there[held.place - 1 :]:
                self._set(one.target, one.place, one.modulator, one.everywhere)

        self._keep(
            Edit(
                f"clearing {label_of(held.modulator)}",
                put_back,
                lambda: self._set(held.target, held.place, None, held.everywhere),
            ),
            held.everywhere,
        )

    def turn_round(self, held: Held) -> None:
        """Let a modulator move the other way."""
        self.deepen(held, -held.modulator.depth)

    def _deepen(self, held: Held, depth: float) -> None:
        self._port.post(
            SetModulationDepth(
                target=held.target,
                place=held.place,
                depth=min(max(depth, -1.0), 1.0),
                everywhere=held.everywhere,
                stamp_ns=self._port.now_ns(),
            )
        )

    def _set(self, target: str, place: int, modulator: Modulator | None, everywhere: bool) -> None:
        self._port.post(
            SetModulator(
                target=target, place=place, modulator=modulator, everywhere=everywhere, stamp_ns=self._port.now_ns()
            )
        )
