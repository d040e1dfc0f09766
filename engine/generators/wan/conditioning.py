"""What a request shows the model: input frames and depth as latents, each through an encoder state of its own.

The first latent frame of a video stands for one video frame, every other for four. A Wan encoder therefore takes
1 + 4 + 4 frames for the first block where later blocks take 12: of the first chunk's frames the newest are used, so
that the encoder is never behind. The tiny encoder takes 4 + 4 + 4 from the start. Where a video begins with a block
longer than a chunk, the chunk's oldest frame stands for those before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.clock import NS_PER_MS
from engine.generators.transfers import on_device
from engine.generators.wan.cards import FRAMES_PER_LATENT, ModelCard
from engine.generators.wan.codecs.base import MID_GREY, CodecStream, StreamSnapshot
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.latent_space import denormalise
from engine.generators.wan.dims import CONTROL_CHANNELS, LATENT_CHANNELS
from engine.generators.wan.kept_source import kept_by, mask_channels, shown, source_of
from engine.generators.wan.model.vace import depth_control
from engine.generators.wan.motion_noise import MotionState, noise_in_motion
from engine.messages.frame import ControlMap, InputFrame

_FRESH_NS: Final = 300 * NS_PER_MS
_STALE_NS: Final = 1500 * NS_PER_MS
"""A control map counts in full up to the first age and no longer from the second on: the dancer is elsewhere."""

_MOST_GREY_BLOCKS: Final = 32
"""Blocks of a still picture that are encoded at most until their encoding no longer changes: what an encoder
remembers ends with its receptive field, at block 3 of the tiny encoder and block 7 of Wan's."""


@dataclass(frozen=True, slots=True)
class EncoderState:
    """Where a stream of pictures is.

    Attributes:
        stream: None before its first picture; latents: how many it has given; depth: the last map.
        motion: of the source, where noise depends on it; kept: the stream of what of the source stays.
    """

    stream: StreamSnapshot | None = None
    latents: int = 0
    depth: npt.NDArray[np.float32] | None = None
    motion: MotionState | None = None
    kept: "EncoderState | None" = None

    @property
    def bytes(self) -> int:
        own = (self.stream.nbytes() if self.stream else 0) + (self.depth.nbytes if self.depth is not None else 0)
        return own + (self.kept.bytes if self.kept else 0)


class PictureEncoder:
    """One video on its way into latents: pushes of a block's frames, aligned so that each gives one block.

    Attributes:
        latents: how many it gave since the video began.
    """

    def __init__(self, codec: VideoCodec, card: ModelCard) -> None:
        self._stream: CodecStream = codec.open_encoder()
        self._surplus = FRAMES_PER_LATENT - codec.encoder.groups[0]
        self._block = card.recipe.block_frames
        self.device: Final = codec.encoder.device
        self.dtype: Final = codec.encoder.dtype
        self.shape: Final = card.shape
        self.latents = 0

    def encode(self, video: Tensor, latents: int = 0) -> Tensor:
        """[T, *shape, 3] in 0..1, T the frames of a chunk, in the codec's type on its device → [1, 16, F, h, w].

        Args:
            latents: F, of the block at hand; 0: of any but a first one.
        """
        latents = latents or self._block
        video = filled(video, FRAMES_PER_LATENT * latents)
        if not self.latents:
            video = video[self._surplus :]
        self.latents += latents
        return self._stream.push(video.permute(3, 0, 1, 2).unsqueeze(0))

    def encode_grey(self, latents: int = 0) -> Tensor:
        """The same of a video without content: zero in the model's own -1..1."""
        grey = torch.full((1, *self.shape, 3), MID_GREY, device=self.device, dtype=self.dtype)
        return self.encode(grey, latents)

    def reset(self) -> None:
        """The next picture begins a video."""
        if self.latents:
            self._stream.reset()
            self.latents = 0

    def state(self) -> EncoderState:
        return EncoderState(self._stream.snapshot(), self.latents) if self.latents else EncoderState()

    def restore(self, state: EncoderState) -> None:
        if state.stream is None:
            self.reset()
        else:
            self._stream.restore(state.stream)
            self.latents = state.latents


