"""Passes replayed from CUDA graphs: one launch instead of a thousand.

A graph is recorded per shape of pass: how long the window is, whether there is depth, whether the past is biased,
and whether there is a velocity to be worked out or only a past to be made. What a graph reads and writes lies at
fixed addresses:

    latents, timesteps, control, bias    copied into buffers of this pass before each replay
    weights, prompt, rotation, window    where the model, the sampler and the cache keep them; all written in place
    velocity                             a buffer of this pass; the caller is given a copy of its own

so nothing that a caller holds is ever overwritten by a later replay. All graphs share one memory pool: what lies
in it is worthless once a replay has ended, and replays of one pass never overlap (one owner, one stream).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.generators.graph_capture import Recorder, Replay
from engine.generators.wan.model.blocks import AttentionBias, KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.sampler import DenoisePass


@dataclass(frozen=True, slots=True)
class PassShape:
    """What a graph is recorded for.

    Attributes:
        tokens: valid in the window; unbiased: keys that the bias leaves alone, None without a bias.
        velocity: whether it is worked out, or the block's keys and values alone.
    """

    tokens: int
    control: bool
    unbiased: int | None
    velocity: bool = True


class GraphedPass(DenoisePass):
    """A pass that is recorded once per shape and then replayed. Owned by the engine thread.

    Weights may be written in place between calls (merging a LoRA); anything that replaces a tensor or changes what
    is computed (hanging adapters, quantising) needs a new one.

    Attributes:
        late: shapes that were not warmed up and had to be recorded during the show.
    """

    def __init__(self, model: CausalWan, cache: KVCache, text: KeyValues, recorder: Recorder) -> None:
        self._model = model
        self._cache = cache
        self._text = text
        self._recorder = recorder
        self._replays: dict[PassShape, Replay] = {}
        self._buffers: dict[torch.Size, _Buffers] = {}
        self._warm = False
        self.late = 0

    @torch.inference_mode()
    def __call__(
        self, latents: Tensor, timesteps: Tensor, control: Control | None, bias: AttentionBias | None
    ) -> Tensor:
        return self._replay(self._filled(latents, timesteps, control, bias), control, bias).velocity.clone()

    @torch.inference_mode()
    def forward_kv(self, latents: Tensor, timesteps: Tensor, bias: AttentionBias | None) -> None:
        self._replay(self._filled(latents, timesteps, None, bias), None, bias, velocity=False)

    def _replay(
        self, buffers: "_Buffers", control: Control | None, bias: AttentionBias | None, *, velocity: bool = True
    ) -> "_Buffers":
        tokens, unbiased = self._cache.window().k.shape[2], None if bias is None else bias.unbiased
        shape = PassShape(tokens, control is not None, unbiased, velocity)
        if shape not in self._replays:
            self.late += self._warm
            self._record(shape, buffers)
        self._replays[shape]()
        return buffers

    @property
    def shapes(self) -> tuple[PassShape, ...]:
        """All that are recorded."""
        return tuple(self._replays)

    def warm_up(self, latents: Tensor, tokens: int, *, depth: bool, biased: bool, remembers: bool) -> Iterator[float]:
        """Record every shape that a show can meet, for blocks like this; yields progress in 0..1 after each.

        Overwrites the slots of the block at hand, which the next pass writes anyway, and nothing else.

        Args:
            latents: [B, 16, F, h, w], any values; tokens: of one latent frame.
            depth, biased: whether passes with the depth branch, and with a bias on the past, will be needed.
            remembers: whether a past is made by passes of its own.
        """
        kinds = [(False, True), *([(True, True)] if depth else []), *([(False, False)] if remembers else [])]
        shapes = [
            PassShape(length, control, bias, velocity)
            for length in reversed(self._cache.lengths)  # the longest first: its memory serves all others
            for control, velocity in kinds
            for bias in ((None, self._cache.unbiased_at(length)) if biased and velocity else (None,))
        ]  # a past is made without
        dim, dtype, device = self._model.dims.dim, self._model.dtype, latents.device

        def given(frames: int) -> _Given:
            block = latents[:, :, :1].expand(-1, -1, frames, -1, -1)
            control = torch.zeros(latents.shape[0], frames * tokens, dim, device=device, dtype=dtype)
            times = torch.zeros(latents.shape[0], frames, device=device)
            return _Given(block, times, Control(control, torch.zeros((), device=device)))

        yield from self._record_all(shapes, given)

    def _record_all(self, shapes: Iterable[PassShape], given: Callable[[int], "_Given"]) -> Iterator[float]:
        missing = [shape for shape in shapes if shape not in self._replays]
        for done, shape in enumerate(missing, start=1):
            block = given(self._cache.frames_at(shape.tokens))
            with torch.inference_mode():
                control = block.control if shape.control else None
                self._record(shape, self._filled(block.latents, block.timesteps, control, None))
            yield done / len(missing)
        self._warm = True

    def _record(self, shape: PassShape, buffers: "_Buffers") -> None:
        control = buffers.control if shape.control else None
        bias = None if shape.unbiased is None else AttentionBias(buffers.log_bias, shape.unbiased)
        window = self._cache.prefix(shape.tokens)

        rotation = self._cache.rotation_of(buffers.latents.shape[2])
        inputs = buffers.latents, buffers.timesteps, rotation, self._text, window

        def denoise() -> None:
            buffers.velocity.copy_(self._model(*inputs, control, bias))

        def forward_kv() -> None:
            self._model.forward_kv(*inputs, bias)

        self._replays[shape] = self._recorder.record(denoise if shape.velocity else forward_kv)

    def _filled(
        self, latents: Tensor, timesteps: Tensor, control: Control | None, bias: AttentionBias | None
    ) -> "_Buffers":
        """The buffers with these inputs in them; allocated at the first call with a block of their length."""
        buffers = self._buffers.get(latents.shape)
        if buffers is None:
            buffers = self._buffers[latents.shape] = _Buffers(latents, timesteps)
        buffers.latents.copy_(latents)
        buffers.timesteps.copy_(timesteps)
        if control is not None:
            if buffers.control is None:
                buffers.control = Control(torch.empty_like(control.tokens), torch.empty_like(control.scale))
            buffers.control.tokens.copy_(control.tokens)
            buffers.control.scale.copy_(control.scale)
        if bias is not None:
            buffers.log_bias.copy_(bias.log_bias)
        return buffers


@dataclass(frozen=True, slots=True)
class _Given:
    """What a pass over a block of one length is given while it is recorded."""

    latents: Tensor
    timesteps: Tensor
    control: Control


class _Buffers:
    """Where graphs find their inputs and leave their result."""

    def __init__(self, latents: Tensor, timesteps: Tensor) -> None:
        self.latents: Final = torch.empty_like(latents)
        self.timesteps: Final = torch.empty_like(timesteps)
        self.velocity: Final = torch.empty_like(latents, dtype=torch.float32)
        self.log_bias: Final = torch.zeros((), device=latents.device)
        self.control: Control | None = None
