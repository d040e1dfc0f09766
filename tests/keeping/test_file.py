"""A show is read as it was written, whatever it holds; and whatever a file holds ends in a show or in a sentence."""

from dataclasses import replace
from fractions import Fraction

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from app.show.document import Beat, Carried, Front, ListPlace, Playing, Sent, Show
from app.show.file import ShowError, parse_show, show_text
from engine.messages.framing import FrameWay, Framing
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit
from engine.messages.transitions import Launch

TEXTS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PLACES = st.builds(
    ListPlace, path=TEXTS, text=TEXTS, number=st.integers(0, 99), loop=st.booleans(), seed=st.integers(-1, 9)
)
SHOWS = st.builds(
    Show,
    playing=st.builds(
        Playing,
        source=TEXTS,
        scene=TEXTS,
        prompt=TEXTS,
        framing=st.just(Framing(FrameWay.CROP, 0.0, 1.0)),
        values=st.dictionaries(TEXTS, FLOATS, max_size=4),
    ),
    front=st.builds(
        Front,
        pads=st.lists(TEXTS, max_size=5).map(tuple),
        bank=st.integers(1, 9),
        launch=st.sampled_from(Launch),
        morph_seconds=FLOATS,
    ),
    playlist=PLACES,
    cues=PLACES,
    beat=st.builds(Beat, bpm=FLOATS, source=TEXTS),
    sent=st.builds(
        Sent,
        name=TEXTS,
        width=st.integers(2, 4096),
        fps=st.fractions(1, 240),
        fit=st.sampled_from(Fit),
        interpolation=st.sampled_from(Interpolation),
    ),
    carried=st.builds(Carried, files=st.dictionaries(TEXTS, TEXTS, max_size=3), refers=st.just(("clip: a",))),
    given=st.lists(TEXTS, max_size=3).map(tuple),
)
TREES = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), FLOATS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(SHOWS)
def test_what_is_written_is_read(show: Show) -> None:
    assert parse_show(show_text(show), "show") == (show, ())


@given(st.dictionaries(st.sampled_from(["playing", "front", "cues", "sent", "given", "carried", "new"]), TREES))
def test_what_is_nonsense_is_left_out_and_told(tree: dict[str, object]) -> None:
    show, faults = parse_show(tomli_w.dumps({"hardcut_show": 1, **tree}), "show")
    assert isinstance(show, Show)
    assert bool(faults) or show == parse_show(show_text(show), "show")[0]


@given(st.text(max_size=60))
def test_any_text_is_a_show_or_a_sentence(text: str) -> None:
    try:
        parse_show(text, "show")
    except ShowError as error:
        assert "show" in str(error)


def test_a_fault_costs_its_own_field_only() -> None:
    show = replace(Show(), playing=Playing(scene="Gold", seed=7), sent=Sent(fps=Fraction(25)))
    text = show_text(show).replace("seed = 7", 'seed = "seven"').replace("[sent]", "[sent]\nlasers = 3")
    text = text.replace("morph_seconds = 2.0", "morph_seconds = nan").replace("x = 0.5", "x = 7.0")
    read, faults = parse_show(text, "night.hardcut")
    assert (read.playing.scene, read.playing.seed, read.sent.fps) == ("Gold", 0, 25)
    assert (len(faults), read.front.morph_seconds) == (4, 2.0)
    assert any("seed" in fault for fault in faults)
    assert any("lasers" in fault for fault in faults)


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(ShowError, match="no show"):
        parse_show('name = "Gold"', "gold.toml")
