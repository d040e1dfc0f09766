"""Touches to commands and intents, and what a deck shows of the show. One thread owns a surface; it keeps no time."""

from dataclasses import replace
from typing import Final

from app.control.actions import action
from app.control.echo import Echoes
from app.control.intents import Intent, PlayScene
from app.control.limits import PADS_PER_BANK
from app.control.show import ShowState
from app.control.slots import Slot, SlotKind
from app.control.state import ControlState
from app.streamdeck.panel import Function
from engine.messages.commands import (
    ArmBank,
    Command,
    Origin,
    SetParameter,
)
from engine.messages.events import Committed, Event, MapChanged
from engine.messages.output_commands import SetBlackout, SetFreeze
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import OUTPUT_LEVEL

DETENTS: Final = 72
"""Detents of a dial from one end of a parameter to the other: three turns of the maker's 24."""

KEPT_READY: Final = PADS_PER_BANK
"""As many scenes as a bank of the window has; turning a page asks for no more than this or the page itself."""

_SLOTS: Final = {
    Function.PANIC: Slot(SlotKind.PANIC),
    Function.CANCEL: Slot(SlotKind.CANCEL),
    Function.CUE: Slot(SlotKind.CUE_NEXT),
    Function.TAP: Slot(SlotKind.TAP),
}

Asked = Command | Intent
"""What a touch asks: of the engine, or of the owner of what lies in front."""


class DeckSurface:
    """The show as far as keys and dials go.

    Attributes:
        state: what lies in front; show: what plays.
    """

    def __init__(self, state: ControlState) -> None:
        self.state = state
        self.show = ShowState()
        self._echoes = Echoes(state.table, Origin.STREAM_DECK)

    def follow(self, state: ControlState) -> None:
        """Take in what lies in front, perhaps with other parameters."""
        if state.table is not self.state.table:
            self._echoes.follow(state.table)
        self.state = state

    def hear(self, event: Event) -> None:
        """Take in how things stand."""
        self.show = self.show.after(event)
        match event:
            case Committed():
                self._echoes.committed(event.targets, event.origins)
            case OutputChanged():
                self._echoes.committed(event.controls, {})
            case MapChanged():
                self._echoes.committed(event.values, {})
            case _:
                pass

    @property
    def covered(self) -> bool:
        """What is on air does not show what the scene looks like."""
        dim = OUTPUT_LEVEL in self._echoes and self._echoes.value(OUTPUT_LEVEL) < 0.5
        return self.show.freeze or self.show.blackout or self.show.morphing or dim

    # -- what is where ------------------------------------------------------------------------

    def knob(self, dial: int) -> str:
        """The parameter that a dial turns, counted from 0, "" for none."""
        return self.state.knob(dial + 1)

    def value(self, parameter: str) -> float:
        """Where a parameter is headed, in its unit."""
        return self._echoes.value(parameter)

    def travel(self, parameter: str) -> float:
        """The same as 0..1 of its way."""
        return self.state.table[parameter].to_travel(self.value(parameter))

    # -- what a touch asks --------------------------------------------------------------------

    def call(self, scene: str) -> tuple[Asked, ...]:
        """A key with a scene was pressed."""
        return (PlayScene(scene),) if scene else ()

    def act(self, function: Function, stamp_ns: int) -> tuple[Asked, ...]:
        """A key with a function was pressed; pages are the deck's own matter."""
        origin, show = Origin.STREAM_DECK, self.show
        match function:
            case Function.FREEZE:
                self.show = replace(show, freeze=not show.freeze)
                return (SetFreeze(on=self.show.freeze, stamp_ns=stamp_ns, origin=origin),)
            case Function.BLACKOUT:
                self.show = replace(show, blackout=not show.blackout)
                return (SetBlackout(on=self.show.blackout, stamp_ns=stamp_ns, origin=origin),)
            case Function.PREVIOUS | Function.NEXT:
                return ()
            case _:
                if function is Function.PANIC:
                    self.show = replace(show, freeze=False, blackout=False)
                asked = action(_SLOTS[function], stamp_ns, origin)
                return () if asked is None else (asked,)

    def turn(self, dial: int, detents: int, stamp_ns: int) -> tuple[Asked, ...]:
        """A dial was turned: it goes on from where the value is, so there is nothing to pick up."""
        parameter = self.knob(dial)
        if not parameter or not detents:
            return ()
        spec = self.state.table[parameter]
        value = spec.from_travel(self.travel(parameter) + detents / DETENTS)
        self._echoes.sent(parameter, value)
        return (SetParameter(parameter=parameter, value=value, stamp_ns=stamp_ns, origin=Origin.STREAM_DECK),)

    def arm(self, page: tuple[str, ...], stamp_ns: int) -> tuple[Asked, ...]:
        """A page was turned: its scenes are to be kept ready, and of the others as many as there is room for."""
        front = tuple(scene for scene in page if scene)
        others = (scene for scene in self.show.arming if scene not in front)
        scenes = (*front, *others)[: max(KEPT_READY, len(front))]
        return (ArmBank(scenes=scenes, stamp_ns=stamp_ns, origin=Origin.STREAM_DECK),)
