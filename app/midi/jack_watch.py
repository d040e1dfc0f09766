"""What JACK tells of its ports and of itself: who came back under an old name, and cycles that were missed."""

from collections import Counter
from typing import Any

from app.errors import MidiError
from app.midi.names import CLIENT_NAME

try:
    import jack
except (ImportError, OSError):  # JACK-Client is installed on Linux alone, and looks for libjack when it is imported
    jack = None


class JackWatch:
    """A client without ports that counts. JACK calls it on a thread of its own; the midi thread asks.

    Raises:
        MidiError: JACK does not let it in.
    """

    def __init__(self) -> None:
        self._departures: Counter[str] = Counter()
        self.missed = 0
        """Cycles that JACK has given up: a client was not ready in time."""
        self._client: Any = None
        if jack is None:
            return
        try:
            self._client = jack.Client(f"{CLIENT_NAME} watch", no_start_server=True)
            self._client.set_port_registration_callback(self._registered, only_available=False)
            self._client.set_xrun_callback(self._missed)
            self._client.activate()
        except jack.JackError as error:
            raise MidiError(f"JACK cannot be watched: {error}") from error

    def departures(self, name: str) -> int:
        """How often a port of this name has gone since this watch began.

        Departures and not arrivals, because JACK tells a little late: of an arrival perhaps after the port was opened.
        """
        return self._departures[name]

    def close(self) -> None:
        """Let JACK go; harmless when its server has gone before."""
        if self._client is not None:
            self._client.close()

    def _registered(self, port: Any, register: bool) -> None:
        if not register and port is not None:
            self._departures[port.name] += 1

    def _missed(self, _delay_us: float) -> None:
        self.missed += 1
