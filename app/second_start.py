"""Whether another Hardcut plays on the output already: asked first, before anything is loaded or shown.

One that plays is left alone. One that hangs, by the output's own account, is ended: who starts Hardcut again beside a
window that does not answer wants the show back, and nothing short of that ends a program whose threads all stand still.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

import psutil

from app.errors import AppError
from engine.clock import NS_PER_SECOND
from engine.output.attaching import WRITER_PATIENCE_S
from engine.output.leader import HANGS_NS, find_leader
from engine.output.running import RunningOutput, running_outputs

POLL_S: Final = 0.05

TOLD_NS: Final = 3 * NS_PER_SECOND
"""One that has been silent for so long is told as such, though it is not ended yet."""

END_PATIENCE_S: Final = 5.0
"""A killed process that waits in a driver may take a while."""


def check_output_free(
    name: str,
    outputs: Callable[[], Iterable[RunningOutput]] = running_outputs,
    patience_s: float = WRITER_PATIENCE_S,
    hangs_ns: int = HANGS_NS,
) -> str:
    """Wait a moment for one that is ending, and end one that hangs.

    Args:
        hangs_ns: the silence after which it is ended, nanoseconds.

    Returns:
        A sentence for the performer if another one was ended, else "".

    Raises:
        AppError: another one goes on playing, or cannot be ended.
    """
    end, told = time.monotonic() + patience_s, ""
    while any(one.fed and one.name == name for one in outputs()):
        if time.monotonic() >= end:
            if told:
                raise AppError("A Hardcut that hangs on this output cannot be ended", where=name, remedy=told)
            told, end = _end_hanging(name, hangs_ns), time.monotonic() + END_PATIENCE_S
        time.sleep(POLL_S)
    return told


def _end_hanging(name: str, hangs_ns: int) -> str:
    """End the program that feeds this output if it hangs, and tell it.

    Raises:
        AppError: it does not hang.
    """
    leader = find_leader(name)
    silent_s = leader.silent_ns // NS_PER_SECOND if leader is not None else 0
    if leader is None or leader.silent_ns < hangs_ns:
        silent = leader is not None and leader.silent_ns >= TOLD_NS
        hint = f"It has given no sign for {silent_s} s; a start after {hangs_ns // NS_PER_SECOND} s ends it. "
        beside = f'start this one beside it: hardcut --output-name "{name} 2".'
        raise AppError(
            "Another Hardcut plays on this output",
            where=name,
            remedy=f"{hint if silent else ''}Use that one, end it, or {beside}",
        )
    with suppress(psutil.Error):
        psutil.Process(leader.pid).kill()
    return f"A Hardcut that had given no sign for {silent_s} s (process {leader.pid}) was ended; the show goes on."
