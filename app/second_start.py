"""Whether another Hardcut plays on the output already: asked first, before anything is loaded or shown."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from app.errors import AppError
from engine.output.attaching import WRITER_PATIENCE_S
from engine.output.running import RunningOutput, running_outputs

POLL_S: Final = 0.05


def check_output_free(
    name: str,
    outputs: Callable[[], Iterable[RunningOutput]] = running_outputs,
    patience_s: float = WRITER_PATIENCE_S,
) -> None:
    """Wait a moment for one that is ending.

    Raises:
        AppError: another one goes on playing.
    """
    end = time.monotonic() + patience_s
    while any(one.fed and one.name == name for one in outputs()):
        if time.monotonic() >= end:
            raise AppError(
                "Another Hardcut plays on this output",
                where=name,
                remedy=f'Use that one, end it, or start this one beside it: hardcut --output-name "{name} 2".',
            )
        time.sleep(POLL_S)
