"""Which sinks go on and off where another show takes the place of the one that plays. Pure.

What the opened show names goes on. What it does not name goes off, but for what somebody may be watching just now:
NDI that a receiver takes, a covered display where the show names none (the desktop would be on the wall), and films.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.messages.sinks import DISPLAY, RECORDER, STILL, SinkReport
from engine.output.settings import NDI_SINK


@dataclass(frozen=True, slots=True)
class Switched:
    """Sinks to switch, as they are written, and what there is to tell, in sentences."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def switched(wanted: Iterable[str], now: Iterable[SinkReport]) -> Switched:
    """What brings the sinks from where they are to what a show sends to.

    Args:
        now: every sink that is switched on.
    """
    names = tuple(wanted)
    present = {one.sink: one for one in now if one.id not in (RECORDER, STILL)}
    unnamed = [one for one in present.values() if one.sink not in names]
    staying = {one.sink: why for one in unnamed if (why := _stays(one, names))}
    off = tuple(one.sink for one in unnamed if one.sink not in staying)
    told = [f"{sink} stays on: {why}." for sink, why in staying.items()]
    if off:
        told.append(f"Switched off, as this show does not send there: {', '.join(off)}.")
    return Switched(tuple(one for one in names if one not in present), off, tuple(told))


def _stays(sink: SinkReport, names: tuple[str, ...]) -> str:
    """Why a sink that the show does not name stays on, a clause; "" where it does not."""
    if sink.id == NDI_SINK.id and (sink.tally or sink.connections):
        return "it is on air" if sink.tally else "somebody receives it"
    if sink.id == DISPLAY and not any(one.partition(":")[0] == DISPLAY for one in names):
        return "the show names no display"
    return ""
