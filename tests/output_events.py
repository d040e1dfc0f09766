"""The output's report, for those who hear it."""

from dataclasses import replace
from typing import Any

from engine.messages.events import ComponentState
from engine.messages.output_events import OutputChanged

_REPORT = OutputChanged(
    at_ns=0,
    state=ComponentState.READY,
    name="",
    width=896,
    height=896,
    fps_numerator=30,
    fps_denominator=1,
    connections=0,
    tally=False,
    freeze=False,
    blackout=False,
)


def output_changed(**changes: Any) -> OutputChanged:
    """A running output of 896×896 at 30 without a receiver, but for these changes."""
    return replace(_REPORT, **changes)
