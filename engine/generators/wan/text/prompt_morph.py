"""Which blend of prompts a chunk shows, when the texts take time to encode.

A morph is a row of blends, one per chunk. Where a text is not encoded yet the row waits, and the picture goes on
with the blend it had; once the text is there the row is played from its beginning, a blend per chunk, so that a morph
begins with its first step however late it begins. Blends that repeat are one, so after a morph nothing is late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.base import PromptBlend
from engine.generators.wan.text.embeddings import Interpolation, blend_embeddings
from engine.generators.wan.text.encoder import PromptTexts
from engine.messages.prompt import MorphStyle

LONGEST_ROW: Final = 64
"""Blends that wait at most: then the oldest are passed over, and the morph is joined where it has got to."""

LONGEST_TEXT: Final = 4096
"""Characters. The encoder reads 512 tokens, some 2,500 characters of English; a text that is far longer was pasted by
mistake, and most of it would have no effect."""

_SHOWN: Final = 40
"""Characters of a text that a sentence names."""

_METHODS: Final = {MorphStyle.LERP: Interpolation.LERP, MorphStyle.SLERP: Interpolation.SLERP}


@dataclass(frozen=True, slots=True)
class PromptRow:
    """Frozen, since a chunk may be abandoned.

    Attributes:
        waiting: blends that are still to be shown, oldest first.
        last: the blend that was shown last, None before the first.
    """

    waiting: tuple[PromptBlend, ...] = ()
    last: PromptBlend | None = None

    def joined(self, blend: PromptBlend) -> "PromptRow":
        """With the blend of one more chunk."""
        if blend == (self.waiting[-1] if self.waiting else self.last):
            return self
        return replace(self, waiting=(*self.waiting, blend)[-LONGEST_ROW:])

    def shown(self) -> "PromptRow":
        """After a chunk has shown the first."""
        return PromptRow(self.waiting[1:], self.waiting[0])

    def cleared(self) -> "PromptRow":
        """Nothing waits: a cut."""
        return replace(self, waiting=())

    def without(self, text: str) -> "PromptRow":
        """Without all that needs a text which cannot be encoded."""
        kept = (blend for blend in self.waiting if all(part != text for part, _ in blend.parts))
        return replace(self, waiting=tuple(kept))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a chunk is to show.

    Attributes:
        blend: None: nothing was ever shown, and nothing is ready.
        row: the row after this chunk.
        fault: why a text could not be encoded; what needs it is left out.
    """

    blend: PromptBlend | None
    row: PromptRow
    fault: GeneratorError | None = None


def choose(row: PromptRow, texts: PromptTexts) -> Spoken:
    """The first blend that waits if all its texts are there, else the last one again. Begins to encode the others."""
    fault = None
    for text in _texts(row.waiting):
        try:
            find_text(text, texts)
        except GeneratorError as error:
            row, fault = row.without(text), error
    if not row.waiting or any(find_text(text, texts) is None for text in _texts(row.waiting[:1])):
        return Spoken(row.last, row, fault)
    return Spoken(row.waiting[0], row.shown(), fault)


def embed(blend: PromptBlend, texts: PromptTexts) -> Tensor:
    """The embedding of a blend, waiting for its texts where it must; [1, text_len, text_dim].

    Raises:
        GeneratorError: one of them cannot be encoded.
    """
    for text, _ in blend.parts:
        _check_length(text)
    parts = [(texts.wait_for(text), max(weight, 0.0)) for text, weight in blend.parts]
    return blend_embeddings(parts, _METHODS[blend.style])


def find_text(text: str, texts: PromptTexts) -> Tensor | None:
    """`PromptTexts.find`, and what is no prompt is refused.

    Raises:
        GeneratorError: this text cannot be encoded.
    """
    _check_length(text)
    return texts.find(text)


def read_in_part(blend: PromptBlend, texts: PromptTexts, text_len: int) -> str:
    """Which of a blend's texts, all encoded, is longer than what the encoder reads, in a sentence; "" where none is."""
    for text, weight in blend.parts:
        if weight > 0.0 and (tokens := texts.tokens(text)) > text_len:
            return (
                f"Only the first {text_len} tokens of the prompt are used, and it has {tokens:,} "
                f"({' '.join(text.split())[:_SHOWN]}…). Shorten it, or begin with what matters."
            )
    return ""


def _check_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise GeneratorError(
            f"A prompt of {len(text):,} characters is more than the text encoder can read",
            where=f"{text[:_SHOWN]}…",
            remedy=f"Shorten it to {LONGEST_TEXT:,}. The picture stays with the prompt it had.",
        )


def _texts(blends: Sequence[PromptBlend]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for blend in blends for text, _ in blend.parts))
