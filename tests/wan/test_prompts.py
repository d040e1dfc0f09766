"""Prompts: morphs whose texts take time, the stand-in, and texts encoded aside."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.base import PromptBlend
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.text import cleaning
from engine.generators.wan.text.cleaning import cleaned
from engine.generators.wan.text.encoder import StandInTexts
from engine.generators.wan.text.prompt_morph import LONGEST_ROW, PromptRow, choose, embed
from engine.generators.wan.text.umt5 import BackgroundTexts, Encoded, OpenedEncoder
from engine.messages.events import BackendChoice
from engine.messages.prompt import MorphStyle
from tests.wan.models import make_embedding

SHAPE = (1, WAN_TINY.text_len, WAN_TINY.text_dim)
TOLD = BackendChoice(component="wan text", chosen="a test", reason="it is one")


class SlowTexts:
    """Texts that are there when the test says so."""

    def __init__(self) -> None:
        self.ready: dict[str, Tensor] = {}
        self.asked: list[str] = []
        self.faulty: set[str] = set()

    def find(self, text: str) -> Tensor | None:
        if text in self.faulty:
            raise GeneratorError(f"{text} is not to be encoded")
        self.asked.append(text)
        return self.ready.get(text)

    def wait_for(self, text: str) -> Tensor:
        return self.ready[text]

    def tokens(self, text: str) -> int:
        return len(text.split())

    def describe(self) -> BackendChoice:
        return TOLD

    def close(self) -> None:
        """Nothing to end."""


def blend(weight: float) -> PromptBlend:
    return PromptBlend((("old", 1.0 - weight), ("new", weight)))


OLD = PromptBlend((("old", 1.0),))


def test_a_late_text_delays_its_morph_and_skips_none_of_it() -> None:
    texts = SlowTexts()
    texts.ready["old"] = torch.zeros(1)
    row, shown = PromptRow(), []
    asked = [OLD, blend(0.25), blend(0.5), blend(0.75), blend(1.0), *[blend(1.0)] * 6]
    for chunk, wanted in enumerate(asked):
        if chunk == 4:
            texts.ready["new"] = torch.ones(1)
        spoken = choose(row.joined(wanted), texts)
        row = spoken.row
        shown.append(spoken.blend)
    assert shown[:4] == [OLD] * 4  # the picture goes on with what it had
    assert shown[4:8] == [blend(0.25), blend(0.5), blend(0.75), blend(1.0)]
    assert set(shown[8:]) == {blend(1.0)} and not row.waiting
    assert "new" in texts.asked


def test_a_text_that_is_there_delays_nothing() -> None:
    texts = SlowTexts()
    texts.ready.update(old=torch.zeros(1), new=torch.ones(1))
    row = PromptRow()
    for step in range(9):
        spoken = choose(row.joined(blend(step / 8)), texts)
        assert spoken.blend == blend(step / 8)
        row = spoken.row


def test_a_text_that_cannot_be_encoded_is_left_out() -> None:
    texts = SlowTexts()
    texts.ready["old"] = torch.zeros(1)
    texts.faulty.add("new")
    spoken = choose(PromptRow((OLD, blend(0.5))), texts)
    assert spoken.blend == OLD and "not to be encoded" in str(spoken.fault)
    gone = choose(PromptRow((blend(0.5),), OLD), texts)
    assert gone.blend == OLD and gone.row == PromptRow((), OLD)
    assert choose(PromptRow(), texts).blend is None


def test_a_row_is_no_longer_than_it_may_be() -> None:
    row = PromptRow()
    for step in range(3 * LONGEST_ROW):
        row = row.joined(blend(step / 1000))
    assert len(row.waiting) == LONGEST_ROW


def test_the_stand_in_is_the_same_everywhere_and_tells_words_apart() -> None:
    texts, again = StandInTexts(WAN_TINY), StandInTexts(WAN_TINY)
    a = texts.wait_for("molten GOLD")
    assert a.shape == SHAPE and torch.equal(a, again.wait_for("molten  gold"))
    assert bool((a[0, 2:] == 0).all()) and bool((a[0, :2] != 0).all())
    assert torch.equal(a[0, 1], texts.wait_for("gold")[0, 0])
    assert not torch.equal(a, texts.wait_for("molten tin"))
    assert texts.wait_for("word " * 10_000).shape == SHAPE
    assert not texts.wait_for("").any()


def test_a_blend_is_embedded_in_its_style() -> None:
    texts = StandInTexts(WAN_TINY)
    parts = (("gold", 0.5), ("sea", 0.5))
    straight = embed(PromptBlend(parts), texts)
    arc = embed(PromptBlend(parts, MorphStyle.SLERP), texts)
    assert torch.allclose(straight, (texts.wait_for("gold") + texts.wait_for("sea")) / 2)
    assert float(arc.norm()) > 1.1 * float(straight.norm())


@pytest.fixture(name="background")
def _background(tmp_path: Path) -> Iterator[Callable[[Callable[[str], Encoded]], BackgroundTexts]]:
    opened: list[BackgroundTexts] = []

    def build(encode: Callable[[str], Encoded]) -> BackgroundTexts:
        opened.append(BackgroundTexts(WAN_TINY, lambda: OpenedEncoder(encode, TOLD), tmp_path / "cache", TOLD))
        return opened[-1]

    yield build
    for texts in opened:
        texts.close()


def test_texts_are_made_aside_and_kept_on_disk(
    background: Callable[[Callable[[str], Encoded]], BackgroundTexts],
) -> None:
    calls: list[str] = []

    def encode(text: str) -> Encoded:
        calls.append(text)
        return Encoded(make_embedding(WAN_TINY, len(text)), 700)

    texts = background(encode)
    made = texts.wait_for("gold")
    found = texts.find("gold")
    assert found is not None and torch.equal(found, made)
    later = background(encode)
    assert later.tokens("gold") == 0
    assert torch.equal(later.wait_for("gold"), made)
    assert calls == ["gold"] and later.tokens("gold") == texts.tokens("gold") == 700
    (kept,) = later._folder.glob("*.safetensors")
    kept.write_bytes(b"damaged")
    assert torch.equal(background(encode).wait_for("gold"), made)
    assert calls == ["gold", "gold"]


def test_what_fails_aside_is_told_to_who_asks(
    background: Callable[[Callable[[str], Encoded]], BackgroundTexts],
) -> None:
    def fail(text: str) -> Encoded:
        if text == "nan":
            return Encoded(torch.full(SHAPE, float("nan")), 1)
        raise RuntimeError("no room\nat all")

    texts = background(fail)
    with pytest.raises(GeneratorError, match="RuntimeError: no room at all"):
        texts.wait_for("gold")
    with pytest.raises(GeneratorError, match="no numbers"):
        texts.wait_for("nan")
    with pytest.raises(GeneratorError):
        texts.find("gold")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  molten \t gold\n", "molten gold"),
        ("\u201cgold\u201d isn\u2019t sea", '"gold" isn\'t sea'),
        ("gold &amp; sea", "gold & sea"),
        ("gold &amp;amp; &lt;sea&gt;", "gold & <sea>"),
        ("caf\u00c3\u00a9 \ufb01re", "caf\u00e9 fire"),
        ("", ""),
        ("\u6df1\u3044\u6d77", "\u6df1\u3044\u6d77"),
    ],
)
def test_prompts_are_cleaned_as_wans_tokenizer_cleans_them(typed: str, read: str) -> None:
    """The values are those of basic_clean and whitespace_clean in Wan2.1, wan/modules/tokenizers.py."""
    assert cleaned(typed) == read
    assert cleaned(read) == read


@pytest.mark.parametrize("mends", [True, False])
def test_prompts_that_read_the_same_are_encoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mends: bool
) -> None:
    monkeypatch.setattr(cleaning, "MENDS", mends)
    encoded: list[str] = []

    def encode(text: str) -> Encoded:
        encoded.append(cleaned(text))
        return Encoded(make_embedding(WAN_TINY, seed=len(text)), 3)

    for text in ("gold &amp;  sea", "gold & sea", "it\u2019s gold"):
        texts = BackgroundTexts(WAN_TINY, lambda: OpenedEncoder(encode, TOLD), tmp_path, TOLD)
        texts.wait_for(text)
        texts.close()
    assert encoded == ["gold & sea", "it's gold" if mends else "it\u2019s gold"]
