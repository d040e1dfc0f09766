"""Pictures: every control that a factory profile knows is drawn once, where a hand finds it."""

import pytest

from app.control.slots import Slot, SlotKind
from app.errors import ControlError
from app.midi.control_ids import ControlId, MessageKind
from app.midi.profiles.pictures import ControlKind, PictureControl
from app.midi.profiles.profile import Profile, factory_profiles
from tests.midi.core_parts import profile

DRAWN = [one for one in factory_profiles() if one.match]


@pytest.mark.parametrize("one", DRAWN, ids=lambda one: one.name)
def test_every_control_is_drawn_once_and_none_lies_on_another(one: Profile) -> None:
    assert one.picture is not None
    drawn = [control.source for control in one.picture.controls if control.source is not None]
    assert set(one.controls) <= set(drawn)
    assert len(set(drawn)) == len(drawn)
    for page in range(1, one.picture.pages + 1):
        shown = [control for control in one.picture.on_page(page) if control.kind is not ControlKind.PUSH]
        apart = [not _overlap(a, b) for index, a in enumerate(shown) for b in shown[:index]]
        assert all(apart)


def _overlap(a: PictureControl, b: PictureControl) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


PARTS = {"kind": "pad", "note": "36-39", "rows": 2, "x": 1, "y": 2, "w": 8, "h": 4, "dx": 10, "dy": 6}


def _picture(**changes: object) -> dict[str, object]:
    parts = {key: value for key, value in {**PARTS, **changes}.items() if value is not None}
    return {"width": 20, "height": 12, "confidence": "low", "evidence": "made for tests", "parts": [parts]}


def test_parts_are_laid_out_row_by_row() -> None:
    picture = profile(picture=_picture(labels=["a", "b", "c", "d"])).picture
    assert picture is not None
    assert [(one.x, one.y, one.label) for one in picture.controls] == [
        (1, 2, "a"),
        (11, 2, "b"),
        (1, 8, "c"),
        (11, 8, "d"),
    ]
    assert picture.controls[3].source == ControlId(MessageKind.NOTE, 39)
    assert picture.controls[3].slot == Slot(SlotKind.PAD, 4)


def test_a_devices_own_banks_are_pages() -> None:
    picture = profile(picture=_picture(rows=1, pages=2)).picture
    assert picture is not None
    assert picture.pages == 2
    assert [one.source.number for one in picture.on_page(2) if one.source] == [38, 39]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "lever"}, "'picture.parts[0].kind' must be one of knob"),
        ({"rows": 3}, "'picture.parts[0].rows' cannot share out 4 controls over 3 rows on 1 pages"),
        ({"dx": 40}, "'picture.parts[0].x' puts note 37 beyond the panel's edge"),
        ({"w": None}, "'picture.parts[0].w' must be a length from 0 to 1000, not None"),
        ({"labels": ["a"]}, "'picture.parts[0].labels' holds 1 texts for 4 controls"),
        ({"note": [36, 36, 37, 38]}, "'picture.parts[0].kind' draws note 36 a second time"),
        ({"note": None}, "'picture.parts[0].cc' or 'note' must be given"),
        ({"kind": "plate"}, "'picture.parts[0].note' is not for a plate"),
    ],
)
def test_a_faulty_picture_says_where(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ControlError, match="picture") as told:
        profile(picture=_picture(**changes))
    assert sentence in str(told.value)
