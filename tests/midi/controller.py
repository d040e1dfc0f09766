"""The controller's process: reads questions as lines of JSON, answers each with one line. See jack.Controller."""

import json
import sys
import time
from typing import Any

import rtmidi


class Device:
    """One virtual port to send from and perhaps one for the lights."""

    def __init__(self, name: str, lights: bool) -> None:
        self.received: list[list[int]] = []
        self._out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
        self._out.open_virtual_port(name)
        self._in = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name) if lights else None
        if self._in is not None:
            self._in.ignore_types(sysex=False, timing=False, active_sense=False)
            self._in.set_callback(lambda event, _: self.received.append(list(event[0])))
            self._in.open_virtual_port(name)

    def send(self, messages: list[list[int]], gap_ms: float) -> list[int]:
        instants = []
        due = time.monotonic_ns()
        for message in messages:
            while (left := due - time.monotonic_ns()) > 0:
                time.sleep(left / 1e9)
            instants.append(time.monotonic_ns())
            self._out.send_message(message)
            due += int(gap_ms * 1e6)
        return instants

    def unplug(self) -> None:
        self._out.close_port()
        self._out.delete()
        if self._in is not None:
            self._in.cancel_callback()
            self._in.close_port()
            self._in.delete()


def main() -> None:
    devices: dict[str, Device] = {}
    for line in sys.stdin:
        question = json.loads(line)
        name = question["name"]
        answer: Any = None
        match question["do"]:
            case "plug":
                devices[name] = Device(name, question["lights"])
            case "unplug":
                devices.pop(name).unplug()
            case "send":
                answer = devices[name].send(question["messages"], question["gap_ms"])
            case "received":
                device = devices[name]
                answer, device.received = device.received, []
        print(json.dumps(answer), flush=True)
    for device in devices.values():
        device.unplug()


if __name__ == "__main__":
    main()