def filled(video: Tensor, frames: int) -> Tensor:
    """A video [T, ...] of so many frames, T or more: the oldest stands for those before it."""
    missing = frames - len(video)
    return torch.cat((video[:1].expand(missing, *video.shape[1:]), video)) if missing else video


class InputVideo:
    """The source's pictures, for video-to-video."""

    def __init__(self, codec: VideoCodec, card: ModelCard) -> None:
        self._encoder = PictureEncoder(codec, card)
        self._noise = card.recipe.source
        self._motion: MotionState | None = None
        self._raw = denormalise() if self._noise is not None and self._noise.raw else None
        if self._raw is not None:
            self._raw.materialise(self._encoder.device, torch.float32)

    def strength(self, wanted: float, frames: Sequence[InputFrame]) -> float:
        """How much noise the frames are given: what is wanted, less in fast motion where the recipe says so."""
        if self._noise is None or not self._noise.motion or not frames:
            return wanted
        noise, self._motion = noise_in_motion(wanted, frames, self._noise.motion, self._motion)
        return noise

    def latents(self, frames: Sequence[InputFrame], count: int = 0) -> Tensor:
        """The block that the frames are; mid-grey where there are none yet. count: see `PictureEncoder.encode`."""
        latents = self._encode(frames, count)
        return latents if self._raw is None else self._raw.forward(latents.float())

    def leave_out(self) -> None:
        """Nothing is asked of it: it begins anew when it is."""
        self._encoder.reset()
        self._motion = None

    def state(self) -> EncoderState:
        return replace(self._encoder.state(), motion=self._motion)

    def restore(self, state: EncoderState) -> None:
        self._encoder.restore(state)
        self._motion = state.motion

    def _encode(self, frames: Sequence[InputFrame], count: int) -> Tensor:
        if not frames:
            return self._encoder.encode_grey(count)
        pictures = torch.from_numpy(np.stack([fitted(frame.image, self._encoder.shape) for frame in frames]))
        return self._encoder.encode(on_device(pictures, self._encoder.device).to(self._encoder.dtype).div_(255), count)


