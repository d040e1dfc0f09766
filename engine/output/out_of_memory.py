"""Tell the kernel which processes to end first where memory runs out: a film before the show, the output last.

The output holds the last picture. A score is added to a process's share of memory, in thousandths of all of it; who may
not lower it as far is let lower it to what it was set to by somebody who may, which for programs of a desktop is 100.
Source: Linux, Documentation/filesystems/proc.rst, 3.1; systemd.exec(5), OOMScoreAdjust.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

SCORE: Final = Path("/proc/self/oom_score_adj")
OUTLIVING: Final = (-500, 0, 100)
"""Not -1000, which is never ended: an output that took all memory itself would take the machine with it."""

FIRST: Final = 300
SHOW_BYTES: Final = 2**30
"""More than a show without a GPU takes. In a control group the share is of its limit: a film's small one has to exceed
the show's there."""


def outlive_others(file: Path = SCORE) -> None:
    """Let this process be ended after others, as far as the system grants it."""
    for score in OUTLIVING:
        with suppress(OSError, ValueError):
            if score < int(file.read_text(encoding="ascii")):
                file.write_text(str(score), encoding="ascii")
            return


def go_first(memory: int, file: Path = SCORE) -> None:
    """Let this process be ended before the show; it inherited the output's score.

    Args:
        memory: bytes that the machine has, or the control group may take; more than 0.
    """
    score = min(max(FIRST, 1000 * SHOW_BYTES // memory), 1000)
    with suppress(OSError, ValueError):
        if int(file.read_text(encoding="ascii")) < score:
            file.write_text(str(score), encoding="ascii")
