"""The parts of a model as its card names them: codec, transformer, depth branch, LoRA, text; loaded where they fit."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import torch

from engine.generators.wan.acceleration.compile_stages import lay_aside, take_up
from engine.generators.wan.acceleration.decisions import Missing
from engine.generators.wan.acceleration.execution import Eager, Execution
from engine.generators.wan.acceleration.plan import (
    Tools,
    accelerate,
    accelerate_again,
    accelerate_at_once,
    tools_of,
    trial_of,
)
from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.choose import choose_attention
from engine.generators.wan.cards import ModelCard, Precision, prompts_folder
from engine.generators.wan.codecs.checkpoints import load_codec, outline_codec_in
from engine.generators.wan.codecs.codec import VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.components import CODEC, MODEL
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.loading.live_lora import LiveLoras
from engine.generators.wan.loading.random_weights import fill_random
from engine.generators.wan.loading.staging import HOST, staged_model
from engine.generators.wan.loading.weights import Part, load
from engine.generators.wan.memory import (
    GIB,
    MemoryNeed,
    codec_need,
    device_need,
    free_bytes,
    least_free,
    model_dtype,
    model_need,
    staged_bytes,
)
from engine.generators.wan.memory_plan import can_stage, fitting, variants
from engine.generators.wan.memory_refusal import joined, require_room, with_least
from engine.generators.wan.model.blocks import BlockStages
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.share import Share
from engine.generators.wan.model.swap import Mirror
from engine.generators.wan.model.transformer import PIXELS, CausalWan
from engine.generators.wan.style import add_style
from engine.generators.wan.text.encoder import PromptTexts, StandInTexts
from engine.generators.wan.text.placement import place_text
from engine.messages.events import BackendChoice
from engine.model_files import ModelFile
from engine.steps import scaled

_FILLED: Final = 0.35
"""Share of the weights' reading in all of this; the rest is mostly compiling, a minute the first time."""

_RANDOM_SEED: Final = 21
_RANDOM_CODEC: Final = TaehvConfig(encoder_width=8, decoder_widths=(32, 16, 8, 8))
"""A tiny autoencoder at an eighth of its width: a laptop's core has to code every chunk with it."""


@dataclass(slots=True)
class WanParts:
    """A model that is ready to dream.

    Attributes:
        card: as it plays: with less than it asks for where memory is short.
        warnings: what the performer must be told of it, in sentences.
        promised: bytes of the device that the text encoder will take once it is needed.
        exchange: see `Network`.
        before: what was laid aside to go on at once.
    """

    card: ModelCard
    model: CausalWan
    attention: AttentionBackend
    codec: VideoCodec
    texts: PromptTexts
    live: LiveLoras | None
    execution: Execution
    choices: tuple[BackendChoice, ...]
    warnings: tuple[str, ...] = ()
    promised: int = 0
    exchange: Exchange | None = None
    before: "LaidAside | None" = None


