"""How long a generator that does not return is waited for, and what the performer is told meanwhile. Pure."""

from dataclasses import dataclass
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.errors import GeneratorError, NotEnoughMemoryError

HUNG_NS: Final = 30 * NS_PER_SECOND
"""A chunk takes a second at worst; a text encoder that is loaded within one, from a slow disk, half a minute."""

WAITED_FOR_NS: Final = 6 * NS_PER_SECOND
"""The same where somebody has asked for another picture (a cut, Panic) and gets none."""

START_NS: Final = 600 * NS_PER_SECOND
"""A start, from one sign of progress to the next: kernels that are compiled for the first time take minutes."""

BUILT_IN_START_NS: Final = 300 * NS_PER_SECOND
"""The same for the built-in generator, whose loops are compiled within a minute or two on a slow machine."""

STILL_NS: Final = 60 * NS_PER_SECOND
"""A start without progress for so long is told, and again after twice as long each time."""

FREELY_LEFT: Final = 4
"""Threads that may be left hanging, each with what its generator holds, before the next is given more time."""

MOST_LEFT: Final = 16
"""Threads that may be left hanging at all."""

LONGEST_NS: Final = 600 * NS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long the engine thread has not come round.

    Attributes:
        generator: what it is in.
        starting: that is being built or warmed up.
        awaited: a cut waits for the chunk in flight.
        left: how many threads left behind earlier hang still.
    """

    ns: int
    generator: str
    starting: bool = False
    awaited: bool = False
    left: int = 0


def usual_patience_ns(silence: Silence, built_in: str) -> int:
    """Return how long it is waited for as long as few others hang, in ns."""
    if silence.starting:
        return BUILT_IN_START_NS if silence.generator == built_in else START_NS
    return WAITED_FOR_NS if silence.awaited else HUNG_NS


def patience_ns(silence: Silence, built_in: str) -> int | None:
    """Return how long it is waited for, in ns; None: for ever, as too many hang."""
    usual_ns = usual_patience_ns(silence, built_in)
    if silence.left < FREELY_LEFT:
        return usual_ns
    if silence.left >= MOST_LEFT:
        return None
    return max(usual_ns, min(HUNG_NS << (silence.left - FREELY_LEFT + 1), LONGEST_NS))


def hang(silence: Silence, built_in: str) -> GeneratorError:
    """Return the fault of a generator that is given up."""
    seconds = silence.ns // NS_PER_SECOND
    what = f"It has {'made no progress in its start' if silence.starting else 'not returned'} for {seconds} s"
    if silence.generator == built_in:
        return GeneratorError(f"{what} and is left behind", where=silence.generator)
    return NotEnoughMemoryError(f"{what}, and what it holds is not had back", where=silence.generator)


def still_starting(silence: Silence, built_in: str) -> str:
    """Tell of a start without progress, and what comes of it."""
    begin = f"The generator {silence.generator} is still starting, {silence.ns // NS_PER_SECOND} s without progress."
    wait_ns = patience_ns(silence, built_in)
    if wait_ns is None:
        return begin
    then = "it is started again" if silence.generator == built_in else "another takes its place"
    return f"{begin} After {_span(wait_ns)} without any, {then}."


def hang_in_a_row(silence: Silence, built_in: str) -> str:
    """Tell that generators hang one after another, what is still done about it, and what to do."""
    begin = f"{silence.left + 1} generators hang, {silence.generator} the last of them; the last picture stays on air."
    wait_ns = patience_ns(silence, built_in)
    then = "No other is started any more." if wait_ns is None else f"{built_in} is started after {_span(wait_ns)}."
    return f"{begin} {then} End Hardcut and start it again; the show is kept."


def _span(span_ns: int) -> str:
    seconds = span_ns // NS_PER_SECOND
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
