"""Whether a device still plays to us over JACK, and manners towards its server.

JACK is asked and calls nobody. Its notifications (ports that come, cycles that were missed), taken in Python, wait for
the interpreter's lock, which rtmidi holds while it waits for the server, which waits for whoever it notifies: deaf
ports and clients that the server gave up were seen.
"""

import logging
import time
from types import TracebackType
from typing import Any, Final

from app.errors import MidiError
from app.midi.ports.port_names import CLIENT_NAME, without_twin
from engine.clock import NS_PER_SECOND

try:
    import jack
except (ImportError, OSError):  # JACK-Client is installed on Linux alone, and looks for libjack when it is imported
    jack = None


_LOG = logging.getLogger(__name__)

_GAP_NS: Final = 20_000_000
"""Between two of our clients or ports that come or go: 1,100 rounds of opening and closing went well with it."""


class Apart:
    """A context for whatever makes a client or a port come or go: it waits until the last such thing is some time past.

    After each, the server tells all clients, and JACK's library hears of it on threads of its own, without care: they
    read the list of ports that closing the next one changes (a crash, once in one to two thousand rounds), and are
    ended wherever they stand with a lock they may hold, so that the next closing lasts forever (in three of 21 runs of
    two tests). Seen in 1.9.21 and in the library that python-rtmidi brings.

    The midi thread owns it and is held up by it: by a few gaps while a controller comes or goes, and only over JACK.
    """

    def __init__(self) -> None:
        self._next_ns = 0

    def __enter__(self) -> None:
        time.sleep(max(self._next_ns - time.monotonic_ns(), 0) / NS_PER_SECOND)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._next_ns = time.monotonic_ns() + _GAP_NS


class JackWatch:
    """A client without ports. The midi thread owns it.

    Raises:
        MidiError: JACK does not let it in.
    """

    def __init__(self) -> None:
        self._client: Any = None
        if jack is None:
            _LOG.warning("JACK-Client is not installed: a controller replugged within half a second stays silent")
            return
        try:
            self._client = jack.Client(f"{CLIENT_NAME} watch", no_start_server=True)
        except jack.JackError as error:
            raise MidiError(f"JACK cannot be watched: {error}") from error

    def connects(self, port: str, client: str) -> bool:
        """A port is connected to a client of ours; True where JACK cannot be asked.

        A device that went and came back under its name is not: JACK does not connect it again.
        """
        if self._client is None:
            return True
        try:
            connected = self._client.get_all_connections(port)
        except jack.JackError:
            return False
        return any(without_twin(one.name.partition(":")[0]) == client for one in connected)

    def close(self) -> None:
        """Let JACK go; harmless when its server has gone before."""
        if self._client is not None:
            self._client.close()
