"""Two ways of running passes and codec streams: as they stand, or replayed from graphs that are recorded once."""

from collections.abc import Iterator
from typing import Final, Protocol

import torch

from engine.generators.graph_capture import Recorder
from engine.generators.wan.acceleration.compile_stages import CompileCount
from engine.generators.wan.acceleration.graphed_pass import GraphedPass
from engine.generators.wan.acceleration.graphed_stream import GraphedStream
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.base import CodecStream
from engine.generators.wan.dims import LATENT_CHANNELS
from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.recipes import ContextKind
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.sampler import DenoisePass, EagerPass


class Execution(Protocol):
    """How one model is run. Owned by the engine thread."""

    def denoise(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        """The passes of one video."""
        ...

    def trial(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        """The same for a trial, which nobody warms up."""
        ...

    def stream(self, stream: CodecStream) -> CodecStream:
        """A codec stream, to be used in place of the one given."""
        ...

    def stream_beside(self, stream: CodecStream) -> CodecStream:
        """The same of one that runs beside the passes, in a side_stream of its own."""
        ...

    def warm_up(self, card: ModelCard, device: torch.device) -> Iterator[float]:
        """Record all shapes of all passes made so far; yields progress in 0..1. Streams record as they are used."""
        ...

    @property
    def recorded(self) -> int:
        """How much has been recorded so far: during a show it must not grow."""
        ...

    @property
    def refused(self) -> str:
        """Why codec pushes are not replayed, a clause; "": they are, or nobody wanted that."""
        ...


class Eager:
    """Everything as it stands."""

    recorded: Final = 0
    refused: Final = ""

    def denoise(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        return EagerPass(model, cache, text)

    def trial(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        return EagerPass(model, cache, text)

    def stream(self, stream: CodecStream) -> CodecStream:
        return stream

    def stream_beside(self, stream: CodecStream) -> CodecStream:
        return stream

    def warm_up(self, card: ModelCard, device: torch.device) -> Iterator[float]:  # noqa: ARG002 - the interface's
        yield from ()


class Replayed:
    """Recorded once per video and shape, then replayed.

    Args:
        recorder: of all that runs one after the other, and shares its memory; beside: of what overlaps it.
    """

    def __init__(self, recorder: Recorder, beside: Recorder) -> None:
        self._recorder = recorder
        self._beside = beside
        self._passes: list[GraphedPass] = []
        self._streams: list[GraphedStream] = []

    def denoise(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        self._passes.append(GraphedPass(model, cache, text, self._recorder))
        return self._passes[-1]

    def trial(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        return GraphedPass(model, cache, text, self._recorder)

    def stream(self, stream: CodecStream) -> CodecStream:
        self._streams.append(GraphedStream(stream, self._recorder))
        return self._streams[-1]

    def stream_beside(self, stream: CodecStream) -> CodecStream:
        self._streams.append(GraphedStream(stream, self._beside))
        return self._streams[-1]

    def warm_up(self, card: ModelCard, device: torch.device) -> Iterator[float]:
        grid, block = card.grid, card.recipe.block_frames
        latents = torch.zeros((1, LATENT_CHANNELS, block, grid.height, grid.width), device=device)
        for index, one in enumerate(self._passes):
            remembers = card.recipe.context is not ContextKind.LAST_PASS
            shapes = one.warm_up(latents, grid.tokens, depth=card.depth_branch, biased=True, remembers=remembers)
            for progress in shapes:
                yield (index + progress) / len(self._passes)

    @property
    def recorded(self) -> int:
        return sum(len(one.shapes) for one in self._passes) + sum(one.recorded for one in self._streams)

    @property
    def refused(self) -> str:
        return next((one.refused for one in self._streams if one.refused), "")


class Watch:
    """What should have ended with the warm-up: made after it, it tells whatever still comes, once."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._recorded = execution.recorded
        self._compiled = CompileCount.now()

    def news(self) -> str:
        """What came since the last time, in a sentence, or ""."""
        recorded, compiled = self._execution.recorded, CompileCount.now()
        since, late = compiled.since(self._compiled), recorded - self._recorded
        self._recorded, self._compiled = recorded, compiled
        found = (
            (since.graphs, "compiled anew"),
            (since.breaks, "broken off while compiling"),
            (late, "recorded late"),
        )
        told = [f"{count} {what}" for count, what in found if count > 0]
        if not told:
            return ""
        return f"The show was held up by work that belongs into the warm-up: {', '.join(told)}."
