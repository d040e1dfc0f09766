"""How a finished block becomes the context of the next: one strategy per checkpoint family.

All of them leave the cache alone until the block is finished, so a chunk may be abandoned at any step.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.generators.wan.sampling.kv_cache import KVCache

ContextPass = Callable[[Tensor], None]
"""A pass at t = 0 over clean latents [B, 16, F, h, w], which leaves their keys and values in the block's slots."""

Anchor = Callable[[], Tensor]
"""Encodes, as a single image, the last decoded video frame of the oldest latent frame of the context:
[B, 16, 1, h, w]. Asked for only where it is needed."""

_MIXED: Final = ("in part under other words",)
"""The words of a past that is in part made anew: equal to none that are spoken."""


class ContextStrategy(Protocol):
    """What happens to the cache around a block."""

    def speak(self, words: Hashable) -> None:
        """Blocks are made under these words from now on."""
        ...

    def prepare(self, run: ContextPass, anchor: Anchor | None) -> None:
        """Before the first denoise step."""
        ...

    def finish(self, run: ContextPass, clean: Tensor) -> None:
        """After the last one, with the block's clean latents: the moment the block becomes the past."""
        ...

    def reset(self) -> None:
        """Forget everything: a cut."""
        ...

    def state(self) -> "ContextState":
        """What it keeps besides the cache, for a snapshot."""
        ...

    def restore(self, state: "ContextState") -> None:
        """Take up what state() gave."""
        ...


@dataclass(frozen=True, slots=True)
class Renewal:
    """A past that is in part made anew.

    Attributes:
        words: under which; done: how many of its blocks; at: latent frames there were in all at the last of them.
    """

    words: Hashable
    done: int
    at: int


@dataclass(frozen=True, slots=True)
class ContextState:
    """What a strategy keeps besides the cache.

    Attributes:
        frames: the newest clean latents, [B, 16, 1, h, w] each, oldest first; seen: how many there were in all.
        sink: those of the first frames, which never leave.
        words: under which the past was made; newest: under which its newest block was.
        renewal: how far it is made anew under others.
    """

    frames: tuple[Tensor, ...] = ()
    seen: int = 0
    sink: tuple[Tensor, ...] = ()
    words: Hashable = None
    newest: Hashable = None
    renewal: Renewal | None = None

    def to(self, device: torch.device) -> "ContextState":
        """A copy on a device."""
        frames, sink = (tuple(one.to(device, copy=True) for one in kept) for kept in (self.frames, self.sink))
        return replace(self, frames=frames, sink=sink)


class _CacheOnly:
    """A strategy with no memory but the cache."""

    def __init__(self, cache: KVCache) -> None:
        self._cache = cache

    def speak(self, words: Hashable) -> None:
        """The past stays as it is."""

    def prepare(self, run: ContextPass, anchor: Anchor | None) -> None:
        """Nothing: the cache is ready since the last block."""

    def reset(self) -> None:
        self._cache.reset()

    def state(self) -> ContextState:
        return ContextState()

    def restore(self, state: ContextState) -> None:
        """Nothing to take up."""


class CleanPass(_CacheOnly):
    """One more pass over the finished block at t = 0 leaves clean keys and values (Self-Forcing)."""

    def finish(self, run: ContextPass, clean: Tensor) -> None:
        run(clean)
        self._cache.commit()


