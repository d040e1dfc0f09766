"""Which states of a worker are worth telling: a machine that is late by turns would tell twice a second."""

from dataclasses import replace
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.events import ComponentState, DepthChanged

LATE_FOR_NS: Final = 1 * NS_PER_SECOND
"""Maps that have been late for so long are told as late: one hiccup is not,"""
CALM_NS: Final = 5 * NS_PER_SECOND
"""and once told, they are so until they have been in time for so long."""
REMIND_NS: Final = 60 * NS_PER_SECOND
"""An estimator that goes on failing is told of again after so long."""


class StateFilter:
    """Passes what is worth telling of a worker's states. One lock of its owner guards it."""

    def __init__(self) -> None:
        self._told: DepthChanged | None = None
        self._pending: DepthChanged | None = None

    def hear(self, event: DepthChanged) -> DepthChanged | None:
        """Take a state; return what to tell now, None for nothing (yet)."""
        told = self._told
        if told is None or told.estimator != event.estimator:
            return self._tell(event)
        if told.state is ComponentState.FAILED and event.state is not ComponentState.READY:
            reminds = event.state is ComponentState.FAILED and event.at_ns - told.at_ns >= REMIND_NS
            return self._tell(event) if reminds else None
        turns = {told.state, event.state} == {ComponentState.READY, ComponentState.LATE}
        if event.state is told.state and event.state is not ComponentState.FAILED:
            self._pending = None
            return None
        if turns:
            self._pending = event
            return None
        return self._tell(event)

    def tick(self, now_ns: int) -> DepthChanged | None:
        """Return the state that has held for long enough by now, if one was held back."""
        pending = self._pending
        if pending is None:
            return None
        held_ns = LATE_FOR_NS if pending.state is ComponentState.LATE else CALM_NS
        return self._tell(replace(pending, at_ns=now_ns)) if now_ns - pending.at_ns >= held_ns else None

    def _tell(self, event: DepthChanged) -> DepthChanged:
        self._told, self._pending = event, None
        return event
