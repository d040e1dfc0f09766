"""One output process, as long as it is this engine's."""

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from engine.errors import OutputError
from engine.output.kept_connections import KeptConnections
from engine.output.layout import SharedMemory
from engine.output.polling import pause, wait_for
from engine.output.rendezvous import Note, Presence
from engine.output.ring import RingWriter

END_PATIENCE_S = 4.0
KILL_PATIENCE_S = 2.0

PARTING_S = 0.02
"""How much later than the process its connections to receivers end; see engine.output.kept_connections."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the engine holds of an output process; process: None if it was found running."""

    process: subprocess.Popen[bytes] | None
    note: Note
    presence: Presence
    memory: SharedMemory
    writer: RingWriter
    connections: KeptConnections

    def lives(self) -> bool:
        """Return whether the process is alive, even if its files have been deleted."""
        return self.process.poll() is None if self.process is not None else self.presence.is_held()

    def kill(self) -> None:
        """Kill the process, and wait until it has gone, and then its connections.

        Raises:
            OutputError: it does not go.
        """
        self._kill()
        if not wait_for(lambda: not self.lives(), KILL_PATIENCE_S):
            raise OutputError("The output process hangs and cannot be ended", where=f"process {self.note.pid}")
        if self.connections.count:
            pause(PARTING_S)
        self.connections.end()

    def await_end(self) -> None:
        """Wait until a process that has been told to end has gone; as a last resort it is killed."""
        self.connections.close()
        if not wait_for(lambda: not self.lives(), END_PATIENCE_S):
            self._kill()
            wait_for(lambda: not self.lives(), KILL_PATIENCE_S)
            self.remove_ring()

    def remove_ring(self) -> None:
        """Remove the ring's file, which a killed process leaves."""
        with contextlib.suppress(OSError):
            Path(self.note.ring).unlink(missing_ok=True)

    def _kill(self) -> None:
        if self.process is not None:
            self.process.kill()
        elif self.presence.is_held():  # the note's writer holds the lock: the pid is its own
            with contextlib.suppress(OSError):
                os.kill(self.note.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
