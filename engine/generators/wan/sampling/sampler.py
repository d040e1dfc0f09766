"""Few-step sampling of one block after another, as the causal students of Wan 2.1 were distilled to.

Rectified flow: x = (1 − sigma)·clean + sigma·noise, and the model predicts v = noise − clean, so that
clean = x − sigma·v. Between two steps the estimate is noised afresh at the next sigma (the consistency sampling
of DMD2 and Self-Forcing). Latents stay float32 throughout.
"""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Protocol

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.base import ChunkAbortedError, ChunkKey
from engine.generators.transfers import on_device
from engine.generators.wan.dims import LATENT_CHANNELS, TRAIN_TIMESTEPS, LatentGrid
from engine.generators.wan.model.blocks import AttentionBias, KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import Recipe
from engine.generators.wan.sampling.context import Anchor, ContextState, make_strategy
from engine.generators.wan.sampling.kv_cache import KVCache, KVSnapshot
from engine.generators.wan.sampling.noise import NoiseBuffer
from engine.generators.wan.sampling.renewing_cache import make_cache
from engine.steps import Work, drive


@dataclass(frozen=True, slots=True)
class DenoiseStep:
    """One pass of the model over the block.

    Attributes:
        noise: share of noise in what the model is given, (0, 1]; 1: noise alone.
        sigma: what the velocity is taken times, to be left with the clean picture.
        told: the timestep that the model is told, on the training scale of 1000.
    """

    noise: float
    sigma: float
    told: float


_LEAST_SIGMA: Final = 1.0 / TRAIN_TIMESTEPS
"""Before the shift: the last entry of the schedule that the models were trained on, which a step of 0 takes."""


def schedule(recipe: Recipe, strength: float = 1.0, steps: tuple[int, ...] = ()) -> tuple[float, ...]:
    """The sigma of every denoise step: see `denoise_schedule`."""
    return tuple(step.sigma for step in denoise_schedule(recipe, strength, steps))


def denoise_schedule(recipe: Recipe, strength: float = 1.0, steps: tuple[int, ...] = ()) -> tuple[DenoiseStep, ...]:
    """What every denoise step is given and told; where nothing else is said, told is 1000 · sigma, and noise sigma.

    Args:
        strength: 1 starts from noise. Less starts nearer to the input picture: the recipe's steps are drawn
            together towards zero *before* the shift, so their number, and with it the time, stays the same. Where the
            recipe has a `SourceNoise`, strength is the noise itself, and later steps follow only below the first.
        steps: those of the recipe's to take; (): all.

    Raises:
        ValueError: strength lies outside (0, 1].
    """
    if not 0.0 < strength <= 1.0:
        raise ValueError(f"strength {strength} lies outside (0, 1]")
    steps = steps or recipe.steps
    if recipe.source is not None:
        first = max(strength - recipe.source.hidden, strength / 2.0)  # small strengths have nothing to hide
        nearer = min(1.0, first * TRAIN_TIMESTEPS / steps[0])
        later = tuple(_plain(nearer * step / TRAIN_TIMESTEPS, recipe) for step in steps[1:])
        return (DenoiseStep(strength, first, first * TRAIN_TIMESTEPS), *later)
    return tuple(_plain(strength * step / TRAIN_TIMESTEPS, recipe) for step in steps)


def _plain(part: float, recipe: Recipe) -> DenoiseStep:
    """The step at `part` of the training scale, 0..1. At 0 the schedule's smallest noise is given, and 0 told."""
    s = part or _LEAST_SIGMA
    sigma = recipe.shift * s / (1.0 + (recipe.shift - 1.0) * s) if recipe.warped else s
    return DenoiseStep(sigma, sigma, sigma * TRAIN_TIMESTEPS if part else 0.0)


class DenoisePass(Protocol):
    """One pass of the model over the block at hand: eager, compiled or replayed from a graph."""

    def __call__(
        self, latents: Tensor, timesteps: Tensor, control: Control | None, bias: AttentionBias | None
    ) -> Tensor:
        """The velocity, float32 in the shape of latents; the block's keys and values are in the window then."""
        ...

    def forward_kv(self, latents: Tensor, timesteps: Tensor, bias: AttentionBias | None) -> None:
        """Only the keys and values: see `CausalWan.forward_kv`."""
        ...


@dataclass(frozen=True, slots=True)
class EagerPass:
    """The model's passes, called one by one."""

    model: CausalWan
    cache: KVCache
    text: KeyValues

    def __call__(
        self, latents: Tensor, timesteps: Tensor, control: Control | None, bias: AttentionBias | None
    ) -> Tensor:
        velocity: Tensor = self.model(
            latents, timesteps, self.cache.rotation, self.text, self.cache.window(), control, bias
        )
        return velocity

    def forward_kv(self, latents: Tensor, timesteps: Tensor, bias: AttentionBias | None) -> None:
        self.model.forward_kv(latents, timesteps, self.cache.rotation, self.text, self.cache.window(), bias)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRequest:
    """What shapes one block besides the prompt.

    Attributes:
        source: encoded input picture, [B, 16, F, h, w], or None to start from noise alone.
        strength: how far from the source it may go, (0, 1]; see `schedule`.
        past: weight of the past in attention, (0, 1]; 1 is off, less forgets the old scene faster.
        first: latents that a video begins with as they are, in place of a block of its own; heeded by its first block.
        control: the depth branch's input, or None to leave the branch out.
        anchor: see `context.Anchor`.
        steps: the denoise steps of the recipe to take; (): all.
        ready: given the clean latents when the block can no longer be abandoned, before it becomes the past.
    """

    key: ChunkKey
    source: Tensor | None = None
    strength: float = 1.0
    past: float = 1.0
    first: Tensor | None = None
    control: Control | None = None
    anchor: Anchor | None = None
    steps: tuple[int, ...] = ()
    ready: Callable[[Tensor], None] | None = None


