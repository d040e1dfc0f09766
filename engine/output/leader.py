"""Whether the program that feeds an output still gives signs of life: it may be there, and hang for good.

A call that keeps Python's own lock stops every thread of that program, its watchdog and its window too; only another
process can notice. The output process does: it goes on with the last picture or the emergency's, tells it in its log,
and leaves in the shared memory for how long the program has been silent. Who starts Hardcut again takes the place of
one that has been silent for HANGS_NS (app.second_start). Nothing is ended before: the output is well, and a person sees
better than a count whether the program is lost.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.output.keeper import Pulse
from engine.output.layout import SharedMemory, Word
from engine.output.rendezvous import all_rendezvous, is_locked

HANGS_NS: Final = 20 * NS_PER_SECOND
"""Signs are given fifty times a second. Loading a model may keep Python's lock for some seconds."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leader:
    """The program that feeds an output: its process, and for how long it has given no sign, in ns."""

    pid: int
    silent_ns: int


class LeaderWatch:
    """Count for how long the program has been silent, as far as the output was awake. The output's thread uses it."""

    def __init__(self) -> None:
        self._pulse = Pulse()
        self._told = False

    def look(self, memory: SharedMemory, now_ns: int, *, fed: bool) -> None:
        """Look for a sign, at each output frame; tell in the log of a program that hangs, and of its return.

        Args:
            fed: a program holds the writer's lock.
        """
        words = memory.words
        beats = int(words[Word.BEATS])
        signs = beats + int(words[Word.PUBLISHED])
        silent_ns = self._pulse.still_ns(signs, now_ns) if fed and beats else 0
        words[Word.LEADER_SILENT_NS] = silent_ns
        if silent_ns < HANGS_NS:
            if self._told and fed:
                _LOG.warning("The program that feeds this output gives signs again.")
            self._told = False
        elif not self._told:
            self._told = True
            _LOG.warning(
                "The program that feeds this output (process %d) has given no sign for %d s: it hangs. The output goes "
                "on. Start Hardcut again: it ends that program, and goes on where the show was.",
                words[Word.WRITER_PID],
                silent_ns // NS_PER_SECOND,
            )


def find_leader(name: str) -> Leader | None:
    """Return the program that feeds the output of this name; None if nobody does, or the output cannot be asked."""
    for meeting in all_rendezvous():
        note = meeting.read()
        if note is None or note.name != name or not meeting.host_lives() or not is_locked(meeting.writer_lock):
            continue
        try:
            memory = SharedMemory.attach(Path(note.ring))
        except OutputError:
            return None
        try:
            return Leader(int(memory.words[Word.WRITER_PID]), int(memory.words[Word.LEADER_SILENT_NS]))
        finally:
            memory.close()
    return None
