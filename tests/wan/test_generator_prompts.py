"""Prompts that a generator cannot show, reads in part or is told of early."""

import pytest
import torch

from engine.errors import GeneratorError
from engine.generators.base import PromptPrefetching
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.text.encoder import PromptTexts
from engine.generators.wan.text.prompt_morph import PromptRow
from engine.messages.events import BackendChoice, Level
from tests.wan.cards import small_card
from tests.wan.shows import Make, ask, never, run, same


class Words:
    """Texts of which some cannot be used."""

    def __init__(self, inner: PromptTexts) -> None:
        self._inner = inner
        self.asked: list[str] = []
        self.slow: set[str] = set()

    def find(self, text: str) -> torch.Tensor | None:
        self.asked.append(text)
        return None if text in self.slow else self.wait_for(text)

    def wait_for(self, text: str) -> torch.Tensor:
        if text == "unspeakable":
            raise GeneratorError("A prompt could not be encoded", where=text)
        embedding = self._inner.wait_for(text)
        return embedding * float("nan") if text == "nonsense" else embedding

    def tokens(self, text: str) -> int:
        return self._inner.tokens(text)

    def describe(self) -> BackendChoice:
        return self._inner.describe()

    def close(self) -> None:
        self._inner.close()


def with_words(generator: WanGenerator) -> Words:
    """Put such texts in the place of the generator's own."""
    assert generator._parts is not None and generator._show is not None and generator._aside is not None
    words = Words(generator._parts.texts)
    for parts in (generator._parts, generator._show._parts, generator._aside._parts):
        parts.texts = words
    return words


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a" * 10_000, "A prompt of 10,000 characters is more than the text encoder can read (aaaa"),
        ("nonsense", "The prompt was encoded to values that are no numbers."),
        ("unspeakable", "A prompt could not be encoded (unspeakable)."),
    ],
    ids=["long", "no numbers", "no encoder"],
)
def test_a_prompt_that_cannot_be_shown_is_told_once_and_the_show_goes_on(make: Make, prompt: str, said: str) -> None:
    card = small_card()
    generator, calm = make(card), make(card)
    with_words(generator)
    shown = [generator.generate(ask(card, 0), never)]
    shown += [generator.generate(ask(card, index, prompt=prompt), never) for index in (1, 2)]
    assert [len(chunk.notes) for chunk in shown] == [0, 1, 0]
    assert shown[1].notes[0].text.startswith(said) and shown[1].notes[0].level is Level.WARNING
    assert same(shown, run(calm, card, range(3)))  # with the prompt that it had
    with pytest.raises(GeneratorError):  # but never an opening of another prompt than was asked for
        list(generator.prepare(ask(card, 0, 5, prompt=prompt)))
    generator.reset()
    after_cut = generator.generate(ask(card, 0, 1, prompt="sea"), never)
    calm.reset()
    assert same([after_cut], [calm.generate(ask(card, 0, 1, prompt="sea"), never)])


def test_a_prompt_that_is_read_in_part_is_told_once_and_shown(make: Make) -> None:
    card = small_card()
    generator = make(card)
    read = card.dims.text_len
    whole, long = " ".join(["sea"] * read), " ".join(["sea"] * (read + 1))
    asked = ["gold", whole, long, long, "gold", long]
    shown = [generator.generate(ask(card, index, prompt=prompt), never) for index, prompt in enumerate(asked)]
    assert [len(chunk.notes) for chunk in shown] == [0, 0, 1, 0, 0, 1]
    note = shown[2].notes[0]
    assert note.text.startswith(f"Only the first {read} tokens of the prompt are used, and it has {read + 1} (sea sea")
    assert note.level is Level.WARNING
    assert list(generator.prepare(ask(card, 0, 5, prompt=long)))  # an opening is made of it as of any other


def test_without_any_prompt_it_dreams_without_words(make: Make) -> None:
    card = small_card()
    generator, silent = make(card), make(card)
    with_words(generator)
    for show in (generator._running(), silent._running()):
        show._spoken, show._row = None, PromptRow()
    first = generator.generate(ask(card, 0, prompt="unspeakable"), never)
    assert len(first.notes) == 1
    assert same([first], [silent.generate(ask(card, 0, prompt=""), never)])


def test_foreseen_prompts_are_encoded_one_after_the_other(make: Make) -> None:
    card = small_card()
    generator = make(card)
    assert isinstance(generator, PromptPrefetching)
    words = with_words(generator)
    words.slow = {"one", "two"}
    generator.prefetch_prompts(["one", "unspeakable", "two", "three"])
    assert words.asked == ["one"]
    words.slow.discard("one")
    generator.generate(ask(card, 0), never)
    assert [text for text in words.asked if text != "gold"] == ["one", "one", "unspeakable", "two"]
    generator.prefetch_prompts(["three"])
    assert words.asked[-1] == "three"
