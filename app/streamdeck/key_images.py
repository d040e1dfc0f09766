"""What a key or a part of the strip should show, as values: equal faces look the same, so only new ones are sent."""

from dataclasses import dataclass
from enum import Enum

from app.streamdeck.panel import Function, KeyMap, Panel
from app.streamdeck.stage import Stage
from app.streamdeck.system import Rgb

TOUCH_LIT: Rgb = (79, 221, 226)
"""The window's accent."""


class Lamp(Enum):
    """What a scene's key says, as a pad in the window does."""

    EMPTY = "empty"
    LOADED = "loaded"
    ARMED = "armed"
    QUEUED = "queued"
    PLAYING = "playing"


@dataclass(frozen=True, slots=True)
class PadFace:
    """A key that plays a scene.

    Attributes:
        look: which picture of the scene it is; 0: it has not been seen yet.
        bright: the bright half of a beat; what is queued blinks.
    """

    scene: str
    lamp: Lamp
    look: int = 0
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


def pages(layout: KeyMap, scenes: int) -> int:
    """How many pages the scenes fill, at least one."""
    return max(1, -(-scenes // len(layout.pads))) if layout.pads else 1


def page_of(layout: KeyMap, scenes: tuple[str, ...], page: int) -> tuple[str, ...]:
    """The scenes of a page, "" for an empty key, one for each key."""
    size = len(layout.pads)
    front = scenes[page * size : (page + 1) * size]
    return front + ("",) * (size - len(front))


def lamp(scene: str, stage: Stage) -> Lamp:
    """What a scene is doing."""
    if not scene:
        return Lamp.EMPTY
    if scene == stage.queued:
        return Lamp.QUEUED
    if scene == stage.scene:
        return Lamp.PLAYING
    return Lamp.ARMED if scene in stage.armed else Lamp.LOADED


def faces(
    panel: Panel, layout: KeyMap, stage: Stage, page: int, looks: dict[str, int], *, beat: bool
) -> dict[Part, Face]:
    """What the whole deck should show.

    Args:
        looks: which picture of a scene is the newest, for scenes that have one.
        beat: the bright half of a beat.
    """
    wanted: dict[Part, Face] = {}
    if not panel.visual:
        return wanted
    count = pages(layout, len(stage.played.pads))
    for key, scene in zip(layout.pads, page_of(layout, stage.played.pads, page), strict=True):
        state = lamp(scene, stage)
        wanted[Part(key)] = PadFace(scene, state, looks.get(scene, 0), beat or state is not Lamp.QUEUED)
    for key, function in layout.functions.items():
        if key >= panel.keys:
            wanted[Part(key)] = TouchFace(TOUCH_LIT if count > 1 else (0, 0, 0))
        else:
            turns = function in (Function.NEXT, Function.PREVIOUS)
            note = f"{page + 1} / {count}" if turns else ""
            wanted[Part(key)] = FunctionFace(function, _on(function, stage), note)
    if min(panel.strip) > 0:
        for dial, push in enumerate(layout.pushes):
            wanted[Part(dial, strip=True)] = _dial(stage, dial, push)
    return wanted


def _on(function: Function, stage: Stage) -> bool:
    match function:
        case Function.FREEZE:
            return stage.freeze
        case Function.BLACKOUT:
            return stage.blackout
        case Function.CANCEL:
            return bool(stage.queued)
        case _:
            return False


def _dial(stage: Stage, dial: int, push: Function) -> DialFace:
    parameter = stage.knob(dial)
    if not parameter:
        return DialFace("", "", 0, push, _on(push, stage))
    spec = stage.table[parameter]
    value = f"{stage.value(parameter):.3g}{f' {spec.unit}' if spec.unit else ''}"
    return DialFace(spec.label, value, round(100 * stage.travel(parameter)), push, _on(push, stage))
