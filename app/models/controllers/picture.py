"""A picture for what nobody has drawn: an unknown controller, built from what it has sent so far."""

from collections.abc import Sequence, Set
from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.midi.control_ids import ControlId, MessageKind
from app.midi.profiles.confidence import Confidence
from app.midi.profiles.pictures import ControlKind, DevicePicture, PictureControl

CELL: Final = 26.0
"""Pitch of what is made up, in mm: that of an ordinary pad."""
EDGE: Final = 20.0
MARGIN: Final = 8.0
COLUMNS: Final = 8
PLAIN_ROWS: Final = 2
"""An unknown controller of which nothing was heard is as large as two rows."""
_PAD_ROWS: Final = 4

_KINDS: Final = {
    MessageKind.CC: ControlKind.KNOB,
    MessageKind.CC14: ControlKind.FADER,
    MessageKind.NOTE: ControlKind.PAD,
    MessageKind.BEND: ControlKind.FADER,
    MessageKind.PROGRAM: ControlKind.BUTTON,
}
"""How each kind of source is drawn; pressure comes from a pad that is drawn already."""


@lru_cache(maxsize=32)
def drawn(picture: DevicePicture | None, known: tuple[ControlId, ...], encoders: frozenset[ControlId]) -> DevicePicture:
    """The picture with what it lacks below it; all of it made up where there is none.

    Args:
        picture: of the profile.
        known: the controls that were heard or that the user has bound.
        encoders: those of them that turn without end.
    """
    places = {control.source for control in picture.controls} if picture is not None else set()
    lacking = tuple(source for source in known if source.kind in _KINDS and not _is_drawn(places, source))
    if picture is not None:
        return _extended(picture, lacking, encoders) if lacking else picture
    top, controls = _blocks(lacking, encoders, MARGIN, 2 * MARGIN + COLUMNS * CELL)
    return DevicePicture(
        width=2 * MARGIN + COLUMNS * CELL - (CELL - EDGE),
        height=max(top, 2 * MARGIN + PLAIN_ROWS * CELL),
        confidence=Confidence.LOW,
        evidence="made up of what was heard so far",
        controls=controls,
    )


def _is_drawn(places: Set[ControlId | None], source: ControlId) -> bool:
    if source.channel is None:
        return any(place is not None and _number(place) == _number(source) for place in places)
    names = [source, replace(source, channel=None)]
    if source.kind is MessageKind.CC14:  # its coarse half is what was drawn
        names += [replace(name, kind=MessageKind.CC) for name in names]
    return any(name in places for name in names)


def _number(source: ControlId) -> tuple[MessageKind, int]:
    return source.kind, source.number


def _extended(picture: DevicePicture, lacking: Sequence[ControlId], encoders: frozenset[ControlId]) -> DevicePicture:
    height, controls = _blocks(lacking, encoders, picture.height, picture.width)
    return replace(picture, height=height, controls=(*picture.controls, *controls))


def _blocks(
    sources: Sequence[ControlId], encoders: frozenset[ControlId], top: float, width: float
) -> tuple[float, tuple[PictureControl, ...]]:
    """Knobs in rows of eight, pads from the bottom up in rows of four or eight; where they end, and they."""
    ordered = sorted(sources, key=lambda one: (one.kind is MessageKind.NOTE, one.channel or 0, one.number))
    pads = [one for one in ordered if one.kind is MessageKind.NOTE]
    others = [one for one in ordered if one.kind is not MessageKind.NOTE]
    columns = max(1, min(COLUMNS, int((width - 2 * MARGIN + CELL - EDGE) // CELL)))
    controls: list[PictureControl] = []
    for index, source in enumerate(others):
        kind = ControlKind.ENCODER if source in encoders else _KINDS[source.kind]
        x, y = MARGIN + index % columns * CELL, top + index // columns * CELL
        controls.append(_control(kind, source, x, y))
    top += -(-len(others) // columns) * CELL
    per_row = min(columns, _PAD_ROWS) if len(pads) <= _PAD_ROWS * _PAD_ROWS else columns
    rows = -(-len(pads) // per_row)
    for index, source in enumerate(pads):
        # Pad controllers count from the bottom left.
        x, y = MARGIN + index % per_row * CELL, top + (rows - 1 - index // per_row) * CELL
        controls.append(_control(ControlKind.PAD, source, x, y))
    return top + rows * CELL + MARGIN - (CELL - EDGE), tuple(controls)


def _control(kind: ControlKind, source: ControlId, x: float, y: float) -> PictureControl:
    round_ = kind in (ControlKind.KNOB, ControlKind.ENCODER)
    width = EDGE / 2 if kind is ControlKind.FADER else EDGE
    return PictureControl(kind=kind, x=x + (EDGE - width) / 2, y=y, w=width, h=EDGE, source=source, round=round_)
