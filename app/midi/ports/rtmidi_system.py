"""The real MIDI system, through python-rtmidi.

What shapes it, as observed: is_port_open() stays true after a device has gone, so names are polled; a reopened
MidiIn delivers nothing on JACK, so every opening makes a new one; port numbers shift, so ports are found by name.

Its callbacks are not used: they take the interpreter's lock on the system's own thread. JACK's thread then waits
for whatever Python is doing, its server gives up the cycle, and messages are lost or come twice; ALSA's reader lets
the kernel's queue run over. rtmidi's own queue is filled without that lock, and the midi thread reads it.

A device that goes and comes back under its name between two looks: on JACK our port is found without its connection, on
ALSA its address has another serial, the inode of its card's device file. Core MIDI and Windows tell nothing: there a
device has to stay away for as long as a look takes to come round.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import rtmidi

from app.errors import MidiError
from app.midi.ports.jack_watch import Apart, JackWatch
from app.midi.ports.port import PortGoneError
from app.midi.ports.port_names import CLIENT_NAME, Api, PortAddress, addresses, alsa_card
from engine.clock import NS_PER_SECOND

_RTMIDI_API: Final = {
    Api.ALSA: rtmidi.API_LINUX_ALSA,
    Api.JACK: rtmidi.API_UNIX_JACK,
    Api.CORE_MIDI: rtmidi.API_MACOSX_CORE,
    Api.WINDOWS_MM: rtmidi.API_WINDOWS_MM,
}
QUEUE: Final = 1 << 14
"""Messages that a port's queue holds, half a megabyte: five seconds of a full serial line while our thread hangs."""

_ALSA_SEQUENCER: Final = Path("/dev/snd/seq")


def _jack_socket() -> Path:
    """The socket of the JACK server that a client here would reach; it goes when the server stops (jackd2, Linux)."""
    name = os.environ.get("JACK_DEFAULT_SERVER", "default")
    return Path("/dev/shm") / f"jack_{name}_{os.getuid()}_0"


def find_api() -> Api:
    """The system this machine uses. On Linux ALSA where there is a sequencer, else a running JACK server.

    Both are looked for in the file system first: their libraries write to stderr when asked in vain.

    Raises:
        MidiError: there is none, and what to do.
    """
    if sys.platform == "win32":
        return Api.WINDOWS_MM
    if sys.platform == "darwin":
        return Api.CORE_MIDI
    if _ALSA_SEQUENCER.exists():
        if not os.access(_ALSA_SEQUENCER, os.R_OK | os.W_OK):
            raise MidiError(
                "MIDI may not be used by this account",
                where=str(_ALSA_SEQUENCER),
                remedy="Add the account to the group 'audio' and log in again.",
            )
        return Api.ALSA
    if _jack_socket().exists():
        return Api.JACK
    raise MidiError(
        "There is no MIDI system on this machine: neither an ALSA sequencer nor a JACK server",
        remedy="Plug in a controller or load the kernel module snd-seq.",
    )


