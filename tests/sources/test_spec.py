"""Sources as they are written down."""

import pytest

from engine.errors import SourceError
from engine.sources.registry import parse_source
from engine.sources.spec import SourceSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("stage", SourceSpec("stage")),
        ("stage:duo", SourceSpec("stage", "duo")),
        (" Stage ", SourceSpec("stage")),
        ("file:/a b/c:d.mp4", SourceSpec("file", "/a b/c:d.mp4")),
        ("camera:0", SourceSpec("camera", "0")),
        ("camera:http://host:80/x", SourceSpec("camera", "http://host:80/x")),
        ("ndi:VM (Cam 1)", SourceSpec("ndi", "VM (Cam 1)")),
    ],
)
def test_reading_and_writing(text: str, spec: SourceSpec) -> None:
    assert parse_source(text) == spec
    assert parse_source(str(spec)) == spec


@pytest.mark.parametrize("text", ["", "webcam", "file:", "camera: ", "stage:1", "ndi"])
def test_what_is_not_a_source_is_told(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_source(text)
    assert str(caught.value).endswith(".")
