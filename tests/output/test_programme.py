"""Freeze, blackout and level: what viewers see of it."""

import numpy as np

from engine.output.programme import Programme
from tests.output.parts import flat


def seen(programme: Programme) -> list[int]:
    out = np.empty((448, 448, 4), np.uint8)
    programme.render(out)
    assert (out == out[0, 0]).all()
    pixel: list[int] = out[0, 0].tolist()
    return pixel


def control(programme: Programme, *, freeze: bool = False, blackout: bool = False, level: float = 1.0) -> int:
    before = programme.version
    programme.control(freeze=freeze, blackout=blackout, level=level)
    return programme.version - before


def test_it_begins_black() -> None:
    assert seen(Programme()) == [0, 0, 0, 255]


def test_freeze_holds_the_picture_and_lets_go_to_the_newest() -> None:
    programme = Programme()
    programme.put(flat(10, 20, 30))
    assert control(programme, freeze=True) == 0
    version = programme.version
    for value in (40, 50, 60):
        programme.put(flat(value, 0, 0))
        assert seen(programme) == [10, 20, 30, 255]
    assert programme.version == version
    assert control(programme) == 1
    assert seen(programme) == [60, 0, 0, 255]
    programme.put(flat(70, 0, 0))
    assert seen(programme) == [70, 0, 0, 255]


def test_level_and_blackout_act_on_a_frozen_picture() -> None:
    programme = Programme()
    programme.put(flat(100, 200, 50))
    control(programme, freeze=True)
    assert control(programme, freeze=True, level=0.5) == 1
    assert seen(programme) == [50, 100, 25, 255]
    assert control(programme, freeze=True, blackout=True, level=0.5) == 1
    assert seen(programme) == [0, 0, 0, 255]
    assert control(programme, freeze=True) == 1
    assert seen(programme) == [100, 200, 50, 255]


def test_nothing_new_is_no_new_version() -> None:
    programme = Programme()
    programme.put(flat(1, 1, 1))
    assert control(programme) == 0
    assert control(programme, blackout=True) == 1
    assert control(programme, blackout=True, level=0.3) == 0