@dataclass(frozen=True, slots=True)
class SamplerSnapshot:
    """A running video at a chunk boundary."""

    cache: KVSnapshot
    context: ContextState


class _Desk:
    """What passes over blocks of one length are given, at fixed addresses.

    Args:
        shape: of the block's latents, [1, 16, F, h, w]; steps: denoise steps at most.
    """

    def __init__(self, shape: tuple[int, ...], steps: int, device: torch.device) -> None:
        self.shape: Final = shape
        self.noise: Final = NoiseBuffer(steps, shape, device)
        self.times: Final = torch.zeros((1, shape[2]), device=device)


class BlockSampler:
    """Makes one block of clean latents after another. Owned by the engine thread.

    Args:
        denoise: the pass to use instead of the eager one, over the same cache and text buffers.
    """

    def __init__(
        self,
        model: CausalWan,
        recipe: Recipe,
        grid: LatentGrid,
        *,
        cache: KVCache | None = None,
        denoise: Callable[[CausalWan, KVCache, KeyValues], DenoisePass] = EagerPass,
    ) -> None:
        self.cache: Final = cache or make_cache(recipe, model.window_dims, grid, device=model.device, dtype=model.dtype)
        self.text: Final = model.text_buffers()
        self._model = model
        self._recipe = recipe
        self._pass = denoise(model, self.cache, self.text)
        self._context = make_strategy(recipe, self.cache)
        steps = max(len(recipe.steps), len(recipe.first_steps))
        self._desks = {
            frames: _Desk((1, LATENT_CHANNELS, frames, grid.height, grid.width), steps, model.device)
            for frames in {recipe.block_frames, recipe.opening_frames}
        }
        self._log_past = torch.zeros((), device=model.device)

    @property
    def opens(self) -> bool:
        """Whether the block at hand begins a video."""
        return not self.cache.position and not self._context.state().seen

    @torch.inference_mode()
    def set_prompt(self, embeddings: Tensor, words: Hashable = None) -> None:
        """Take up a prompt's embeddings, [1, text_len, text_dim], at a chunk boundary; the past stays.

        Args:
            words: what tells this prompt from others, for a past that is made anew under new words.
        """
        self._model.encode_text(on_device(embeddings, self._model.device), self.text)
        self._context.speak(words)

    @torch.inference_mode()
    def generate(self, request: BlockRequest, aborted: Callable[[], bool]) -> Tensor:
        """Make the next block and commit it.

        Returns:
            Clean latents, float32 [1, 16, F, h, w], of their own.

        Raises:
            ChunkAbortedError: aborted() said so between two passes; what was committed before still stands.
            GeneratorError: the model needs an input picture and was given none.
        """
        return drive(self.steps(request), lambda: _stop_if(aborted))

    def steps(self, request: BlockRequest) -> Work[Tensor]:
        """Make the next block, and pause at every safe point: closed there, it leaves what was committed before.

        The caller keeps torch's inference mode on while it runs. Returns and raises as `generate` does.
        """
        taken, opens = request.steps, self.opens
        if self._recipe.first_steps and opens:
            taken = self._recipe.first_steps
        steps = denoise_schedule(self._recipe, request.strength, taken)
        source = request.source
        if source is None and steps[0].noise < 1.0:
            raise GeneratorError(
                f"{self._recipe.name} starts from a picture at strength {request.strength:g}, and there is none"
            )
        desk = self._desks[self.cache.block_frames]
        if source is not None and source.shape != desk.shape:
            raise ValueError(f"source is {list(source.shape)} and should be {list(desk.shape)}")
        bias = self._bias(request.past)

        def clean_pass(clean: Tensor) -> None:
            # Without the bias, as its peers have it: what is remembered does not depend on how much was heeded.
            self._pass.forward_kv(clean, desk.times.fill_(0.0), None)

        yield
        self._context.prepare(clean_pass, request.anchor)
        clean = source.float() if source is not None else torch.zeros(desk.shape, device=self._model.device)
        if opens and request.first is not None:
            clean, steps = request.first.float().clone(), ()
        for index, step in enumerate(steps):
            yield
            noisy = torch.lerp(clean, desk.noise.draw(request.key, index), step.noise)
            velocity = self._pass(noisy, desk.times.fill_(step.told), request.control, bias)
            clean = noisy - step.sigma * velocity
        yield
        if request.ready is not None:
            request.ready(clean)
        self._context.finish(clean_pass, clean)
        return clean

    def reset(self) -> None:
        """Forget the video so far: a cut. The prompt stays."""
        self._context.reset()

    @torch.inference_mode()
    def snapshot(self, device: torch.device | None = None) -> SamplerSnapshot:
        """Keep the video so far, here or on another device; the prompt is not part of it."""
        target = device or self._model.device
        return SamplerSnapshot(self.cache.snapshot(target), self._context.state().to(target))

    @torch.inference_mode()
    def restore(self, snapshot: SamplerSnapshot) -> None:
        """Go on from a snapshot, bit by bit as if nothing had come between.

        Raises:
            GeneratorError: it belongs to another model or recipe; nothing was changed.
        """
        self.cache.restore(snapshot.cache)
        self._context.restore(snapshot.context.to(self._model.device))

    def _bias(self, past: float) -> AttentionBias | None:
        if not 0.0 < past <= 1.0:
            raise ValueError(f"past {past} lies outside (0, 1]")
        return None if past == 1.0 else self.cache.bias(self._log_past.fill_(math.log(past)))


def _stop_if(aborted: Callable[[], bool]) -> None:
    if aborted():
        raise ChunkAbortedError
