"""Pictures: where the controls of a device are on its panel, so that the window can draw it as it looks.

A profile's TOML describes its panel in millimetres from the top left corner:

    [picture]
    width = 237
    height = 199
    confidence = "medium"
    evidence = "what is known and what is assumed"

    [[picture.parts]]                      # any number of these: rows and columns of equal controls
    kind = "pad"                           # knob, encoder, push, fader, pad, button, plate
    note = ["56-63", "48-55"]              # what they send, row by row from the top left; as in [[controls]]
    channel = 1
    rows = 2                               # left out: one
    pages = 2                              # the numbers are those of the device's own banks, one after the other
    x = 8                                  # the first one's top left corner
    y = 12
    w = 21                                 # size of each
    h = 11
    dx = 25                                # from one's left edge to the next one's, and from top to top
    dy = 13.5
    round = true                           # left out: with corners
    labels = ["UP", "DOWN"]                # what is printed on them; left out: nothing

A plate sends nothing that is known: a keyboard, a stick, a button of the device's own. It has no numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.control.slots import Slot
from app.control.toml_sections import Section
from app.midi.control_ids import ControlId, MessageKind
from app.midi.profiles.confidence import Confidence
from app.midi.profiles.control_tables import source_kinds, sources_of

LARGEST: Final = 1000.0
"""Longest edge of a panel, in mm: a controller that is carried in a bag is smaller."""

_ROUND: Final = 0.001


class ControlKind(Enum):
    """What a control is to the hand."""

    KNOB = "knob"
    ENCODER = "encoder"  # turns without end
    PUSH = "push"  # an encoder's own button, drawn within it
    FADER = "fader"  # runs along its longer edge
    PAD = "pad"
    BUTTON = "button"
    PLATE = "plate"  # there to be recognised; it plays nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureControl:
    """One control on the panel.

    Attributes:
        x, y, w, h: its box in device units (mm), from the panel's top left corner, y downwards.
        source: what it sends: the key to a controller's bindings; None for a plate.
        slot: what the factory profile binds it to; None: nothing yet.
        page: which of the device's own banks it belongs to, from 1; 0: all of them.
        round: drawn as an ellipse in its box.
    """

    kind: ControlKind
    x: float
    y: float
    w: float
    h: float
    source: ControlId | None = None
    slot: Slot | None = None
    label: str = ""
    page: int = 0
    round: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePicture:
    """A device's panel.

    Attributes:
        width, height: in device units (mm).
        confidence, evidence: how sure the geometry is, and where it comes from.
        pages: the device's own banks, 1 where it has none.
    """

    width: float
    height: float
    confidence: Confidence
    evidence: str
    controls: tuple[PictureControl, ...]
    pages: int = 1

    def on_page(self, page: int) -> tuple[PictureControl, ...]:
        """What is to be drawn for one of the device's banks, from 1; in the order of drawing."""
        return tuple(control for control in self.controls if control.page in (0, page))


SlotOf = Callable[[ControlId], Slot | None]
"""What the factory profile binds a control to."""


def parse_picture(section: Section, slot_of: SlotOf) -> DevicePicture:
    """A picture from its table; ControlError with file and key."""
    section.only("width", "height", "confidence", "evidence", "parts")
    width, height = section.measure("width", LARGEST), section.measure("height", LARGEST)
    confidence = section.one_of("confidence", Confidence)
    if confidence is None:
        raise section.fault("confidence", "is missing")
    controls: list[PictureControl] = []
    seen: set[tuple[ControlId, int]] = set()
    for part in section.sections("parts"):
        for control in _part(part, slot_of):
            if control.x + control.w > width + _ROUND or control.y + control.h > height + _ROUND:
                raise part.fault("x", f"puts {control.source or control.label} beyond the panel's edge")
            if control.source is not None:
                if (control.source, control.page) in seen:
                    raise part.fault("kind", f"draws {control.source} a second time")
                seen.add((control.source, control.page))
            controls.append(control)
    return DevicePicture(
        width=width,
        height=height,
        confidence=confidence,
        evidence=section.text("evidence"),
        controls=tuple(controls),
        pages=max((control.page for control in controls), default=1) or 1,
    )


def _part(part: Section, slot_of: SlotOf) -> list[PictureControl]:
    part.only(
        "kind", "channel", "rows", "pages", "x", "y", "w", "h", "dx", "dy", "round", "labels",
        *(kind.value for kind in MessageKind),
    )  # fmt: skip
    kind = part.one_of("kind", ControlKind)
    if kind is None:
        raise part.fault("kind", "is missing")
    labels = part.texts("labels")
    sources = _sources(part, kind, max(len(labels), 1))
    pages, rows = part.integer("pages", 1, 16) or 1, part.integer("rows", 1, 16) or 1
    cells, odd = divmod(len(sources), pages)
    columns, rest = divmod(cells, rows)
    if odd or rest or not columns:
        raise part.fault("rows", f"cannot share out {len(sources)} controls over {rows} rows on {pages} pages")
    if labels and len(labels) != cells:
        raise part.fault("labels", f"holds {len(labels)} texts for {cells} controls")
    x, y = part.measure("x", LARGEST), part.measure("y", LARGEST)
    w, h = part.measure("w", LARGEST), part.measure("h", LARGEST)
    dx = part.measure("dx", LARGEST) if columns > 1 else 0.0
    dy = part.measure("dy", LARGEST) if rows > 1 else 0.0
    return [
        PictureControl(
            kind=kind,
            x=x + index % cells % columns * dx,
            y=y + index % cells // columns * dy,
            w=w,
            h=h,
            source=source,
            slot=slot_of(source) if source is not None else None,
            label=labels[index % cells] if labels else "",
            page=index // cells + 1 if pages > 1 else 0,
            round=part.truth("round"),
        )
        for index, source in enumerate(sources)
    ]


def _sources(part: Section, kind: ControlKind, plates: int) -> list[ControlId] | list[None]:
    kinds = source_kinds(part)
    if kind is ControlKind.PLATE:
        if kinds:
            raise part.fault(kinds[0].value, "is not for a plate, which sends nothing")
        return [None] * plates
    if len(kinds) != 1:
        raise part.fault("cc", "or 'note' must be given, one of the two")
    return sources_of(part, kinds[0])
