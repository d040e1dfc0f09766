"""`hardcut models audition`: drift is measured where there is some, and told of a model with random weights."""

import dataclasses
import itertools
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.models.audition import play
from app.commands.models.command import run_models
from app.commands.models.drift import MEASURES, ChunkFigures, DriftMeter, drift_of
from app.commands.models.drift_plot import draw
from engine.generators.scenes import load_scenes
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.recipes import CAUSAL_FORCING_FRAMEWISE
from tests.wan.cards import small_card

SIZE = 64
BRIGHT = 100 / 2.55


def chunk(level: float, *, grain: float = 0.2, seed: int = 0, count: int = 4) -> list[np.ndarray]:
    """Frames of a texture that slides by a pixel each."""
    texture = np.random.default_rng(seed).random((SIZE, SIZE, 3)) * grain + level
    return [np.roll((255 * texture).clip(0, 255).astype(np.uint8), index, 1) for index in range(count)]


def test_each_measure_follows_what_it_is_named_for() -> None:
    meter = DriftMeter()
    plain = meter.measure(chunk(0.3))
    bright, coarse = DriftMeter().measure(chunk(0.6)), DriftMeter().measure(chunk(0.2, grain=0.8))
    assert bright.brightness > plain.brightness + 20 and bright.contrast == pytest.approx(plain.contrast, abs=0.5)
    assert coarse.contrast > 2 * plain.contrast and coarse.sharpness > 2 * plain.sharpness
    grey = [np.repeat(picture[..., :1], 3, axis=2) for picture in chunk(0.3)]
    assert DriftMeter().measure(grey).saturation == 0.0 < plain.saturation
    assert meter.measure(chunk(0.5, seed=1)).boundary > 1.5  # another picture from the chunk before to this one
    still = DriftMeter()
    steady = [np.full((SIZE, SIZE, 3), 100, np.uint8)] * 4
    still.measure(steady)
    assert still.measure(steady) == ChunkFigures(
        brightness=BRIGHT, contrast=0.0, saturation=0.0, sharpness=0.0, boundary=1.0, flicker=0.0
    )
    flashing = [np.full((SIZE, SIZE, 3), 100 + 2 * (index % 2), np.uint8) for index in range(4)]
    assert DriftMeter().measure(flashing).flicker == pytest.approx(2.0)


@settings(max_examples=20, deadline=None)
@given(levels=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60))
def test_any_course_has_a_beginning_an_end_and_a_drawing(levels: list[float]) -> None:
    meter = DriftMeter()
    figures = [meter.measure(chunk(level, count=1)) for level in levels]
    for measure in MEASURES:
        one = drift_of(figures, measure)
        assert one.least <= min(one.begins, one.ends) and max(one.begins, one.ends) <= one.most
        assert np.isfinite(one.change)
    drawing = ElementTree.fromstring(draw(figures, "a <model> & its scene", 1.0))
    lines = [element for element in drawing.iter() if element.tag.endswith("polyline")]
    assert len(lines) == len(MEASURES)
    for line in lines:
        points = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
        assert all(a[0] <= b[0] for a, b in itertools.pairwise(points))


def test_a_model_of_random_weights_is_measured_chunk_by_chunk() -> None:
    card = small_card(recipe=dataclasses.replace(CAUSAL_FORCING_FRAMEWISE, window=6, first_steps=(1000, 500)))
    generator = WanGenerator(card, device="cpu")
    for _ in generator.warm_up():
        pass
    scene = load_scenes(generator.spec)[generator.spec.home_scene]
    first, again = ([*play(generator, scene, 3, still=True)] for _ in range(2))
    generator.close()
    assert len(first) == 3 and first == again
    assert all(np.isfinite(getattr(one, measure)) for one in first for measure in MEASURES)


def test_what_was_played_is_told_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "drift.svg"
    assert run_models(["audition", "field", "--chunks", "3", "--to", str(target)], print) == 0
    shown = capsys.readouterr().out
    assert "field, " in shown and "3 chunks, 0 s" in shown
    assert all(f"\n{measure} " in shown for measure in MEASURES)
    assert max(len(line) for line in shown.splitlines() if str(target) not in line) <= 80
    assert ElementTree.parse(target).getroot().tag.endswith("svg")


def test_what_cannot_be_played_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    assert run_models(["audition", "wan-9b"], said.append) == 2
    assert run_models(["audition", "wan-tiny", "--scene", "Nowhere"], said.append) == 2
    assert run_models(["audition", "field", "--to", str(tmp_path / "no" / "x.svg")], said.append) == 2
    assert "no such generator" in said[0] and "no such scene" in said[1] and "has no place there" in said[2]
    with pytest.raises(SystemExit):
        run_models(["audition", "wan-tiny", "--chunks", "1"], said.append)
    assert "choose 2 to" in capsys.readouterr().err
