"""One running video: a sampler with its cache, the encoders before it and the decoder behind it.

The first latent frame after a cut decodes to one picture where every other decodes to four. A chunk is always of the
same length, so the opening picture is held for the four frames that every other latent has: at 30 frames a second
the cut lands on its frame, and the movement begins a tenth of a second later. Of an opening that is longer than a chunk
the newest pictures are shown, and the movement begins with the cut.
"""

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.transfers import OnHost
from engine.generators.wan import parameters as p
from engine.generators.wan.assembly import WanParts
from engine.generators.wan.cards import FRAMES_PER_LATENT
from engine.generators.wan.codecs.base import CodecStream, StreamSnapshot
from engine.generators.wan.conditioning import DepthVideo, EncoderState, InputVideo, fitted, trust_of
from engine.generators.wan.device.side_stream import SideStream
from engine.generators.wan.model.vace import Control
from engine.generators.wan.quality import denoise_steps
from engine.generators.wan.recipes import ContextKind
from engine.generators.wan.reference import ReferencePicture
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler, SamplerSnapshot, denoise_schedule
from engine.generators.wan.text.embeddings import check_embedding
from engine.generators.wan.text.prompt_morph import PromptRow, choose, embed, find_text, read_in_part
from engine.messages.frame import RgbxImage
from engine.messages.reference import Reference
from engine.steps import under

_LEAST_PAST: Final = 1e-3
"""Attention bias is a logarithm; a thousandth is a past that has all but gone."""

_VARIATION: Final = 0x9E3779B97F4A7C15
"""Odd, so that every variation of every seed is another key (the golden ratio in 64 bits)."""


_SILENCE: Final = PromptBlend(())
"""What a video shows whose first words could not be encoded."""


@dataclass(frozen=True, slots=True)
class ShowState:
    """A running video at a chunk boundary; nobody writes it again.

    Attributes:
        lasts: of the newest chunks, the last decoded frame of the first latent, for a context that is encoded again.
    """

    sampler: SamplerSnapshot
    input: EncoderState
    depth: EncoderState | None
    decoder: StreamSnapshot
    lasts: tuple[Tensor, ...]

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        cache = self.sampler.cache
        context = self.sampler.context
        tensors = [*cache.past, cache.sink_keys, *context.frames, *context.sink, *self.lasts]
        coders = self.input.bytes + (self.depth.bytes if self.depth else 0) + self.decoder.nbytes()
        return sum(tensor.nbytes for tensor in tensors) + coders


@dataclass(frozen=True, slots=True)
class DecodedChunk:
    """A chunk's pictures.

    Attributes:
        left_out: why a prompt was left out, or "".
        in_part: that the prompt it shows is longer than what is read of it, or "".
    """

    images: tuple[RgbxImage, ...]
    left_out: str
    in_part: str


@dataclass(frozen=True, slots=True)
class LaunchedChunk:
    """A chunk whose pictures are on their way, while the device may still work on it.

    Attributes:
        pictures: uint8 [T, H, W, 4], and whether all latents were numbers.
        left_out, in_part: see `DecodedChunk`.
    """

    pictures: OnHost
    left_out: str
    in_part: str