@dataclass(frozen=True, slots=True)
class LaidAside:
    """Compiled stages, for a share of the tokens that is not made now, and how the model computed with them."""

    stages: tuple[BlockStages, ...]
    choices: tuple[BackendChoice, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """The transformer, ready to make passes.

    Attributes:
        exchange: with the processes that share its passes, which still mirrors; None: it works alone.
    """

    model: CausalWan
    attention: AttentionBackend
    live: LiveLoras | None
    execution: Execution
    choices: tuple[BackendChoice, ...]
    warnings: tuple[str, ...]
    exchange: Exchange | None


def assemble(
    card: ModelCard,
    folder: Path,
    device: torch.device,
    tools: Tools | None = None,
    dtype: torch.dtype | None = None,
    share: Share | None = None,
    others: tuple[int, ...] = (),
    settled: Callable[[ModelCard], None] = lambda _: None,
) -> Generator[float, None, WanParts]:
    """Load everything and make it fast; yields progress in 0..1.

    Args:
        tools: what to make it fast by; None: what the device offers.
        dtype: of weights and activations; None: what the device computes fastest.
        share: this process's of every pass; None: all of it.
        others: bytes that are free where the others are who share a pass, as far as that is known.
        settled: told the card as all of them will play it, before weights are read.

    Raises:
        NotEnoughMemoryError: there is no room for it, not even with the least of it (see `variants`); nothing was
            loaded.
        GeneratorError: a file is missing, damaged or another model's, or the card demands what cannot be had.
    """
    card.require_files(folder)
    dtype = dtype or model_dtype(device)
    yield 0.0
    tools = tools or tools_of(device)
    fp8 = card.pace.precision is not Precision.BF16 and not isinstance(tools.products, Missing)

    host, own = free_bytes(HOST), free_bytes(device)
    ranks = 1 if share is None else share.size

    @cache
    def codec_in(file: ModelFile | None, raw_latents: bool) -> VideoCodec:
        return _random(HOST, dtype) if file is None else outline_codec_in(file.path(folder), dtype, raw_latents)

    def coding(one: ModelCard) -> MemoryNeed:
        return codec_need(one, codec_in(one.codec, one.raw_latents))

    def whole_need(one: ModelCard) -> MemoryNeed:
        need = model_need(one, dtype, fp8=fp8, ranks=ranks)
        return need.with_parts(coding(one)).with_parts(device_need(device))

    def need_of(one: ModelCard) -> MemoryNeed:
        return whole_need(one).staged() if fp8 and share is None and can_stage(one, dtype, host) else whole_need(one)

    def free_for(one: ModelCard) -> int:
        return least_free(own, others, coding(one).bytes)

    wanted = card
    if card.small_codec is not None and (not card.small_codec.path(folder).exists() or card.small_codec.fault(folder)):
        card = replace(card, small_codec=None)
    found = fitting(card, lambda one: need_of(one).bytes <= free_for(one))  # those who share a pass play the same card
    if found is None:
        free, hints = free_for(card), []
        if wanted is not card and wanted.small_codec is not None:
            hints.append(f"With {wanted.small_codec.file} it needs less: hardcut models fetch {wanted.name}.")
        if fp8 and share is None and any(whole_need(one).staged().bytes <= free for one, _ in variants(card)):
            hints.append(f"With {staged_bytes(card, dtype) / GIB + 1:.0f} GiB of main memory free it fits.")
        require_room(card, need_of(card), free, device, folder, *hints, least_told=with_least(card, need_of))
    card, less = found or (card, ())
    need, free = need_of(card), free_for(card)
    settled(card)
    codec = _codec(card, folder, device, dtype)
    staged = share is None and need.bytes <= free < whole_need(card).bytes
    network = yield from scaled(
        0.02, 1.0, assemble_network(card, folder, device, tools, dtype, share, codec, staged=staged)
    )
    warnings = network.warnings
    if less:
        which = "One of the GPUs" if share is not None else "The GPU" if device.type == "cuda" else "The processor"
        warnings = (f"{which} has {free / GIB:.1f} GiB free, so {joined(less)}.", *warnings)
    texts, promised = _texts(card, folder, device, free_bytes(device) - need.behind_weights)
    return WanParts(
        card,
        network.model,
        network.attention,
        codec,
        texts,
        network.live,
        network.execution,
        (_model_choice(card, need, free, device, dtype), *network.choices, _codec_choice(codec, dtype)),
        warnings,
        promised,
        network.exchange,
    )


def assemble_again(parts: WanParts, tools: Tools | None = None, share: Share | None = None) -> WanParts:
    """The same, loaded and fast, for another share of every pass or another format: nothing is read again.

    Args:
        parts: with the card as it is to play.
        tools, share: see `assemble`.
    """
    model, card = parts.model, parts.card
    exchange = None if share is None else mirroring(share, card, model.device, model.dtype)
    execution, graphs = accelerate_again(model, card, tools or tools_of(model.device), exchange)
    choices = tuple(
        graphs
        if choice.component == graphs.component
        else replace(choice, shapes=_shapes(card))
        if choice.component == MODEL
        else choice
        for choice in parts.choices
    )
    return replace(parts, execution=execution, choices=choices, exchange=exchange)


def assemble_at_once(parts: WanParts, tools: Tools | None = None, *, replays: bool) -> WanParts:
    """The same for a show that stands still, for this process alone: nothing is compiled, tried or recorded ahead.

    Args:
        parts: see `assemble_again`.
        tools: see `assemble`.
        replays: whether passes were replayed before.
    """
    model = parts.model
    execution, made = accelerate_at_once(model, tools or tools_of(model.device), replays=replays)
    before = LaidAside(lay_aside(model), parts.choices)
    changed = {choice.component: choice for choice in made}
    choices = tuple(changed.get(choice.component, choice) for choice in parts.choices)
    return replace(parts, execution=execution, choices=choices, exchange=None, before=before)


def bare(parts: WanParts) -> WanParts:
    """The same without what was made for one show: recordings and their windows, the exchange with others, haste."""
    parts.model.share_by(None)
    if parts.before is not None:
        take_up(parts.model, parts.before.stages)
        parts = replace(parts, choices=parts.before.choices, before=None)
    return replace(parts, execution=Eager(), exchange=None)


def mirroring(share: Share, card: ModelCard, device: torch.device, dtype: torch.dtype) -> Exchange:
    """An exchange with processes that have not met yet: each takes the others to be like itself."""
    return Exchange(share, Mirror(share), head_dim=card.dims.head_dim, pixels=PIXELS, device=device, dtype=dtype)


def assemble_network(
    card: ModelCard,
    folder: Path,
    device: torch.device,
    tools: Tools,
    dtype: torch.dtype,
    share: Share | None = None,
    codec: VideoCodec | None = None,
    *,
    staged: bool = False,
) -> Generator[float, None, Network]:
    """Load the transformer and make it fast; yields progress in 0..1.

    Args:
        share: this process's of every pass; None: all of it.
        codec: is made fast with it; None: there is none here.
        staged: large layers wait on the host until they are quantised.

    Raises:
        GeneratorError: a file is damaged or another model's, or the card demands what cannot be had.
    """
    yield 0.0
    attention, attention_choice = choose_attention(device, dtype, card.dims, trial=trial_of(device, card, tools))
    make = staged_model if staged else CausalWan.empty
    model = make(card.dims, attention, device=device, dtype=dtype, vace=card.depth_branch)
    for done in _fill(model, card, folder):
        yield _FILLED * done
    style = add_style(model, card, folder)
    exchange = None if share is None else mirroring(share, card, device, dtype)
    yield _FILLED
    accelerated = yield from scaled(_FILLED, 1.0, accelerate(model, codec, card, tools, exchange))
    return Network(
        model,
        attention,
        style.live,
        accelerated.execution,
        (attention_choice, *accelerated.choices, *style.choices),
        style.warnings,
        exchange,
    )


def _codec(card: ModelCard, folder: Path, device: torch.device, dtype: torch.dtype) -> VideoCodec:
    if card.codec is None:
        return _random(device, dtype)
    return load_codec(card.codec.path(folder), device, dtype, raw_latents=card.raw_latents)


def _random(device: torch.device, dtype: torch.dtype) -> VideoCodec:
    return random_codec(_RANDOM_CODEC, _RANDOM_SEED, device, dtype)


def _fill(model: CausalWan, card: ModelCard, folder: Path) -> Generator[float, None, None]:
    if card.random_weights:
        fill_random(model, _RANDOM_SEED)
        return
    parts: list[tuple[ModelFile, Part]] = []
    if card.transformer is not None:
        parts.append((card.transformer, Part.MAIN))
    if card.depth is not None:
        parts.append((card.depth, Part.BRANCH))
    for index, (file, part) in enumerate(parts):
        with Checkpoint.open(
            file.path(folder), model.device, state=card.state if part is Part.MAIN else ""
        ) as checkpoint:
            for progress in load(model, checkpoint, part):
                yield (index + progress.done / progress.total) / len(parts)


def _texts(card: ModelCard, folder: Path, device: torch.device, spare: int) -> tuple[PromptTexts, int]:
    """Who encodes prompts, and the bytes of the device that this will take."""
    if card.text is None or card.tokenizer is None:
        return StandInTexts(card.dims), 0
    from engine.generators.wan.text.umt5 import open_umt5

    place = place_text(card.text_precision, device, spare, free_bytes(torch.device("cpu")))
    texts = open_umt5(card.text.path(folder), card.tokenizer.path(folder), card.dims, place, prompts_folder())
    return texts, place.bytes if place.device == device else 0


def _model_choice(
    card: ModelCard, need: MemoryNeed, free: int, device: torch.device, dtype: torch.dtype
) -> BackendChoice:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    weights = "random weights" if card.random_weights or card.transformer is None else card.transformer.repo
    return BackendChoice(
        component=MODEL,
        chosen=f"{card.dims.name}, {weights}, {str(dtype).removeprefix('torch.')} on {name}",
        reason=f"{need.sentence()}; {free / 2**30:.1f} GiB were free",
        shapes=_shapes(card),
        rejected=() if device.type == "cuda" else (("cuda", "no CUDA device"),),
    )


def _shapes(card: ModelCard) -> str:
    recipe = card.recipe
    return (
        f"{len(recipe.steps)} steps, {recipe.block_frames} latents a block, window {recipe.window}, "
        f"sink {recipe.sink}, {card.shape[1]}×{card.shape[0]}"
    )


def _codec_choice(codec: VideoCodec, dtype: torch.dtype) -> BackendChoice:
    return BackendChoice(
        component=CODEC, chosen=f"{codec.name}, {str(dtype).removeprefix('torch.')}", reason="the card names it"
    )