class RtMidiSystem:
    """One of rtmidi's systems; implements ports.MidiSystem.

    Args:
        api: which of them.

    Raises:
        MidiError: it is not there.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        number = _RTMIDI_API[api]
        if number not in rtmidi.get_compiled_api():
            raise MidiError(f"This build of python-rtmidi has no {api.value}")
        self._apart: AbstractContextManager[None] = Apart() if api is Api.JACK else nullcontext()
        with _midi_errors(f"{api.value} cannot be used for MIDI"):
            with self._apart:
                self._input_probe = rtmidi.MidiIn(number, name=f"{CLIENT_NAME} ports")
            with self._apart:
                self._output_probe = rtmidi.MidiOut(number, name=f"{CLIENT_NAME} ports")
        self._server = _jack_socket() if api is Api.JACK and sys.platform == "linux" else None
        if self._server is not None and not self._server.exists():
            self._server = None  # PipeWire stands in for JACK without one, and stays while the session does
        with self._apart:
            self._watch = JackWatch() if api is Api.JACK else None
        self._opened = 0

    @property
    def api(self) -> Api:
        return self._api

    def inputs(self) -> tuple[PortAddress, ...]:
        if self._server is not None and not self._server.exists():
            # A client of a server that has stopped goes on listing the ports of its last day.
            raise MidiError("The JACK server has stopped", remedy="Controllers are picked up when it runs again.")
        with _midi_errors(f"{self._api.value} no longer lists its MIDI inputs"):
            listed = addresses(self._input_probe.get_ports())
        return tuple(replace(address, serial=self._serial(address.raw)) for address in listed)

    def outputs(self) -> tuple[PortAddress, ...]:
        with _midi_errors(f"{self._api.value} no longer lists its MIDI outputs"):
            return addresses(self._output_probe.get_ports())

    def open_input(self, address: PortAddress) -> "RtMidiInput":
        with self._apart, _midi_errors("The MIDI input cannot be opened"):
            self._opened += 1
            client = f"{CLIENT_NAME} in {self._opened}"
            port = rtmidi.MidiIn(_RTMIDI_API[self._api], name=client, queue_size_limit=QUEUE)
        try:
            # Active sensing alone is kept out: it comes three times a second and means nothing here.
            port.ignore_types(sysex=False, timing=False, active_sense=True)
            with self._apart, _midi_errors("The MIDI input cannot be opened"):
                port.open_port(_index(port, address), "in")
        except MidiError:
            _release(port, self._apart)
            raise
        watch = self._watch
        return RtMidiInput(port, lambda: watch is None or watch.connects(address.raw, client), self._apart)

    def open_output(self, address: PortAddress) -> "RtMidiOutput":
        with self._apart, _midi_errors("The MIDI output cannot be opened"):
            port = rtmidi.MidiOut(_RTMIDI_API[self._api], name=f"{CLIENT_NAME} out")
        try:
            with self._apart, _midi_errors("The MIDI output cannot be opened"):
                port.open_port(_index(port, address), "out")
        except MidiError:
            _release(port, self._apart)
            raise
        return RtMidiOutput(port, self._apart)

    def close(self) -> None:
        if self._watch is not None:
            with self._apart:
                self._watch.close()
        for probe in (self._input_probe, self._output_probe):
            with self._apart:
                probe.delete()

    def _serial(self, raw: str) -> int:
        card = alsa_card(raw) if self._api is Api.ALSA else None
        if card is None:
            return 0
        with suppress(OSError):  # it goes this moment: then so does its name
            return Path(f"/dev/snd/controlC{card}").stat().st_ino
        return 0


class RtMidiInput:
    """An open input; implements ports.InputPort."""

    def __init__(self, port: Any, connected: Callable[[], bool], apart: AbstractContextManager[None]) -> None:
        self._port = port
        self._connected = connected
        self._apart = apart
        self._newest_ns = 0
        self._overruns = 0

    @property
    def overruns(self) -> int:
        return self._overruns

    @property
    def connected(self) -> bool:
        return self._connected()

    def read(self, now_ns: int) -> Sequence[tuple[int, bytes]]:
        """rtmidi tells how long after the one before each arrived; the newest has just arrived."""
        with _midi_errors("The MIDI input has failed"):
            events = list(iter(self._port.get_message, None))
        if not events:
            return ()
        if len(events) >= QUEUE - 1:  # its ring keeps one place free
            self._overruns += 1
        behind_ns = round(sum(after for _, after in events[1:]) * NS_PER_SECOND)
        heard: list[tuple[int, bytes]] = []
        for index, (data, after) in enumerate(events):
            behind_ns -= round(after * NS_PER_SECOND) if index else 0
            self._newest_ns = max(now_ns - behind_ns, self._newest_ns + 1)
            heard.append((self._newest_ns, bytes(data)))
        return heard

    def close(self) -> None:
        _release(self._port, self._apart)


class RtMidiOutput:
    """An open output; implements ports.OutputPort."""

    def __init__(self, port: Any, apart: AbstractContextManager[None]) -> None:
        self._port = port
        self._apart = apart

    def send(self, message: bytes) -> None:
        with _midi_errors("The MIDI output takes nothing"):
            self._port.send_message(message)

    def close(self) -> None:
        _release(self._port, self._apart)


@contextmanager
def _midi_errors(what: str) -> Iterator[None]:
    """rtmidi's errors (several unrelated types) as MidiError with the library's reason."""
    try:
        yield
    except (rtmidi.RtMidiError, OSError, ValueError, TypeError) as error:
        raise MidiError(f"{what}: {error}") from error


def _index(port: Any, address: PortAddress) -> int:
    listed = [index for index, raw in enumerate(port.get_ports()) if raw == address.raw]
    if address.occurrence >= len(listed):
        raise PortGoneError("The MIDI port has gone", where=address.raw)
    return listed[address.occurrence]


def _release(port: Any, apart: AbstractContextManager[None]) -> None:
    with apart, suppress(rtmidi.RtMidiError):  # a device that has gone need not be told goodbye
        port.close_port()
    with apart:
        port.delete()
