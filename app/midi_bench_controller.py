"""The controller of `hardcut midi bench`: virtual ports in a process of its own, driven by lines of JSON."""

import json
import sys
import time
from collections import deque
from typing import Any, Final

import rtmidi

from app.midi_bench_player import NAME, PATIENCE_S, say
from engine.clock import NS_PER_MS

_APIS: Final = {"alsa": rtmidi.API_LINUX_ALSA, "jack": rtmidi.API_UNIX_JACK, "core": rtmidi.API_MACOSX_CORE}
_CLOCK: Final = 0xF8


class Device:
    """One port to send from, one for lights and clock.

    Its callback may wait for Python's lock as ours may not: nothing else computes in this process.
    """

    def __init__(self, api: int) -> None:
        self.lights: dict[tuple[int, int], tuple[int, ...]] = {}
        """By kind of message and number, the whole message that came last."""
        self.ticks: deque[int] = deque()
        self._out = rtmidi.MidiOut(api, name=NAME)
        self._out.open_virtual_port(NAME)
        self._in = rtmidi.MidiIn(api, name=NAME)
        self._in.ignore_types(sysex=False, timing=False, active_sense=False)
        self._in.set_callback(self._arrived)
        self._in.open_virtual_port(NAME)

    def _arrived(self, event: Any, _: object) -> None:
        message = tuple(event[0])
        if message[0] == _CLOCK:
            self.ticks.append(time.monotonic_ns())
        elif message[0] < 0xF0:
            self.lights[message[0] & 0xE0, message[1]] = message

    def send(self, messages: list[list[int]], gap_ms: float) -> list[int]:
        """Send at absolute deadlines; the instants."""
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
        """The lights once so many have been written, or as many as ever are."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.lights) < count and time.monotonic() < deadline:
            time.sleep(0.002)
        return sorted(self.lights.values())

    def unplug(self) -> None:
        """Vanish."""
        self._in.cancel_callback()
        for port in (self._in, self._out):
            port.close_port()
            port.delete()


def control(api: int) -> None:
    """Answer questions until standard input ends."""
    device = Device(api)
    say("ready")
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
                ticks, device.ticks = device.ticks, deque()
                answer = list(ticks)
            case _:
                answer = device.send(question["messages"], question["gap_ms"])
        say(json.dumps(answer))


if __name__ == "__main__":
    control(_APIS[sys.argv[1]])
