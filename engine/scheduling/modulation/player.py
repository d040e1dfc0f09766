"""Modulation as the scheduler plays it: the patch and the rack through scenes, commands and boundaries.

However many cuts and commands a boundary has, the rack is arranged once, for what has come of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.errors import ModulationError
from engine.messages.modulation import Modulation, Trigger
from engine.messages.modulation_commands import FireTrigger, SetPressure
from engine.messages.modulation_events import ModulationChanged
from engine.messages.parameters import ParameterTable
from engine.scheduling.modulation.patch import Patch, PatchCommand
from engine.scheduling.modulation.rack import FADE_NS, Moved, Rack, Span

ModulationCommand = PatchCommand | FireTrigger | SetPressure


class ModulationPlayer:
    """What modulates the live state. The scheduler owns it."""

    def __init__(self, table: ParameterTable, modulation: Modulation, seed: int) -> None:
        self._table = table
        self._rack = Rack(table, seed)
        self._patch = Patch()
        self._scene = self._patch.scene
        self._reported: Patch | None = None
        self._fired: set[Trigger] = set()
        self._begun_ns = 0
        self._played = self._patch
        self._fade_ns = FADE_NS
        self._cut = False
        self._pressure = 0.0
        self.cut_to(modulation)
        self._fired.clear()

    @property
    def scene(self) -> Modulation:
        """The modulators of the scene that plays, as they are now."""
        return self._scene

    def prepare(self, modulation: Modulation) -> None:
        """Arrange a scene's modulators now, so that the first cut to it takes no longer than others."""
        self._rack.prepare(replace(self._patch, scene=modulation))

    def begin(self, content_ns: int) -> None:
        """Begin a boundary at this content time; what has been triggered for a chunk that was given up stays so."""
        if content_ns != self._begun_ns:
            self._fired.clear()
        self._begun_ns = content_ns
        self._rack.begin(content_ns)

    def apply(self, command: ModulationCommand) -> None:
        """Carry out a command.

        Raises:
            ModulationError: it cannot be.
        """
        match command:
            case FireTrigger(trigger=trigger):
                self._fired.add(trigger)
            case SetPressure(value=value):
                if not 0.0 <= value <= 1.0:
                    raise ModulationError(f"The pressure cannot be {value:g}", remedy="Choose 0 to 1.")
                self._pressure = value
            case _:
                self._patch = self._current().applied(command, self._table)
                self._scene = self._patch.scene

    def cut_to(self, modulation: Modulation) -> None:
        """Play a scene's modulators; those of the scene before are gone at once."""
        self._scene, self._fade_ns, self._cut = modulation, FADE_NS, True
        self._fired.add(Trigger.PAD)

    def morph_to(self, modulation: Modulation, length_ns: int) -> None:
        """Fade to a scene's modulators."""
        self._scene, self._fade_ns = modulation, max(length_ns, FADE_NS)
        self._fired.add(Trigger.PAD)

    def play(self, span: Span, base: Callable[[str, Sequence[int]], Sequence[float]]) -> Moved:
        """What modulation does in the chunk that follows; see Rack.play. The span's triggers and pressure are ours."""
        self._patch = self._current()
        if self._patch is not self._played and self._patch != self._played:
            self._rack.use(self._patch, self._fade_ns, opens=self._cut)
        elif self._cut:
            self._rack.cut()
        self._played, self._fade_ns, self._cut = self._patch, FADE_NS, False
        return self._rack.play(replace(span, fired=frozenset(self._fired), pressure=self._pressure), base)

    def news(self, at_ns: int) -> ModulationChanged | None:
        """What modulates what, if it is other than when this was last asked."""
        patch = self._patch = self._current()
        before = self._reported
        if patch is before:
            return None
        if before is not None and (patch.on, patch.scene, patch.everywhere) == (
            before.on,
            before.scene,
            before.everywhere,
        ):
            return None
        self._reported = patch
        if before is None and not patch.scene and not patch.everywhere and patch.on:
            return None
        return ModulationChanged(at_ns=at_ns, on=patch.on, scene=patch.scene, everywhere=patch.everywhere)

    def _current(self) -> Patch:
        return self._patch if self._scene is self._patch.scene else replace(self._patch, scene=self._scene)
