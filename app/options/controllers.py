"""Options of what it is played from."""

import argparse
from ipaddress import IPv4Address
from typing import Final

from app.control.clock_settings import LinkMode
from app.options.reading import Group

OSC_DEFAULT: Final = ("127.0.0.1", 9000)
"""Loopback: the network may play the show only when the performer says so."""

NOT_AT_ALL: Final = "none"
"""What turns something off."""

BRIGHTNESS_DEFAULT: Final = 70
"""Percent: legible in a dim booth without lighting it."""


def add_controllers(group: Group) -> None:
    """Add the options of what it is played from."""
    group.add_argument("--midi", type=_midi, metavar="PORT|none", help="part of a port's name (every port), or none")
    group.add_argument(
        "--midi-clock-out",
        type=_output,
        action="append",
        default=[],
        metavar="PORT",
        help="part of an output's name that is sent the clock; may be given again",
    )
    group.add_argument(
        "--link",
        choices=[mode.value for mode in LinkMode],
        metavar="off|follow|join",
        help="Ableton Link: follow its tempo, or set it too (off; needs the extra link)",
    )
    group.add_argument(
        "--audio", type=_audio, metavar="NAME|source|none", help="sound input: part of its name, or what plays (none)"
    )
    group.add_argument(
        "--osc", type=_osc, default=OSC_DEFAULT, metavar="HOST:PORT|none", help="where OSC listens (127.0.0.1:9000)"
    )
    group.add_argument(
        "--osc-allow",
        action="append",
        default=[],
        metavar="PEER",
        help="who on the network may speak to OSC: 192.168.1.20, 192.168.1.0/24, or any; may be given again",
    )
    group.add_argument(
        "--dmx",
        type=_dmx,
        metavar="on|ADDRESS|none",
        help="listen for Art-Net and sACN: on (from this machine), or an address of this machine on the network (none)",
    )
    group.add_argument(
        "--dmx-allow",
        action="append",
        default=[],
        metavar="PEER",
        help="who on the network may play the show by DMX, written as with --osc-allow; may be given again",
    )
    group.add_argument(
        "--streamdeck", type=_switch, metavar="on|off", help="Stream Decks (on, if the extra streamdeck is installed)"
    )
    group.add_argument(
        "--streamdeck-brightness",
        type=_percent,
        default=BRIGHTNESS_DEFAULT,
        metavar="PERCENT",
        help=f"of their keys ({BRIGHTNESS_DEFAULT})",
    )


def _midi(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name matches every port; leave --midi away, or write none.")
    return text.strip()


def _output(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name matches every output; write a part of one's name.")
    return text.strip()


def _audio(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no sound input; write a part of one's name, source or none.")
    return text.strip()


def _osc(text: str) -> tuple[str, int] | None:
    if text == "none":
        return None
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or OSC_DEFAULT[0]
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is no place to listen; write PORT, HOST:PORT or none.")
    return host, int(port)


def _dmx(text: str) -> str:
    if text in ("on", NOT_AT_ALL):
        return "127.0.0.1" if text == "on" else text
    try:
        return str(IPv4Address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no address; write on (this machine), 192.168.1.30, 0.0.0.0 (every network) or none."
        ) from error


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off.")
    return text == "on"


def _percent(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no brightness; write 1 to 100.")
    return int(text)