class RecachedPass:
    """Clean passes, and where the words have changed, the past made anew under them (LongLive's KV-recache).

    A morph's words change from chunk to chunk, so the past is made anew once they stay and the window is full: a pass
    more in each of the next chunks, as many as the past has blocks. First the sink, then each newest block under the
    words that it was made under anyway; see `KVCache.revisit`. What this leaves at its end is what it would leave in
    one chunk. Until then the past is in part the one before, which is as good, so a chunk that is abandoned leaves
    nothing to undo; and where it is begun again, it goes on from what it has got to.
    """

    def __init__(self, cache: KVCache, recipe: Recipe) -> None:
        self._cache = cache
        self._block = recipe.block_frames
        self._past = recipe.past_frames
        self._most_sink = recipe.sink
        self._sink: list[Tensor] = []
        self._newest_block: deque[Tensor] = deque(maxlen=min(self._block, max(self._past - recipe.sink, 0)))
        self._spoken: Hashable = None
        self._words: Hashable = None
        self._newest: Hashable = None
        self._renewal: Renewal | None = None
        self._seen = 0

    def speak(self, words: Hashable) -> None:
        self._spoken = words

    def prepare(self, run: ContextPass, anchor: Anchor | None) -> None:  # noqa: ARG002 - the interface's
        settled = self._spoken == self._newest
        full = 0 < self._past <= self._seen
        if not full or not settled or self._spoken == self._words:
            return
        renewal = self._renewal
        if renewal is not None and renewal.words == self._spoken and renewal.at == self._seen:
            return  # the chunk was abandoned, and is begun again
        goes_on = renewal is not None and renewal.words == self._spoken and renewal.at == self._seen - self._block
        done = renewal.done if renewal is not None and goes_on else 0
        self._words = _MIXED
        self._renew(done, run)
        if (done + 1) * self._block == self._past:
            self._words, self._renewal = self._spoken, None
        else:
            self._renewal = Renewal(self._spoken, done + 1, self._seen)

    def _renew(self, index: int, run: ContextPass) -> None:
        """Make the block anew before which so many were."""
        start = index * self._block
        pinned = self._sink[start : start + self._block]
        self._cache.revisit(index)
        run(torch.cat(pinned or list(self._newest_block), dim=2))
        self._cache.replace()

    def finish(self, run: ContextPass, clean: Tensor) -> None:
        run(clean)
        self._cache.commit()
        for index in range(clean.shape[2]):
            kept = self._sink if len(self._sink) < self._most_sink else self._newest_block
            kept.append(clean[:, :, index : index + 1].clone())
        if not self._seen:
            self._words = self._spoken
        self._newest = self._spoken
        self._seen += clean.shape[2]

    def reset(self) -> None:
        self._cache.reset()
        self._sink.clear()
        self._newest_block.clear()
        self._renewal = None
        self._seen = 0

    def state(self) -> ContextState:
        newest, sink = tuple(self._newest_block), tuple(self._sink)
        return ContextState(newest, self._seen, sink, self._words, self._newest, self._renewal)

    def restore(self, state: ContextState) -> None:
        self._sink[:] = state.sink
        self._newest_block.clear()
        self._newest_block.extend(state.frames)
        self._seen, self._words, self._newest = state.seen, state.words, state.newest
        self._renewal = state.renewal


class LastPass(_CacheOnly):
    """The keys and values of the last denoise pass are kept as they are (StreamDiffusionV2)."""

    def finish(self, run: ContextPass, clean: Tensor) -> None:  # noqa: ARG002 - the interface's
        self._cache.commit()


class Recompute:
    """The cache is rebuilt from the clean latents of the context before every block (Krea Realtime).

    The context goes through the model block by block, which is what one pass under a block-causal mask
    computes, at the shapes that are warmed up anyway. Once the window slides, its oldest frame is replaced by the
    encoding of its last video frame as a single image: the first latent frame of a video stands for one video
    frame where all others stand for four, and the model knows contexts only with such a frame in front.

    The cache is scratch here; what an abandoned chunk leaves untouched are the latents.
    """

    def __init__(self, cache: KVCache, recipe: Recipe) -> None:
        self._cache = cache
        self._block = recipe.block_frames
        self._kept: deque[Tensor] = deque(maxlen=recipe.past_frames)
        self._seen = 0

    def speak(self, words: Hashable) -> None:
        """The past is made anew before every block, under the words of that block."""

    def prepare(self, run: ContextPass, anchor: Anchor | None) -> None:
        self._cache.reset()
        frames = list(self._kept)
        if self._seen > len(frames):
            if anchor is None:
                raise GeneratorError("The context has moved on and its oldest frame was not encoded again")
            frames[0] = anchor().to(frames[0])
        for start in range(0, len(frames), self._block):
            run(torch.cat(frames[start : start + self._block], dim=2))
            self._cache.commit()

    def finish(self, run: ContextPass, clean: Tensor) -> None:  # noqa: ARG002 - the interface's
        frames = clean.shape[2]
        self._kept.extend(clean[:, :, index : index + 1].clone() for index in range(frames))
        self._seen += frames

    def reset(self) -> None:
        self._cache.reset()
        self._kept.clear()
        self._seen = 0

    def state(self) -> ContextState:
        return ContextState(tuple(self._kept), self._seen)

    def restore(self, state: ContextState) -> None:
        self._kept.clear()
        self._kept.extend(state.frames)
        self._seen = state.seen


def opening_recipe(recipe: Recipe) -> Recipe:
    """The same recipe with the smallest window in which the chunk after a cut, and what follows from it, are alike.

    One block, and room for the past that it becomes: what is prepared aside never sees more, and a cache of this
    size goes on in one of the recipe's own (see `KVCache.restore`).
    """
    past = max(recipe.sink, recipe.opening_frames)
    return replace(recipe, window=min(recipe.window, past + recipe.block_frames))


def make_strategy(recipe: Recipe, cache: KVCache) -> ContextStrategy:
    """The strategy that a recipe names."""
    match recipe.context:
        case ContextKind.CLEAN_PASS:
            return RecachedPass(cache, recipe) if recipe.recache else CleanPass(cache)
        case ContextKind.LAST_PASS:
            return LastPass(cache)
        case ContextKind.RECOMPUTE:
            return Recompute(cache, recipe)