class WanVideo:
    """Makes chunk after chunk. Owned by the engine thread; weights are shared with nobody else's video.

    Args:
        sampler: over the model of the parts.
        side_stream: where a chunk is decoded and copied down, while its block becomes the past. The pictures
            do not wait for that; it goes on while they are shown.
        reference: the picture that videos begin with, encoded; None: a holder of its own.

    Attributes:
        sampler, side_stream: as given; the stream may be changed for another while nothing runs.
    """

    def __init__(
        self,
        parts: WanParts,
        sampler: BlockSampler,
        side_stream: SideStream,
        reference: ReferencePicture | None = None,
    ) -> None:
        card = parts.card
        self._reference = reference or ReferencePicture(parts.codec, card)
        self._parts = parts
        self._recipe = card.recipe
        self.sampler: Final = sampler
        self.side_stream = side_stream
        self._input = InputVideo(parts.codec, card)
        self._depth = DepthVideo(parts.codec, card) if parts.model.vace is not None else None
        self._decoder: CodecStream = parts.codec.open_decoder()
        self._anchors: CodecStream = parts.codec.open_encoder()
        chunks = -(-card.recipe.past_frames // card.recipe.block_frames)
        self._lasts: deque[Tensor] = deque(maxlen=max(chunks, 1))
        self._scale = torch.zeros((), device=parts.model.device)
        self._row = PromptRow()
        self._spoken: PromptBlend | None = None
        self._refused: PromptBlend | None = None
        self._in_part = ""

    def reset(self) -> None:
        """Forget the video: a cut."""
        self.sampler.reset()
        self._input.leave_out()
        if self._depth is not None:
            self._depth.leave_out()
        self._decoder.reset()
        self._lasts.clear()
        self._row = self._row.cleared()

    def state(self) -> ShowState:
        """Copies of everything carried between chunks."""
        return ShowState(
            self.sampler.snapshot(),
            self._input.state(),
            self._depth.state() if self._depth is not None else None,
            self._decoder.snapshot(),
            tuple(self._lasts),
        )

    def restore(self, state: ShowState) -> None:
        """Go on from a state of a show of the same card."""
        self.sampler.restore(state.sampler)
        self._restore_encoders(state.input, state.depth)
        self._decoder.restore(state.decoder)
        self._lasts.clear()
        self._lasts.extend(state.lasts)
        self._row = self._row.cleared()

    def chunk(self, request: ChunkRequest) -> Generator[None, None, DecodedChunk]:
        """Make the next chunk, and pause at every safe point: closed there, everything carried is as before.

        Raises:
            GeneratorError: the chunk could not be made.
        """
        launched = yield from self.launch(request)
        pictures, finite = launched.pictures.wait()
        if not bool(finite):
            raise GeneratorError("The model made values that are no numbers", where=self._parts.card.name)
        images = tuple(fitted(np.asarray(image), self._parts.card.format.shape) for image in pictures.numpy())
        length = self._parts.card.chunk_frames
        return DecodedChunk(
            (*[images[0]] * (length - len(images)), *images[-length:]), launched.left_out, launched.in_part
        )

    def launch(self, request: ChunkRequest) -> Generator[None, None, LaunchedChunk]:
        """The same without waiting for the pictures.

        Pauses: first of all, between the steps of encoding the picture to begin with where that is not done yet, once
        the input is encoded, once the context stands, and after each denoise pass.
        """
        yield  # before anything is encoded
        if (reference := self._begins_with(request)) is not None:
            while not self._reference.advance(reference):
                yield
        row, fault = self._speak(request.prompt)
        before = self._input.state(), self._depth.state() if self._depth is not None else None
        leaving: list[OnHost] = []

        def leave(clean: Tensor) -> None:
            leaving.append(self.side_stream.launch(self._decode, clean))

        @contextmanager
        def styled() -> Iterator[None]:
            self._turn_style(request)  # a chunk of another video may have turned it since the last pause
            yield

        try:  # at its end the block is the past, or will be: the device still works on that
            yield from under(styled, self.sampler.steps(replace(self._block(request), ready=leave)))
        except GeneratorExit:
            self._restore_encoders(*before)
            raise
        self._row = row
        return LaunchedChunk(leaving[0], fault, self._in_part)

    def _decode(self, clean: Tensor) -> OnHost:
        """Clean latents to pictures uint8 [T, H, W, 4] on their way to the host, and whether they were all numbers."""
        frames = self._decoder.push(clean.to(self._parts.codec.decoder.dtype, memory_format=torch.channels_last_3d))
        if self._recipe.context is ContextKind.RECOMPUTE:
            last = frames.shape[2] - FRAMES_PER_LATENT * (self._recipe.block_frames - 1)  # after a cut its only one
            self._lasts.append(frames[:, :, last - 1 : last].clone())
        return OnHost(_rgbx(frames), torch.isfinite(clean).all())

    def opening(self, request: ChunkRequest) -> Generator[None, None, DecodedChunk]:
        """The chunk after a cut; pauses also for its prompt to be encoded.

        Raises:
            GeneratorError: its prompt cannot be encoded, or the chunk could not be made.
        """
        self.reset()
        self._row, self._refused = PromptRow(), None
        while any(find_text(text, self._parts.texts) is None for text, _ in request.prompt.parts):
            yield
        made = yield from self.chunk(request)
        if made.left_out:
            raise GeneratorError(made.left_out)
        return made

    def _speak(self, blend: PromptBlend) -> tuple[PromptRow, str]:
        """Take up the prompt that this chunk shows; the row after it, and why a text was left out."""
        texts = self._parts.texts
        spoken = choose(self._row.joined(blend), texts)
        fault = spoken.fault
        target = spoken.blend
        if target is None and fault is None:
            target = blend  # the very first words of all are waited for
        if target is not None and target not in (self._spoken, self._refused):
            try:
                self._say(target, embed(target, texts))
            except GeneratorError as error:
                self._refused, fault = target, error
        if self._spoken is None:
            dims = self._parts.card.dims
            self._say(_SILENCE, torch.zeros(1, dims.text_len, dims.text_dim))
        return spoken.row, str(fault or "")

    def _say(self, blend: PromptBlend, embedding: Tensor) -> None:
        check_embedding(embedding, self._parts.card.dims)
        self.sampler.set_prompt(embedding, blend)
        self._spoken = blend
        self._in_part = read_in_part(blend, self._parts.texts, self._parts.card.dims.text_len)

    def _block(self, request: ChunkRequest) -> BlockRequest:
        values = request.values
        strength = values[p.STRENGTH] if request.frames else 1.0
        source = first = None
        count = self.sampler.cache.block_frames
        reference = self._begins_with(request)
        if reference is not None:
            strength = 1.0
            if self._recipe.first_frame:
                first = self._reference.of(reference).latents
        elif self._recipe.first_frame and values[p.FIRST] >= 0.5 and request.frames and self.sampler.opens:
            first = self._input.latents(request.frames, count)
            self._input.leave_out()
        if strength < 1.0:
            strength = self._input.strength(strength, request.frames)
        if denoise_schedule(self._recipe, strength)[0].noise < 1.0:
            source = self._input.latents(request.frames, count)
        else:
            self._input.leave_out()
        return BlockRequest(
            key=_varied(request.key, values[p.VARIATION]),
            source=source,
            strength=strength,
            past=max(values[p.PAST] * request.past_bias, _LEAST_PAST),
            first=first,
            control=self._control(request),
            anchor=self._anchor if self._recipe.context is ContextKind.RECOMPUTE else None,
            steps=denoise_steps(self._recipe, request.quality),
        )

    def _begins_with(self, request: ChunkRequest) -> Reference | None:
        """The picture that the block at hand begins a video with."""
        return request.reference if self.sampler.opens and self._reference.usable else None

    def _turn_style(self, request: ChunkRequest) -> None:
        if (live := self._parts.live) is not None:
            live.set_scales([request.values[name] for name in p.LORAS[: live.count]])

    def _control(self, request: ChunkRequest) -> Control | None:
        """The depth branch's input; None, and nothing of it runs, where it is turned off or the map is stale."""
        if self._depth is None:
            return None
        scale = request.values[p.DEPTH] * trust_of(request.control, request.now_ns)
        followed = request.control if scale > 0.0 else None
        branch = self._parts.model.vace
        assert branch is not None
        if (reference := self._begins_with(request)) is not None:
            given = self._reference.of(reference)
            tokens = branch.embed(self._depth.opening(given.latents, given.after, followed))
            return Control(tokens, self._scale.fill_(1.0))  # the picture whole, whatever of the map
        if request.control is None or followed is None:
            self._depth.leave_out()
            return None
        keep, count = request.values[p.KEEP], self.sampler.cache.block_frames
        tokens = branch.embed(self._depth.control(request.control, request.frames, keep, count))
        return Control(tokens, self._scale.fill_(scale))

    def _anchor(self) -> Tensor:
        """The last frame of the oldest latent of the context, as the latent of a single image.

        Krea's server keeps the last 1 + 4·(n − 1) frames for a context of n latents and encodes the first of them
        (release_server.py): picture 3 of a block of twelve, picture 0 of the nine that follow a cut.
        """
        self._anchors.reset()
        latent = self._anchors.push(self._lasts[0])
        return latent if latent.shape[2] else self._anchors.flush()

    def _restore_encoders(self, source: EncoderState, depth: EncoderState | None) -> None:
        self._input.restore(source)
        if self._depth is not None and depth is not None:
            self._depth.restore(depth)


def _varied(key: ChunkKey, variation: float) -> ChunkKey:
    return replace(key, seed=key.seed + round(variation) * _VARIATION)


def _rgbx(frames: Tensor) -> Tensor:
    """Pixels [1, 3, T, H, W] in 0..1 → uint8 [T, H, W, 4]."""
    rgb = frames[0].movedim(0, -1)
    rgbx = torch.full((*rgb.shape[:3], 4), 255, dtype=torch.uint8, device=rgb.device)
    rgbx[..., :3] = rgb.float().mul(255.0).add_(0.5)  # truncated, so rounded
    return rgbx
