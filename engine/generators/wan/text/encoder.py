"""Prompts as the transformer reads them: who encodes a text, and when the result is there."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Final, Protocol

import numpy as np
import torch
from numpy.random import Philox
from torch import Tensor

from engine.generators.wan.components import TEXT
from engine.generators.wan.dims import ModelDims
from engine.messages.events import BackendChoice

KEPT_TEXTS: Final = 64
"""Embeddings kept at hand: a UMT5 embedding is 4 MB in bfloat16."""


class PromptTexts(Protocol):
    """Embeddings of texts, [1, text_len, text_dim], zero behind the last token."""

    def find(self, text: str) -> Tensor | None:
        """The embedding, or None while it is being made: asking begins the work. Never waits.

        Raises:
            GeneratorError: this text cannot be encoded.
        """
        ...

    def wait_for(self, text: str) -> Tensor:
        """The embedding, however long it takes.

        Raises:
            GeneratorError: this text cannot be encoded.
        """
        ...

    def tokens(self, text: str) -> int:
        """How many tokens a text has, of which the first text_len are read; 0 where it is not encoded, or let go."""
        ...

    def describe(self) -> BackendChoice:
        """Who encodes, and how."""
        ...

    def close(self) -> None:
        """End what works in the background."""
        ...


class StandInTexts:
    """Embeddings of no meaning, for random weights: a fixed random vector for every word.

    The same word gives the same token wherever it stands, so prompts that share words look alike to the model.
    """

    def __init__(self, dims: ModelDims) -> None:
        self._dims = dims
        self._made: OrderedDict[str, Tensor] = OrderedDict()

    def find(self, text: str) -> Tensor | None:
        return self.wait_for(text)

    def wait_for(self, text: str) -> Tensor:
        embedding = self._made.get(text)
        if embedding is None:
            embedding = self._made[text] = self._embed(text)
            if len(self._made) > KEPT_TEXTS:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(text)
        return embedding

    def tokens(self, text: str) -> int:
        return len(_words(text))

    def describe(self) -> BackendChoice:
        return BackendChoice(
            component=TEXT,
            chosen="stand-in: a random vector per word, by hash",
            reason="the model's weights are random, so no text has a meaning to it",
            shapes=f"[1, {self._dims.text_len}, {self._dims.text_dim}] float32",
            rejected=(("UMT5-XXL", "its meanings would be lost on random weights"),),
        )

    def close(self) -> None:
        self._made.clear()

    def _embed(self, text: str) -> Tensor:
        dims = self._dims
        out = torch.zeros(1, dims.text_len, dims.text_dim)
        for place, word in enumerate(_words(text)[: dims.text_len]):
            draw = np.random.Generator(Philox(key=int.from_bytes(_digest(word), "little")))
            out[0, place] = torch.from_numpy(draw.standard_normal(dims.text_dim, dtype=np.float32))
        return out


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _digest(word: str) -> bytes:
    return blake2b(word.encode(), digest_size=16).digest()
