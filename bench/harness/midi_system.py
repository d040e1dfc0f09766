"""A MIDI system in which a virtual controller can be had: the machine's own, or a JACK server without hardware."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.harness.jack_server import JackServer
from bench.harness.namespace import Namespace
from bench.harness.processes import Workplace
from bench.reading import MissingPartError

ALSA_SEQUENCER: Final = Path("/dev/snd/seq")


class BenchMidiSystem:
    """For a with-block; the program under test finds the same system by the same rule.

    Attributes:
        api: alsa, jack or core, as the controller's command line names it.
        environment: what the programs that share it need in their environment.
    """

    def __init__(self, workplace: Workplace, namespace: Namespace) -> None:
        self._workplace = workplace
        self._namespace = namespace
        self._server: JackServer | None = None
        self.api = ""
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Find or start it.

        Raises:
            MissingPartError: there is none in which a virtual controller can be had.
            BenchError: it does not start.
        """
        if sys.platform == "win32":
            raise MissingPartError("Windows has no virtual MIDI ports of its own")
        if sys.platform == "darwin":
            self.api = "core"
        elif os.access(ALSA_SEQUENCER, os.R_OK | os.W_OK):
            self.api = "alsa"
        else:
            self._server = JackServer(self._workplace, self._namespace).__enter__()
            self.environment = self._server.environment
            self.api = "jack"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.__exit__(kind, error, trace)

    def missed(self) -> int:
        """Return the cycles that the JACK server reports as missed; 0 elsewhere."""
        return self._server.missed() if self._server is not None else 0
