"""The controller of `hardcut midi bench`: virtual ports in a process of its own, driven by lines of JSON."""

import json
import sys
import time
from typing import Final

import rtmidi

from bench.midi.player import NAME, PATIENCE_S, reply
from engine.clock import NS_PER_MS, NS_PER_SECOND

_APIS: Final = {"alsa": rtmidi.API_LINUX_ALSA, "jack": rtmidi.API_UNIX_JACK, "core": rtmidi.API_MACOSX_CORE}
_CLOCK: Final = 0xF8
_SYSTEM: Final = 0xF0
_KIND: Final = 0xE0
"""Leaves the kind of a message: note or controller, not the channel, and not note-on from note-off."""

_QUEUE: Final = 1 << 14


class Device:
    """One port to send from, one for lights and clock, which is read when somebody asks."""

    def __init__(self, api: int) -> None:
        self._lights: dict[tuple[int, int], tuple[int, ...]] = {}
        """By kind of message and number, the whole message that came last."""
        self._ticks: list[int] = []
        self._heard_ns = 0
        self._out = rtmidi.MidiOut(api, name=NAME)
        self._out.open_virtual_port(NAME)
        self._in = rtmidi.MidiIn(api, name=NAME, queue_size_limit=_QUEUE)
        self._in.ignore_types(sysex=False, timing=False, active_sense=False)
        self._in.open_virtual_port(NAME)

    def _listen(self) -> None:
        """Read all waiting messages; rtmidi gives the time since the one before."""
        for data, after_s in iter(self._in.get_message, None):
            message = tuple(data)
            self._heard_ns += round(after_s * NS_PER_SECOND)
            if message[0] == _CLOCK:
                self._ticks.append(self._heard_ns)
            elif message[0] < _SYSTEM:
                self._lights[message[0] & _KIND, message[1]] = message

    def ticks(self) -> list[int]:
        """Return the instants of clock ticks since the last call, from an arbitrary origin."""
        self._listen()
        ticks, self._ticks = self._ticks, []
        return ticks

    def send(self, messages: list[list[int]], gap_ms: float) -> list[int]:
        """Send at absolute deadlines; return the instants."""
        instants: list[int] = []
        due_ns = time.monotonic_ns()
        for message in messages:
            if (left_ns := due_ns - time.monotonic_ns()) > 0:
                time.sleep(left_ns / 1e9)
            instants.append(time.monotonic_ns())
            self._out.send_message(message)
            due_ns += round(gap_ms * NS_PER_MS)
        return instants

    def lit(self, count: int) -> list[tuple[int, ...]]:
        """Return the lights once so many have been written, or all after a timeout."""
        deadline = time.monotonic() + PATIENCE_S
        self._listen()
        while len(self._lights) < count and time.monotonic() < deadline:
            time.sleep(0.002)
            self._listen()
        return sorted(self._lights.values())

    def unplug(self) -> None:
        """Unplug the device."""
        for port in (self._in, self._out):
            port.close_port()
            port.delete()


def control(api: int) -> None:
    """Answer questions until standard input ends."""
    device = Device(api)
    reply("ready")
    for line in sys.stdin:
        question = json.loads(line)
        answer: object = None
        match question["do"]:
            case "unplug":
                device.unplug()
            case "plug":
                device = Device(api)
            case "lights":
                answer = device.lit(question["count"])
            case "ticks":
                answer = device.ticks()
            case _:
                answer = device.send(question["messages"], question["gap_ms"])
        reply(json.dumps(answer))


if __name__ == "__main__":
    control(_APIS[sys.argv[1]])
