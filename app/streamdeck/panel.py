"""A deck as the program sees it, and what lies on its keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a kind of deck has.

    Attributes:
        name: the maker's, "Stream Deck XL".
        rows, columns: of keys; keys are counted from 0, row by row from the top left.
        key_size: width and height of a key's picture in pixels; (0, 0) where keys show nothing.
        touch_keys: keys without a picture, with a colour; counted on from the last key.
        dials: endless dials that can be pushed.
        strip: width and height of the screen above the dials in pixels; (0, 0) where there is none.
    """

    name: str
    rows: int
    columns: int
    key_size: tuple[int, int] = (0, 0)
    touch_keys: int = 0
    dials: int = 0
    strip: tuple[int, int] = (0, 0)

    @property
    def keys(self) -> int:
        """How many keys have a place in the rows."""
        return self.rows * self.columns

    @property
    def visual(self) -> bool:
        """Its keys show pictures."""
        return min(self.key_size) > 0


class Function(Enum):
    """What a key does that plays no scene; the value stands on the key."""

    FREEZE = "Freeze"
    BLACKOUT = "Blackout"
    PANIC = "Panic"
    CANCEL = "Cancel"
    CUE = "Next cue"
    TAP = "Tap"
    PREVIOUS = "Back"
    NEXT = "Next"


_ROWS: Final[Mapping[int, tuple[Function, ...]]] = {
    8: tuple(Function),
    5: (Function.FREEZE, Function.BLACKOUT, Function.CANCEL, Function.TAP, Function.NEXT),
}
"""What lies on a row of keys, by the row's length."""

_ROOM: Final = 15
"""Keys from which on a row of them may be spared; smaller decks keep theirs for scenes."""

_TOUCH_KEYS: Final = (Function.PREVIOUS, Function.NEXT)
_PEDALS: Final = (Function.FREEZE, Function.TAP, Function.BLACKOUT)
_DIALS: Final = (Function.FREEZE, Function.BLACKOUT, Function.TAP, Function.NEXT, Function.PREVIOUS, Function.CUE)
_FEW_DIALS: Final = 4
"""Dials from which on their pushes take the functions of a row."""


@dataclass(frozen=True, slots=True)
class KeyMap:
    """What lies where.

    Attributes:
        pads: the keys that play scenes, in the scenes' order.
        functions: key to function, touch keys included.
        pushes: what pushing a dial does, dial by dial; a dial turns the knob of its number.
    """

    pads: tuple[int, ...]
    functions: Mapping[int, Function]
    pushes: tuple[Function, ...]


def lay_out(panel: Panel) -> KeyMap:
    """Scenes everywhere, and functions at the end of the last row where there is room for both."""
    pushes = _DIALS[: panel.dials]
    if not panel.visual:
        return KeyMap((), MappingProxyType(dict(zip(range(panel.keys), _PEDALS, strict=False))), pushes)
    touch = dict(zip(range(panel.keys, panel.keys + panel.touch_keys), _TOUCH_KEYS, strict=False))
    if panel.keys >= _ROOM:
        row = _ROWS[8 if panel.columns >= 8 else 5]
    elif panel.dials >= _FEW_DIALS or touch:
        row = ()
    else:
        row = (Function.NEXT,)
    first = panel.keys - len(row)
    functions = {**dict(zip(range(first, panel.keys), row, strict=True)), **touch}
    return KeyMap(tuple(range(first)), MappingProxyType(functions), pushes)