class DepthVideo:
    """The control maps as a video for the depth branch.

    There is one map per chunk, so the frames of a chunk glide from the last chunk's map to the newest.
    """

    def __init__(self, codec: VideoCodec, card: ModelCard) -> None:
        self._encoder = PictureEncoder(codec, card)
        self._last: npt.NDArray[np.float32] | None = None
        grid, block = card.grid, card.recipe.block_frames
        device, dtype = codec.encoder.device, codec.encoder.dtype
        self._outs = {
            frames: torch.zeros((1, CONTROL_CHANNELS, frames, grid.height, grid.width), device=device, dtype=dtype)
            for frames in {block, card.recipe.opening_frames}
        }
        self._block = block
        self._shares = torch.linspace(0.0, 1.0, card.chunk_frames + 1, device=device)[1:, None, None, None]
        self._inactive = torch.cat(grey_blocks(self._encoder), dim=2)
        self._kept = PictureEncoder(codec, card)

    def control(
        self, control: ControlMap, frames: Sequence[InputFrame] = (), keep: float = 0.0, count: int = 0
    ) -> Tensor:
        """What the branch is to follow: [1, 96, F, h, w], overwritten by the next call.

        Args:
            frames: of the source, one for each of the chunk's; keep: how much of them stays, the nearest first, 0..1.
            count: F, of the block at hand; 0: of any but a first one.
        """
        count = count or self._block
        newest = _in_channels(control, self._encoder.shape)
        last = newest if self._last is None else self._last
        last = last if last.shape == newest.shape else newest  # from grey to colour nothing glides
        ends = on_device(torch.from_numpy(np.stack((last, newest))), self._encoder.device)
        glide = torch.lerp(ends[0], ends[1], self._shares).to(self._encoder.dtype)
        self._last = newest
        if keep > 0.0 and len(frames) == len(glide):
            return self._keeping(glide, frames, keep, count)
        if 0 < self._kept.latents < self._inactive.shape[2]:  # what was there still shows in what is grey now
            inactive = self._kept.encode_grey(count).clone()
            depth = self._encoder.encode(glide.expand(-1, -1, -1, 3), count)
            return depth_control(depth[:, :LATENT_CHANNELS], inactive[:, :LATENT_CHANNELS], self._outs[count])
        self._kept.reset()
        start = min(self._encoder.latents, self._inactive.shape[2] - count)
        depth = self._encoder.encode(glide.expand(-1, -1, -1, 3), count)
        inactive = self._inactive[:, :, start : start + count]
        return depth_control(depth[:, :LATENT_CHANNELS], inactive, self._outs[count])

    def opening(self, first: Tensor, after: EncoderState, control: ControlMap | None) -> Tensor:
        """What the branch is to follow in the block that begins a video with a picture: [1, 96, F, h, w].

        The first latent frame is that of the picture, mask 0; the others follow the map.

        Args:
            first: latents of the picture and of grey behind it, [1, 16, F, h, w]; after: the encoder behind them.
            control: the map that the others follow; None: none.
        """
        self.leave_out()
        count = first.shape[2]
        depth = self._inactive[:, :, :count]
        if control is not None:
            self._last = newest = _in_channels(control, self._encoder.shape)
            maps = torch.from_numpy(newest).to(self._encoder.device, self._encoder.dtype)
            video = maps.expand(FRAMES_PER_LATENT * count, *maps.shape[:2], 3).clone()
            video[:FRAMES_PER_LATENT] = MID_GREY
            depth = self._encoder.encode(video, count)
            self._kept.restore(after)
        out = depth_control(depth[:, :LATENT_CHANNELS], first[:, :LATENT_CHANNELS], self._outs[count])
        out[:, 2 * LATENT_CHANNELS :, :1] = 0.0
        return out

    def leave_out(self) -> None:
        """Nothing is asked of it: it begins anew when it is."""
        self._encoder.reset()
        self._kept.reset()
        self._last = None

    def state(self) -> EncoderState:
        kept = self._kept.state() if self._kept.latents else None
        return replace(self._encoder.state(), depth=self._last, kept=kept)

    def restore(self, state: EncoderState) -> None:
        self._encoder.restore(state)
        self._kept.restore(state.kept or EncoderState())
        self._last = state.depth

    def _keeping(self, maps: Tensor, frames: Sequence[InputFrame], keep: float, count: int) -> Tensor:
        shape = self._encoder.shape
        kept = kept_by(maps.mean(dim=-1), keep)
        pictures = [fitted(frame.image, shape) for frame in frames]
        inactive = self._kept.encode(source_of(pictures, kept, self._encoder.dtype), count).clone()
        depth = self._encoder.encode(shown(maps, kept), count)
        out = depth_control(depth[:, :LATENT_CHANNELS], inactive[:, :LATENT_CHANNELS], self._outs[count])
        out[0, 2 * LATENT_CHANNELS :].copy_(mask_channels(filled(kept, FRAMES_PER_LATENT * count)))
        return out


def _in_channels(control: ControlMap, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A map at the model's size in 0..1: its drawing [*shape, 3] where it has one, else grey [*shape, 1]."""
    if control.drawing is not None:
        return np.multiply(fitted(control.drawing, shape), np.float32(1 / 255), dtype=np.float32)
    resized = cv2.resize(control.depth, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(np.nan_to_num(resized), 0.0, 1.0), np.float32)[..., None]


def grey_blocks(encoder: PictureEncoder) -> list[Tensor]:
    """The encoding of a video without content, block by block; from the last one on it stays as it is.

    The encoder begins anew behind it.
    """
    encoder.reset()
    blocks = [encoder.encode_grey().clone()]
    while len(blocks) < _MOST_GREY_BLOCKS:
        newest = encoder.encode_grey().clone()
        if torch.equal(newest, blocks[-1]):
            break
        blocks.append(newest)
    encoder.reset()
    return blocks


def trust_of(control: ControlMap | None, now_ns: int) -> float:
    """How far a control map can be followed at its age: 1 fresh, 0 stale or not there."""
    if control is None:
        return 0.0
    age_ns = now_ns - control.capture_ns
    return min(max((_STALE_NS - age_ns) / (_STALE_NS - _FRESH_NS), 0.0), 1.0)


def fitted(image: npt.NDArray[np.uint8], shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A picture at another height and width; itself where it has them already."""
    if image.shape[:2] == shape:
        return image
    method = cv2.INTER_AREA if image.shape[0] > shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, shape[::-1], interpolation=method), np.uint8)
