"""The figures of hearing are made of plain numbers, so that they can be written down."""

from bench.audio.score import score
from bench.audio.tracks import click_track, drum_loop
from bench.measures.audio import figures


def test_figures_are_plain_numbers() -> None:
    tracks = (click_track(1, (120.0,), seconds=9.0), drum_loop(2, "house", (124.0,), seconds=9.0, kind="breaks"))
    found = figures([score(track) for track in tracks])
    assert {type(value) for one in found for value in one.values} == {float}
    assert {one.id for one in found} >= {"audio.onsets", "audio.tempo", "audio.phase", "audio.cpu"}
