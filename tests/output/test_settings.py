"""What may be asked of an output, and how it is refused."""

from fractions import Fraction

import pytest

from engine.errors import OutputError
from engine.output.settings import OutputConfig, VideoFormat, parse_size


@pytest.mark.parametrize(
    ("width", "height", "sentence"),
    [
        (897, 896, "The canvas width cannot be 897"),
        (896, 721, "The canvas height cannot be 721"),
        (14, 16, "The canvas width cannot be 14"),
        (16, 4098, "The canvas height cannot be 4098"),
    ],
)
def test_a_canvas_is_even_and_of_a_sensible_size(width: int, height: int, sentence: str) -> None:
    with pytest.raises(OutputError, match=sentence):
        OutputConfig(width=width, height=height)


@pytest.mark.parametrize("rate", [Fraction(0), Fraction(1, 2), Fraction(241)])
def test_a_rate_is_from_1_to_240(rate: Fraction) -> None:
    with pytest.raises(OutputError, match="output rate"):
        VideoFormat(rate=rate)


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a:b", "a|b", "a\nb", " a", "a.", "x" * 41, "a\u2028b"])
def test_a_name_that_receivers_could_not_carry_is_refused(name: str) -> None:
    with pytest.raises(OutputError, match="output name"):
        OutputConfig(name=name)


@pytest.mark.parametrize("name", ["Hardcut", "Bühne links", "映像 2", "a.b"])
def test_other_names_are_fine(name: str) -> None:
    assert OutputConfig(name=name).name == name


def test_sizes_as_they_are_written() -> None:
    assert parse_size("1280x720") == (1280, 720)


@pytest.mark.parametrize("text", ["", "x", "1280", "1280x", "-2x4", "1x2x3", "²x2"])
def test_a_size_that_is_none(text: str) -> None:
    with pytest.raises(OutputError, match="not a canvas size"):
        parse_size(text)
