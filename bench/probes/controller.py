"""A MIDI controller in a process of its own: a virtual port that presses pads when told to.

Usage: controller --api jack|alsa|core --name NAME. Writes "ready" once the port is there; then each line on its
input is a tune in JSON: [[note, seconds until the next], ...], every note pressed and released. At the end of its
input its last line is JSON: {"pressed_ns": [...], "echoed_ns": [...]}: when each note-on was sent, and when the same
bytes arrived at a second port of this process that listens as any program would, which is the way of a message
through the MIDI system alone.
"""

import argparse
import json
import sys
import time
from typing import Final

import rtmidi

APIS: Final = {"alsa": rtmidi.API_LINUX_ALSA, "jack": rtmidi.API_UNIX_JACK, "core": rtmidi.API_MACOSX_CORE}
HOLD_S: Final = 0.05
NOTE_ON, NOTE_OFF, VELOCITY = 0x90, 0x80, 100


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", choices=APIS, required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    controller = rtmidi.MidiOut(APIS[options.api], name=options.name)
    controller.open_virtual_port(options.name)
    ear = rtmidi.MidiIn(APIS[options.api], name="Hardcut Bench ear")
    pressed_ns: list[int] = []
    echoed_ns: list[int] = []

    def on_message(event: tuple[list[int], float], _data: object) -> None:
        if event[0][0] == NOTE_ON:
            echoed_ns.append(time.monotonic_ns())

    ear.set_callback(on_message)
    ear.open_port(next(index for index, port in enumerate(ear.get_ports()) if options.name in port), "in")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        for note, pause_s in json.loads(line):
            pressed_ns.append(time.monotonic_ns())
            controller.send_message([NOTE_ON, note, VELOCITY])
            time.sleep(HOLD_S)
            controller.send_message([NOTE_OFF, note, 0])
            time.sleep(pause_s - HOLD_S)
    ear.cancel_callback()
    ear.close_port()
    ear.delete()
    controller.close_port()
    controller.delete()
    sys.stdout.write(json.dumps({"pressed_ns": pressed_ns, "echoed_ns": echoed_ns}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
