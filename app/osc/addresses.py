"""Every address there is, with types and ranges; the documentation is made from it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.control.limits import (
    FASTEST_BPM,
    LONGEST_MORPH_S,
    MACROS,
    MAX_SLOT,
    SHORTEST_MORPH_S,
    SLOWEST_BPM,
    SNAPSHOTS,
)
from app.osc.address_kinds import Kind, OscAddress
from app.osc.displays import DISPLAY_ROOT, DISPLAYS, display_addresses
from app.osc.packets import OscError
from app.osc.patterns import AddressTree, is_pattern
from engine.messages.alpha import AlphaOut
from engine.messages.autopilot import MOST_BARS, AutoPilotTime, AutoPilotWay
from engine.messages.emergency import EmergencyKind
from engine.messages.interpolation import Interpolation
from engine.messages.modulation import MACROS as MODULATED_MACROS
from engine.messages.modulation import MOST_PER_TARGET
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterTable
from engine.messages.picture_format import PictureFormat
from engine.messages.rates import HIGHEST, LOWEST
from engine.messages.shape import CORNERS
from engine.messages.transitions import Launch

ROOT: Final = "/hardcut"
MAX_CUE: Final = 9999
MAX_PORT: Final = 65535
HIGHEST_TOKEN: Final = 2**31 - 1
OUTPUT_RATE: Final = f"{ROOT}/output/rate"
QUALITY: Final = f"{ROOT}/quality"
AUTOMATIC: Final = -1
MAX_STEPS: Final = 16
OUTPUT_INTERPOLATION: Final = f"{ROOT}/output/interpolation"
MAP_NAME: Final = f"{ROOT}/map"
OUTPUT_ALPHA: Final = f"{ROOT}/output/alpha"
LOGO: Final = f"{ROOT}/logo"
FORMAT: Final = f"{ROOT}/format"
EMERGENCY: Final = f"{ROOT}/emergency"
EMERGENCY_KIND: Final = f"{EMERGENCY}/kind"


HELLO: Final = f"{ROOT}/hello"
SUBSCRIBE: Final = f"{ROOT}/subscribe"
UNSUBSCRIBE: Final = f"{ROOT}/unsubscribe"
CONVERSATION: Final = frozenset({HELLO, SUBSCRIBE, UNSUBSCRIBE})
"""About the sender, not about the show: no pattern means them."""

_NUMBERED: Final = {f"{ROOT}/pad": MAX_SLOT, f"{ROOT}/macro": MACROS, f"{DISPLAY_ROOT}/1/corner": CORNERS}
"""Addresses that the page of text shows in one line each; those of a depth too."""


def parameter_path(parameter: str) -> str:
    """field.energy is at /hardcut/parameter/field/energy."""
    return f"{ROOT}/parameter/{parameter.replace('.', '/')}"


def travel_path(parameter: str) -> str:
    """The same as a position 0..1, for faders."""
    return f"{ROOT}/travel/{parameter.replace('.', '/')}"


def depth_path(target: str, place: int) -> str:
    """The depth of the first modulator of field.energy is at /hardcut/depth/field/energy/1."""
    return f"{ROOT}/depth/{target.replace('.', '/')}/{place}"


def macro_path(number: int) -> str:
    """Macro 1 is at /hardcut/macro/1."""
    return f"{ROOT}/macro/{number}"


class AddressBook(Mapping[str, OscAddress]):
    """All addresses in the order of the documentation.

    Attributes:
        parameters: the parameter behind a path of either kind; depths: target and place behind a path of a depth.
    """

    def __init__(self, table: ParameterTable) -> None:
        self.parameters = {path(spec.id): spec.id for spec in table.values() for path in (parameter_path, travel_path)}
        self.depths = {
            depth_path(target, place): (target, place)
            for target in (*table, *MODULATED_MACROS)
            for place in range(1, MOST_PER_TARGET + 1)
        }
        self._addresses = {address.path: address for address in _addresses(table)}
        self._tree = AddressTree(path for path in self._addresses if path not in CONVERSATION)

    def meant(self, pattern: str) -> tuple[OscAddress, ...]:
        """Every address that a pattern means, or the one that it spells; OscError if there is none."""
        if not is_pattern(pattern):
            return (self[pattern],)
        found = self._tree.matches(pattern)
        if not found:
            raise OscError(f"No address fits {pattern[:80]}")
        return tuple(self._addresses[path] for path in found)

    def __getitem__(self, path: str) -> OscAddress:
        found = self._addresses.get(path)
        if found is None:
            raise OscError(f"There is no address {path[:80]}")
        return found

    def __contains__(self, path: object) -> bool:
        return path in self._addresses

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)


def _addresses(table: ParameterTable) -> Iterable[OscAddress]:
    for spec in table.values():
        unit = f" In {spec.unit}." if spec.unit else ""
        yield OscAddress(
            path=parameter_path(spec.id),
            kind=Kind.NUMBER,
            low=spec.minimum,
            high=spec.maximum,
            help=f"{spec.help}{unit}",
        )
        yield OscAddress(path=travel_path(spec.id), kind=Kind.NUMBER, help=f"{spec.label} as a fader's position.")
    for target in (*(key for key in table if key not in OUTPUT_PARAMETERS), *MODULATED_MACROS):
        for place in range(1, MOST_PER_TARGET + 1):
            yield OscAddress(
                path=depth_path(target, place),
                kind=Kind.NUMBER,
                low=-1.0,
                help="Depth of a modulator of the scene that plays.",
            )
    for number in range(1, MACROS + 1):
        yield OscAddress(path=macro_path(number), kind=Kind.NUMBER, help="Move all that lies under the macro.")
    for number in range(1, MAX_SLOT + 1):
        yield OscAddress(
            path=f"{ROOT}/pad/{number}",
            kind=Kind.PRESS,
            help="Play the pad. Told: 0 empty, 1 loaded, 2 armed, 3 queued, 4 playing.",
        )
    yield OscAddress(path=f"{ROOT}/cut", kind=Kind.TEXT, help="Cut to a scene by name.")
    yield OscAddress(path=f"{ROOT}/morph", kind=Kind.TEXT, help="Morph to a scene by name.")
    yield OscAddress(path=f"{ROOT}/scene", kind=Kind.STATE, help="The scene that plays.")
    yield OscAddress(path=f"{ROOT}/queued", kind=Kind.STATE, help="The scene that waits for its beat, or nothing.")
    yield OscAddress(path=f"{ROOT}/cancel", kind=Kind.PRESS, help="Forget the cut that waits.")
    yield OscAddress(
        path=f"{ROOT}/morph/seconds",
        kind=Kind.NUMBER,
        low=SHORTEST_MORPH_S,
        high=LONGEST_MORPH_S,
        help="How long morphs take.",
    )
    yield OscAddress(path=f"{ROOT}/prompt", kind=Kind.TEXT, help="Morph to a prompt.")
    yield OscAddress(path=f"{ROOT}/mode", kind=Kind.TEXT, choices=("cut", "morph"), help="What pads do.")
    yield OscAddress(
        path=f"{ROOT}/launch", kind=Kind.TEXT, choices=tuple(one.value for one in Launch), help="When pads act."
    )
    yield OscAddress(path=f"{ROOT}/modulation", kind=Kind.SWITCH, help="Everything that moves by itself, or nothing.")
    yield OscAddress(path=f"{ROOT}/trigger", kind=Kind.PRESS, help="Start the envelopes that wait for a hand.")
    yield OscAddress(path=f"{ROOT}/auto", kind=Kind.SWITCH, help="The auto-pilot.")
    yield OscAddress(
        path=f"{ROOT}/auto/bars", kind=Kind.WHOLE, low=1, high=MOST_BARS, help="The auto-pilot acts every so many bars."
    )
    yield OscAddress(
        path=f"{ROOT}/auto/way",
        kind=Kind.TEXT,
        choices=tuple(one.value for one in AutoPilotWay),
        help="How the auto-pilot goes to a scene.",
    )
    yield OscAddress(
        path=f"{ROOT}/auto/time",
        kind=Kind.TEXT,
        choices=tuple(one.value for one in AutoPilotTime),
        help="When the auto-pilot acts.",
    )
    yield OscAddress(
        path=f"{ROOT}/auto/through",
        kind=Kind.TEXT,
        choices=("pads", "playlist"),
        help="What the auto-pilot goes through.",
    )
    yield OscAddress(
        path=f"{ROOT}/strobe",
        kind=Kind.SWITCH,
        help="Let it flash, or soften what flashes more than three times a second.",
    )
    yield OscAddress(path=f"{ROOT}/freeze", kind=Kind.SWITCH, help="Hold the picture on air.")
    yield OscAddress(path=f"{ROOT}/blackout", kind=Kind.SWITCH, help="Black on air.")
    yield OscAddress(path=EMERGENCY, kind=Kind.SWITCH, help="The emergency's picture on air.")
    yield OscAddress(
        path=EMERGENCY_KIND,
        kind=Kind.TEXT,
        choices=tuple(one.value for one in EmergencyKind),
        help="What is shown while no pictures come; loop is the clip chosen last.",
    )
    yield OscAddress(path=LOGO, kind=Kind.SWITCH, help="The logo over all that goes out.")
    yield OscAddress(
        path=OUTPUT_ALPHA,
        kind=Kind.TEXT,
        choices=tuple(one.value for one in AlphaOut),
        help="The person's matte as the alpha of what NDI sends.",
    )
    yield OscAddress(path=f"{ROOT}/record", kind=Kind.SWITCH, help="Record what goes out as a film.")
    yield OscAddress(path=f"{ROOT}/still", kind=Kind.PRESS, help="Write what viewers see as a PNG.")
    yield OscAddress(
        path=f"{ROOT}/sink/on", kind=Kind.TEXT, help="Send to a sink: ndi, display:2 … Told: those that are on."
    )
    yield OscAddress(path=f"{ROOT}/sink/off", kind=Kind.TEXT, help="Send to a sink no longer.")
    yield from display_addresses()
    yield OscAddress(
        path=OUTPUT_RATE,
        kind=Kind.NUMBER,
        low=LOWEST,
        high=HIGHEST,
        help="Frames a second on the output; 29.97 and 59.94 are 30000/1001 and 60000/1001.",
    )
    yield OscAddress(
        path=QUALITY,
        kind=Kind.WHOLE,
        low=AUTOMATIC,
        high=MAX_STEPS,
        help="Hold so many steps of quality, 0 for full, -1 for automatic. Told: how many are taken.",
    )
    yield OscAddress(path=f"{QUALITY}/reason", kind=Kind.STATE, help="Why the picture is simplified, or nothing.")
    yield OscAddress(
        path=OUTPUT_INTERPOLATION,
        kind=Kind.TEXT,
        choices=tuple(one.value for one in Interpolation),
        help="What is shown between two generated pictures.",
    )
    yield OscAddress(path=MAP_NAME, kind=Kind.TEXT, help="What makes the control map, as --depth takes it.")
    yield OscAddress(
        path=FORMAT,
        kind=Kind.TEXT,
        choices=tuple(one.value for one in PictureFormat),
        help="The picture's format; the generator starts again in it, and the last picture stays until then.",
    )
    yield OscAddress(path=f"{ROOT}/panic", kind=Kind.PRESS, help="Back to a known picture.")
    yield OscAddress(path=f"{ROOT}/tap", kind=Kind.PRESS, help="One tap of the tempo.")
    yield OscAddress(
        path=f"{ROOT}/tempo",
        kind=Kind.NUMBER,
        low=SLOWEST_BPM,
        high=FASTEST_BPM,
        help="Beats per minute; a beat is now.",
    )
    yield OscAddress(path=f"{ROOT}/resync", kind=Kind.PRESS, help="The bar begins now.")
    yield OscAddress(
        path=f"{ROOT}/snapshot/store",
        kind=Kind.WHOLE,
        low=1,
        high=SNAPSHOTS,
        help="Store the live state. Told: the slot stored to last.",
    )
    yield OscAddress(path=f"{ROOT}/snapshot/recall", kind=Kind.WHOLE, low=1, high=SNAPSHOTS, help="Cut back to it.")
    yield OscAddress(path=f"{ROOT}/cue/next", kind=Kind.PRESS, help="Play the next cue.")
    yield OscAddress(path=f"{ROOT}/cue/previous", kind=Kind.PRESS, help="Play the previous cue.")
    yield OscAddress(
        path=f"{ROOT}/cue/go",
        kind=Kind.WHOLE,
        low=1,
        high=MAX_CUE,
        help="Play a cue by its number. Told: the cue that plays, 0 before the first.",
    )
    yield OscAddress(path=f"{ROOT}/playlist/next", kind=Kind.PRESS, help="Morph to the next prompt of the playlist.")
    yield OscAddress(path=f"{ROOT}/playlist/previous", kind=Kind.PRESS, help="Morph to the previous prompt.")
    yield OscAddress(
        path=f"{ROOT}/playlist/go",
        kind=Kind.WHOLE,
        low=1,
        high=MAX_CUE,
        help="Morph to a prompt by its number. Told: the prompt that plays, 0 before the first.",
    )
    yield OscAddress(path=f"{ROOT}/playlist/bookmark", kind=Kind.TEXT, help="Morph to a bookmark of the playlist.")
    yield OscAddress(
        path=HELLO,
        kind=Kind.WHOLE,
        low=0,
        high=HIGHEST_TOKEN,
        help="Show that you receive what is sent to you: send it, and send back the number that it is answered with.",
    )
    yield OscAddress(
        path=SUBSCRIBE,
        kind=Kind.WHOLE,
        low=1,
        high=MAX_PORT,
        help="Tell every change to this port of the sender (no argument: the port it sends from), for five minutes.",
    )
    yield OscAddress(
        path=UNSUBSCRIBE,
        kind=Kind.WHOLE,
        low=1,
        high=MAX_PORT,
        help="Tell this port of the sender no more (no argument: whatever was subscribed from the port it sends from).",
    )


def listing(table: ParameterTable) -> str:
    """The addresses as a page of text."""
    book = AddressBook(table)
    rows: list[tuple[str, str, str]] = []
    others = tuple(f"{DISPLAY_ROOT}/{number}/" for number in range(2, DISPLAYS + 1))
    for address in book.values():
        if address.path.startswith(others):
            continue
        stem, _, number = address.path.rpartition("/")
        last = MOST_PER_TARGET if stem.startswith(f"{ROOT}/depth/") else _NUMBERED.get(stem)
        if last is None:
            rows.append((address.path, address.takes, address.help))
        elif number == "1":
            rows.append((f"{address.path} … /{last}", address.takes, address.help))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{path:{widths[0]}}  {takes:{widths[1]}}  {words}" for path, takes, words in rows]
    lines.append("")
    lines.append(f"Displays are numbered to {DISPLAYS}: what {DISPLAY_ROOT}/1 takes is that of the others too.")
    lines.append("An address with ? at its end, or with the one argument ?, is answered with its value;")
    lines.append(f"{ROOT}/? is answered with every address and what it takes.")
    lines.append("*, ?, [a-f], {this,that} and // in an address act on every address that fits.")
    return "\n".join(lines)
