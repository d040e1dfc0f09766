"""How the picture lies on a display, by OSC: the addresses, what they ask, and how each stands."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.osc.address_kinds import Kind, OscAddress
from app.osc.packets import Argument
from engine.messages.commands import Origin
from engine.messages.output_commands import AdjustShape, ShapeDisplay
from engine.messages.shape import CORNERS, DEEPEST, FARTHEST, TURNS, DisplayShape
from engine.messages.sinks import DISPLAY

DISPLAYS: Final = 8
DISPLAY_ROOT: Final = "/hardcut/display"


def display_addresses() -> Iterator[OscAddress]:
    """Yield the addresses of every display that can have some."""
    for number in range(1, DISPLAYS + 1):
        own = f"{DISPLAY_ROOT}/{number}"
        for corner in range(1, CORNERS + 1):
            yield OscAddress(
                path=f"{own}/corner/{corner}",
                kind=Kind.NUMBERS,
                count=2,
                low=-FARTHEST,
                high=1.0 + FARTHEST,
                help="Where a corner lies, right and down, 0 to 1 across the picture; clockwise from the top left.",
            )
        yield OscAddress(
            path=f"{own}/crop",
            kind=Kind.NUMBERS,
            count=4,
            high=DEEPEST,
            help="What is cut off at the left, top, right and bottom.",
        )
        yield OscAddress(
            path=f"{own}/turn", kind=Kind.WHOLE, high=TURNS[-1], help="Turn it clockwise: 0, 90, 180 or 270."
        )
        yield OscAddress(path=f"{own}/flip", kind=Kind.SWITCH, help="Exchange left and right.")
        yield OscAddress(path=f"{own}/pattern", kind=Kind.SWITCH, help="A grid to align it by.")
        yield OscAddress(path=f"{own}/straight", kind=Kind.PRESS, help="As usual again: corners, crop, turn and flip.")


def asked_of_display(
    address: OscAddress, arguments: tuple[Argument, ...], stamp_ns: int
) -> AdjustShape | ShapeDisplay | None:
    """Return what arguments ask at one of these addresses; None for the release of a press.

    Raises:
        OscError: they do not fit.
    """
    number, *what = address.path.removeprefix(f"{DISPLAY_ROOT}/").split("/")
    sink, osc = f"{DISPLAY}:{number}", Origin.OSC
    match what:
        case ["corner", corner]:
            right, down = address.numbers(arguments)
            return AdjustShape(sink=sink, corner=int(corner), place=(right, down), stamp_ns=stamp_ns, origin=osc)
        case ["crop"]:
            left, top, right, bottom = address.numbers(arguments)
            return AdjustShape(sink=sink, crop=(left, top, right, bottom), stamp_ns=stamp_ns, origin=osc)
        case ["turn"]:
            return AdjustShape(sink=sink, turn=int(address.number(arguments)), stamp_ns=stamp_ns, origin=osc)
        case ["flip"]:
            return AdjustShape(sink=sink, flip=address.switch(arguments), stamp_ns=stamp_ns, origin=osc)
        case ["pattern"]:
            return AdjustShape(sink=sink, pattern=address.switch(arguments), stamp_ns=stamp_ns, origin=osc)
        case _:
            pressed = address.pressed(arguments)
            return ShapeDisplay(sink=sink, shape=DisplayShape(), stamp_ns=stamp_ns, origin=osc) if pressed else None


def display_values(shapes: Mapping[str, DisplayShape]) -> Iterator[tuple[str, tuple[Argument, ...]]]:
    """Yield where every display stands, by address."""
    for number in range(1, DISPLAYS + 1):
        own, shape = f"{DISPLAY_ROOT}/{number}", shapes.get(f"{DISPLAY}:{number}", DisplayShape())
        for corner, place in enumerate(shape.places, 1):
            yield f"{own}/corner/{corner}", place
        yield f"{own}/crop", shape.crop
        yield f"{own}/turn", (shape.turn,)
        yield f"{own}/flip", (shape.flip,)
        yield f"{own}/pattern", (shape.pattern,)
