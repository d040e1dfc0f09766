"""The built-in generator, again and bit for bit."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.generators.field import PARAMETERS, make_field
from engine.generators.field.generator import FieldGenerator
from engine.messages.commands import Command, HardCut, SetParameter, SetPrompt, SoftCut
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.scenes import load_library
from tests.session.shows import PERIOD_NS, Show, replay

CHUNKS = 205
FILM = 24


class Film:
    """A bright disc that circles, as source and as depth."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._images = [_disc(index / FILM) for index in range(FILM)]

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """As a source."""
        numbers = [target_ns // PERIOD_NS for target_ns in targets_ns]
        return tuple(InputFrame(number, number * PERIOD_NS, 1, self._images[number % FILM]) for number in numbers)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        return self.frames(targets_ns)

    def awaited(self, _frame_id: int) -> ControlMap:
        return self.newest()

    def newest(self) -> ControlMap:
        """As depth, a new map every third frame."""
        number = self._clock.now_ns() // PERIOD_NS // 3 * 3
        depth = self._images[number % FILM][::2, ::2, 0].astype(np.float32) / np.float32(255)
        flow = np.stack([depth, 1 - depth], axis=-1) * np.float32(0.01)
        return ControlMap(number, number * PERIOD_NS, number * PERIOD_NS + 7, depth, flow)


def _disc(turn: float) -> np.ndarray:
    axis = np.linspace(-1, 1, 448)
    x, y = np.meshgrid(axis - 0.4 * np.cos(2 * np.pi * turn), axis - 0.4 * np.sin(2 * np.pi * turn))
    light = np.clip(1.2 - 2 * np.hypot(x, y), 0, 1)[..., None] * np.array([255.0, 190.0, 120.0])
    return np.ascontiguousarray(light.astype(np.uint8))


def gestures(index: int) -> Sequence[Command]:
    """A cut every forty chunks, a knob every three, and the rest in between."""
    if index % 40 == 20:
        return (HardCut(stamp_ns=index, scene=("Neon Rain", "Molten Gold")[index // 40 % 2]),)
    if index % 40 == 5:
        return (SetPrompt(stamp_ns=index, text="glass and blue smoke", chunks=9),)
    if index % 40 == 32:
        return (SoftCut(stamp_ns=index, scene="Crystal Cathedral", chunks=6),)
    if index % 3 == 0:
        names = list(PARAMETERS)
        spec = PARAMETERS[names[index % len(names)]]
        return (SetParameter(stamp_ns=index, parameter=spec.id, value=spec.from_travel(index * 37 % 100 / 100)),)
    return ()


def warm() -> FieldGenerator:
    field = make_field(device="cpu", threads=1)
    for _ in field.warm_up():
        continue
    return field


@pytest.mark.slow
def test_the_field_is_bit_exact(tmp_path: Path) -> None:
    scenes = load_library("field", PARAMETERS)
    show = Show(tmp_path / "a.session", generator=warm(), scenes=scenes)
    film = Film(show.clock)
    show.rooms.source, show.rooms.depth = film, film
    for index in range(CHUNKS):
        show.chunk(*gestures(index))
    show.end()
    show.generator.close()
    again = warm()
    result, ending = replay(show.path, again)
    again.close()
    assert (result.first, ending) == (None, "")
    assert result.identical == result.chunks == CHUNKS


def test_another_seed_is_another_show(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session", generator=warm(), scenes=load_library("field", PARAMETERS))
    film = Film(show.clock)
    show.rooms.source, show.rooms.depth = film, film
    for _ in range(3):
        show.chunk()
    show.end()
    text = show.path.read_text()
    assert text.count('"key":[7,') == 3
    show.path.write_text(text.replace('"key":[7,', '"key":[8,').replace('"seed":7', '"seed":8'))
    show.generator.reset()
    result, _ = replay(show.path, show.generator)
    show.generator.close()
    assert result.identical == 0
    assert result.first is not None
    assert result.first.boundary == 0
    assert "differs though its commit and inputs do not" in result.first.sentence
