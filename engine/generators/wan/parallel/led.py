"""Windows, passes and prompts of the leading process: each tells the others, then does its own part."""

import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, fields
from typing import Final, Self

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.transfers import on_device
from engine.generators.wan.acceleration.execution import Eager, Execution
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.dims import LatentGrid
from engine.generators.wan.loading.live_lora import LiveLoras
from engine.generators.wan.model.blocks import AttentionBias, KeyValues
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.parallel import orders
from engine.generators.wan.parallel.crew import Crew
from engine.generators.wan.parallel.orders import Order
from engine.generators.wan.parallel.wire import PassInputs
from engine.generators.wan.recipes import Recipe
from engine.generators.wan.sampling.kv_cache import KVCache, KVSnapshot
from engine.generators.wan.sampling.renewing_cache import RenewingCache
from engine.generators.wan.sampling.sampler import BlockSampler, DenoisePass


class Lead:
    """Leads a crew through the passes of all videos of one generator. Owned by the engine thread.

    Args:
        execution: how passes are run, by every process alike; live: LoRAs that are turned between passes.
    """

    def __init__(self, crew: Crew, execution: Execution, live: LiveLoras | None) -> None:
        self.crew: Final = crew
        self.inputs: Final = PassInputs(crew.transport, crew.device)
        self._execution = execution
        self._live = live
        self._control: Tensor | None = None
        self._videos = 0
        self._copies = 0
        self._dropped: deque[int] = deque()

    def sampler(self, model: CausalWan, recipe: Recipe, grid: LatentGrid) -> BlockSampler:
        """A video of its own, in all processes."""
        video = self._videos
        self._videos += 1
        self.tell(orders.Open(video, recipe, not isinstance(self._execution, Eager)))

        def denoise(model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
            return _LedPass(self, video, self._execution.denoise(model, cache, text))

        return _LedSampler(self, video, model, recipe, grid, denoise)

    def record(self, card: ModelCard) -> Iterator[float]:
        """Record the passes of all videos, in all processes; yields progress in 0..1."""
        self.tell(orders.Record())
        with self.crew.guarded():
            yield from self._execution.warm_up(card, self.crew.device)
        self.crew.settle()

    def cross(self, exchange: Exchange, frames: int, times: int) -> None:
        """Exchange as so many blocks of so many latent frames do, and compute nothing."""
        with self.crew.guarded():
            self.tell(orders.Cross(frames, times))
            for _ in range(times):
                exchange.cross(frames)

    def tell(self, order: Order) -> None:
        """Tell the others, and before that which copies nobody holds any more.

        Raises:
            GeneratorError: one of them has failed.
        """
        if self._dropped:
            self.crew.tell(orders.Drop(tuple(self._dropped.popleft() for _ in range(len(self._dropped)))))
        self.crew.tell(order)

    def copied(self) -> "Copy":
        """The handle of a new copy, that the others are told to keep under its number."""
        self._copies += 1
        copy = Copy(self, self._copies)
        weakref.finalize(copy, self._dropped.append, copy.number).atexit = False
        return copy

    def begin(
        self,
        video: int,
        latents: Tensor,
        timesteps: Tensor,
        control: Control | None,
        bias: AttentionBias | None,
        *,
        velocity: bool,
    ) -> None:
        """Let the others begin a pass, with what it is given."""
        new = control is not None and control.tokens is not self._control
        self.tell(
            orders.Pass(
                video,
                tuple(latents.shape),
                control is not None,
                new,
                None if bias is None else bias.unbiased,
                velocity,
                () if self._live is None else self._live.scales,
            )
        )
        self.inputs.send(latents, timesteps, bias and bias.log_bias, control and control.scale)
        if new and control is not None:
            self._control = control.tokens
            self.crew.transport.broadcast(control.tokens)


class Copy:
    """Copies of a window in all processes: they are let go with it."""

    def __init__(self, lead: Lead, number: int) -> None:
        self.lead: Final = lead
        self.number: Final = number


@dataclass(frozen=True, slots=True, kw_only=True)
class _LedSnapshot(KVSnapshot):
    """The leading process's part, and the handle of the others'."""

    copy: Copy


class _LedPass(DenoisePass):
    """A pass by all processes."""

    def __init__(self, lead: Lead, video: int, own: DenoisePass) -> None:
        self._lead = lead
        self._video = video
        self._own = own

    def __call__(
        self, latents: Tensor, timesteps: Tensor, control: Control | None, bias: AttentionBias | None
    ) -> Tensor:
        with self._lead.crew.guarded():
            self._lead.begin(self._video, latents, timesteps, control, bias, velocity=True)
            return self._own(latents, timesteps, control, bias)

    def forward_kv(self, latents: Tensor, timesteps: Tensor, bias: AttentionBias | None) -> None:
        with self._lead.crew.guarded():
            self._lead.begin(self._video, latents, timesteps, None, bias, velocity=False)
            self._own.forward_kv(latents, timesteps, bias)


class _Led(KVCache):
    """A window whose heads lie in all processes; this one's are here. Mixed into the kind that the recipe needs."""

    _lead: Lead
    _video: int

    def lead_by(self, lead: Lead, video: int) -> Self:
        """Tell the others of all that changes it, from now on."""
        self._lead, self._video = lead, video
        return self

    def reset(self) -> None:
        self._lead.tell(orders.Reset(self._video))
        super().reset()

    def commit(self) -> None:
        with self._lead.crew.guarded():
            self._lead.tell(orders.Commit(self._video))
            super().commit()

    def revisit(self, index: int) -> None:
        with self._lead.crew.guarded():
            self._lead.tell(orders.Revisit(self._video, index))
            super().revisit(index)

    def replace(self) -> None:
        with self._lead.crew.guarded():
            self._lead.tell(orders.Replace(self._video))
            super().replace()

    def snapshot(self, device: torch.device | None = None) -> KVSnapshot:
        copy = self._lead.copied()
        self._lead.tell(orders.Keep(self._video, copy.number))
        own = super().snapshot(device)
        return _LedSnapshot(**{one.name: getattr(own, one.name) for one in fields(own)}, copy=copy)

    def restore(self, snapshot: KVSnapshot) -> None:
        if not isinstance(snapshot, _LedSnapshot) or snapshot.copy.lead is not self._lead:
            raise GeneratorError(
                "The kept scene is of a time when other processes dreamt together", remedy="Arm the scene again."
            )
        super().restore(snapshot)
        self._lead.tell(orders.TakeUp(self._video, snapshot.copy.number))


class _LedCache(_Led):
    """One that rolls."""


class _LedRenewingCache(_Led, RenewingCache):
    """One whose sink is renewed, which all heads together decide."""


def _led_cache(lead: Lead, video: int, model: CausalWan, recipe: Recipe, grid: LatentGrid) -> KVCache:
    dims, device, dtype = model.window_dims, model.device, model.dtype
    if recipe.positions is None:
        return _LedCache(dims, recipe, grid, device=device, dtype=dtype).lead_by(lead, video)
    summed = None if model.exchange is None else model.exchange.summed
    return _LedRenewingCache(dims, recipe, grid, device=device, dtype=dtype, summed=summed).lead_by(lead, video)


class _LedSampler(BlockSampler):
    """A sampler whose prompts all processes take up."""

    def __init__(
        self,
        lead: Lead,
        video: int,
        model: CausalWan,
        recipe: Recipe,
        grid: LatentGrid,
        denoise: Callable[[CausalWan, KVCache, KeyValues], DenoisePass],
    ) -> None:
        super().__init__(model, recipe, grid, cache=_led_cache(lead, video, model, recipe, grid), denoise=denoise)
        self._lead = lead
        self._video = video

    @torch.inference_mode()
    def set_prompt(self, embeddings: Tensor, words: Hashable = None) -> None:
        lead = self._lead
        with lead.crew.guarded():
            lead.tell(orders.Speak(self._video))
            given = on_device(embeddings, lead.crew.device).float().contiguous()
            lead.crew.transport.broadcast(given)
            super().set_prompt(given, words)
