"""Inputs by JACK: any client's outputs, through a client of our own.

PortAudio reaches JACK too, but ends the whole program where the server or a connected client goes away (an assertion in
its pa_jack.c), so it is kept from it.
"""

import importlib
import sys
from typing import Any, Final

from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError, AudioInput, is_monitor
from engine.clock import NS_PER_SECOND, Clock

API: Final = "JACK"
CLIENT: Final = "Hardcut"
_MOST_PORTS: Final = 8


def _library() -> Any | None:
    """Return the module jack, None where there is none: JACK is optional."""
    if sys.platform != "linux":
        return None
    try:
        return importlib.import_module("jack")
    except (ImportError, OSError):
        return None


def list_inputs() -> tuple[AudioInput, ...]:
    """Return the clients that make sound; none where no server runs."""
    library = _library()
    if library is None:
        return ()
    try:
        client = library.Client(f"{CLIENT} looks", no_start_server=True)
    except library.JackError:
        return ()
    with client:
        rate = int(client.samplerate)
        ports: dict[str, int] = {}
        for port in client.get_ports(is_audio=True, is_output=True):
            name = port.name.rpartition(":")[0]
            ports[name] = ports.get(name, 0) + 1
    return tuple(
        AudioInput(name, API, min(count, _MOST_PORTS), rate, is_monitor(name), -1) for name, count in ports.items()
    )


class JackStream:
    """A client of ours with a port for each output of another client.

    Raises:
        AudioError: there is no server, or the other client has gone.
    """

    def __init__(self, chosen: AudioInput, clock: Clock) -> None:
        library = _library()
        if library is None:
            raise AudioError("JACK is not installed", where=chosen.name)
        self._clock = clock
        self._ended = False
        self._latency_ns = 0
        self._library = library
        try:
            self._client = library.Client(CLIENT, no_start_server=True)
        except library.JackError as error:
            raise AudioError("No JACK server answers", where=chosen.name) from error
        self.rate = int(self._client.samplerate)
        try:
            theirs = [
                port
                for port in self._client.get_ports(is_audio=True, is_output=True)
                if port.name.rpartition(":")[0] == chosen.name
            ][:_MOST_PORTS]
            self._ports = [self._client.inports.register(f"in_{number}") for number in range(1, len(theirs) + 1)]
            self.ring = SoundRing(self.rate, max(1, len(theirs)))
            self._block = self.ring.room_for(int(self._client.blocksize))
            self._client.set_process_callback(self._take)
            self._client.set_shutdown_callback(self._shut)
            self._client.activate()
            for port, own in zip(theirs, self._ports, strict=True):
                self._client.connect(port, own)
            # A card's driver hands a period over once it is full; other clients make theirs in the same cycle.
            periods = 1 if any(port.is_physical for port in theirs) else 0
        except (library.JackError, library.JackErrorCode) as error:
            self.close()
            raise AudioError(f"It cannot be connected: {error}", where=chosen.name) from error
        self._latency_ns = periods * int(self._client.blocksize) * NS_PER_SECOND // self.rate

    def _take(self, frames: int) -> None:
        """Copy a period; on JACK's thread, where nothing may be waited for."""
        if frames > len(self._block):
            self._block = self.ring.room_for(frames)
        block = self._block[:frames]
        for column, port in enumerate(self._ports):
            block[:, column] = port.get_array()
        self.ring.write(block, self._clock.now_ns() - self._latency_ns)

    def _shut(self, _status: object, _reason: str) -> None:
        self._ended = True

    def ended(self) -> bool:
        """Return whether the server or the other client has gone."""
        if self._ended:
            return True
        try:
            return not any(port.connections for port in self._ports)
        except (self._library.JackError, self._library.JackErrorCode):
            return True

    def close(self) -> None:
        """Leave the server."""
        self._client.close(ignore_errors=True)
