"""What is modulated by what, as one frozen value, and what commands make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from engine.errors import ModulationError
from engine.messages.modulation import (
    MACROS,
    Modulation,
    Modulator,
    check_count,
    check_modulator,
    check_target,
)
from engine.messages.modulation_commands import (
    RouteMacros,
    SetModulationDepth,
    SetModulator,
    SwitchModulation,
)
from engine.messages.parameters import ParameterTable

Routes = Mapping[str, tuple[tuple[str, float], ...]]
PatchCommand = SetModulator | SetModulationDepth | SwitchModulation | RouteMacros

NOTHING: Final[Modulation] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Patch:
    """Modulators in force.

    Attributes:
        scene: those of the scene that plays; everywhere: those that stay.
        routes: what macros move, see RouteMacros.
    """

    scene: Modulation = field(default_factory=lambda: NOTHING)
    everywhere: Modulation = field(default_factory=lambda: NOTHING)
    routes: Routes = field(default_factory=lambda: MappingProxyType({}))
    on: bool = True

    def applied(self, command: PatchCommand, table: ParameterTable) -> "Patch":
        """The patch after a command.

        Raises:
            ModulationError: there is no such target or place, or a number is out of range.
        """
        match command:
            case SwitchModulation(on=on):
                return replace(self, on=on)
            case RouteMacros(routes=routes):
                return replace(self, routes=_checked_routes(routes, table))
            case SetModulator(modulator=modulator):
                checked = None if modulator is None else check_modulator(modulator)
                return self._with(command, checked, table)
            case SetModulationDepth(depth=depth):
                before = self._there(command, table)[command.place - 1]
                return self._with(command, check_modulator(replace(before, depth=depth)), table)

    def _there(self, command: SetModulator | SetModulationDepth, table: ParameterTable) -> tuple[Modulator, ...]:
        """The modulators of the command's target; its place, which must not lie behind the first free one."""
        target = check_target(command.target, table)
        there = (self.everywhere if command.everywhere else self.scene).get(target, ())
        last = len(there) + isinstance(command, SetModulator)
        if not 1 <= command.place <= last:
            remedy = f"Choose 1 to {last}." if last else "Set one first."
            raise ModulationError(f"There is no modulator {command.place}", where=target, remedy=remedy)
        return there

    def _with(
        self, command: SetModulator | SetModulationDepth, modulator: Modulator | None, table: ParameterTable
    ) -> "Patch":
        there, target = self._there(command, table), check_target(command.target, table)
        chosen = (modulator,) if modulator is not None else ()
        after = (*there[: command.place - 1], *chosen, *there[command.place :])
        check_count(target, len(after))
        set_before = self.everywhere if command.everywhere else self.scene
        others = {key: value for key, value in set_before.items() if key != target}
        changed = MappingProxyType({**others, target: after} if after else others)
        return replace(self, everywhere=changed) if command.everywhere else replace(self, scene=changed)


def _checked_routes(routes: Routes, table: ParameterTable) -> Routes:
    found = {}
    for macro, parts in routes.items():
        if macro not in MACROS:
            raise ModulationError("There is no such macro", where=macro, remedy=f"Known are {', '.join(MACROS)}.")
        for _, share in parts:
            if not -1.0 <= share <= 1.0:
                raise ModulationError("A macro moves a parameter by a share of -1 to 1", where=macro)
        found[macro] = tuple((table[name].id, share) for name, share in parts if name in table)
    return MappingProxyType(found)
