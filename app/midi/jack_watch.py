"""Whether a device still plays to us over JACK.

JACK is asked and calls nobody. Its notifications (ports that come, cycles that were missed), taken in Python, wait for
the interpreter's lock, which rtmidi holds while it waits for the server, which waits for whoever it notifies: deaf
ports and clients that the server gave up were seen.
"""

import logging
from typing import Any

from app.errors import MidiError
from app.midi.names import CLIENT_NAME, without_twin

try:
    import jack
except (ImportError, OSError):  # JACK-Client is installed on Linux alone, and looks for libjack when it is imported
    jack = None


_LOG = logging.getLogger(__name__)


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
        """Let JACK go; harmless when its server has gone before.

        While other clients come and go this can last forever: JACK's library ends the thread that is told of them
        wherever it stands, and with it goes a lock that the thread may hold (seen in 1.9.21, one closing in ten
        behind two ports of ours). So it is closed before our ports are.
        """
        if self._client is not None:
            self._client.close()
