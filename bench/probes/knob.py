"""A desk that knows nothing of Hardcut and turns one knob over OSC when told to.

Usage: knob PORT ADDRESS. Each line on its input is a tune in JSON: [[value, seconds until the next], ...]. At the end
of its input its last line is JSON: {"sent_ns": [when each value was sent]}.
"""

import json
import socket
import sys
import time

from pythonosc.osc_message_builder import OscMessageBuilder


def main() -> int:
    port, address = int(sys.argv[1]), sys.argv[2]
    sent_ns: list[int] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        for line in sys.stdin:
            for value, pause_s in json.loads(line):
                message = OscMessageBuilder(address)
                message.add_arg(value, "f")
                sent_ns.append(time.monotonic_ns())
                desk.sendto(bytes(message.build().dgram), ("127.0.0.1", port))
                time.sleep(pause_s)
    sys.stdout.write(json.dumps({"sent_ns": sent_ns}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
