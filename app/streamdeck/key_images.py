"""What a key or a part of the strip should show, as values: equal faces look the same, so only new ones are sent."""

from dataclasses import dataclass

from app.control.show import PadState, ShowState
from app.control.state import ControlState
from app.streamdeck.panel import Function, KeyMap, Panel
from app.streamdeck.surface import DeckSurface
from app.streamdeck.system import Rgb

TOUCH_LIT: Rgb = (79, 221, 226)
"""The window's accent."""


@dataclass(frozen=True, slots=True)
class PadFace:
    """A key that plays a scene.

    Attributes:
        version: which picture of the scene it is; 0: it has not been seen yet.
        bright: the bright half of a beat; what is queued blinks.
    """

    scene: str
    state: PadState
    version: int = 0
    bright: bool = True


@dataclass(frozen=True, slots=True)
class FunctionFace:
    """A key with a function; note: a word below it, such as the page."""

    function: Function
    on: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class DialFace:
    """The part of the strip above a dial.

    Attributes:
        label, value: of its parameter, "" for none; percent: where it stands, 0..100 of its way.
        push, on: what pushing it does, and whether that is on.
    """

    label: str
    value: str
    percent: int
    push: Function
    on: bool


@dataclass(frozen=True, slots=True)
class TouchFace:
    """A touch key's colour."""

    colour: Rgb


Face = PadFace | FunctionFace | DialFace | TouchFace


@dataclass(frozen=True, slots=True)
class Part:
    """A place on a deck: a key, or (strip) the field above a dial."""

    number: int
    strip: bool = False


def scenes_of(state: ControlState) -> tuple[str, ...]:
    """The scenes that decks play, the bank in front first, without the empty pads behind the last."""
    scenes = state.pads_in_order
    while scenes and not scenes[-1]:
        scenes = scenes[:-1]
    return scenes


def pages(layout: KeyMap, scenes: int) -> int:
    """How many pages the scenes fill, at least one."""
    return max(1, -(-scenes // len(layout.pads))) if layout.pads else 1


def page_of(layout: KeyMap, scenes: tuple[str, ...], page: int) -> tuple[str, ...]:
    """The scenes of a page, "" for an empty key, one for each key."""
    size = len(layout.pads)
    front = scenes[page * size : (page + 1) * size]
    return front + ("",) * (size - len(front))


def faces(
    panel: Panel, layout: KeyMap, surface: DeckSurface, page: int, versions: dict[str, int], *, beat: bool
) -> dict[Part, Face]:
    """What the whole deck should show.

    Args:
        versions: which picture of a scene is the newest, for scenes that have one.
        beat: the bright half of a beat.
    """
    wanted: dict[Part, Face] = {}
    if not panel.visual:
        return wanted
    scenes = scenes_of(surface.state)
    count = pages(layout, len(scenes))
    for key, scene in zip(layout.pads, page_of(layout, scenes, page), strict=True):
        state = surface.show.pad_state(scene)
        wanted[Part(key)] = PadFace(scene, state, versions.get(scene, 0), beat or state is not PadState.QUEUED)
    for key, function in layout.functions.items():
        if key >= panel.keys:
            wanted[Part(key)] = TouchFace(TOUCH_LIT if count > 1 else (0, 0, 0))
        else:
            turns = function in (Function.NEXT, Function.PREVIOUS)
            note = f"{page + 1} / {count}" if turns else ""
            wanted[Part(key)] = FunctionFace(function, _on(function, surface.show), note)
    if min(panel.strip) > 0:
        for dial, push in enumerate(layout.pushes):
            wanted[Part(dial, strip=True)] = _dial(surface, dial, push)
    return wanted


def _on(function: Function, show: ShowState) -> bool:
    match function:
        case Function.FREEZE:
            return show.freeze
        case Function.BLACKOUT:
            return show.blackout
        case Function.CANCEL:
            return bool(show.queued)
        case _:
            return False


def _dial(surface: DeckSurface, dial: int, push: Function) -> DialFace:
    parameter = surface.knob(dial)
    if not parameter:
        return DialFace("", "", 0, push, _on(push, surface.show))
    spec = surface.state.table[parameter]
    value = f"{surface.value(parameter):.3g}{f' {spec.unit}' if spec.unit else ''}"
    return DialFace(spec.label, value, round(100 * surface.travel(parameter)), push, _on(push, surface.show))
