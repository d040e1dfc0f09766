"""What a person calls a source."""

import pytest

from engine.sources.registry import parse_source
from engine.sources.spec import SourceSpec
from engine.sources.spoken import spoken_name


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("stage", "Stage"),
        ("stage:duo", "Stage, duo"),
        ("stage:abstract", "Stage, solids"),
        ("file:/shows/night/clip.mp4", "clip.mp4"),
        ("camera:1", "Camera 1"),
        ("camera:rtsp://host/live", "host/live"),
        ("ndi:RIG (Depth)", "RIG (Depth)"),
        ("screen", "Screen"),
        ("screen:10,-20,640x480", "Screen, 640×480 at 10, -20"),
        ("screen:Visuals", "Visuals"),
        ("spout", "Spout sender"),
        ("syphon:Simple Server", "Simple Server"),
    ],
)
def test_sources_are_called_by_their_names(written: str, said: str) -> None:
    assert spoken_name(parse_source(written)) == said


def test_what_is_not_known_is_called_as_it_is_written() -> None:
    assert spoken_name(SourceSpec("stage", "attic")) == "Stage, attic"
    assert spoken_name(SourceSpec("nonsense")) == "nonsense"
