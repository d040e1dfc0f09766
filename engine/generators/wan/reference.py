"""The picture that a video begins with, as the model is shown it: encoded once, ahead of the cut that needs it, a
latent frame at a time.

Where a model goes frame by frame, the picture is the first latent frame as it stands (Causal-Forcing, README: "set the
first latent initial frame as your conditional image"). Where it has the depth branch, the branch is told the first
frame: VACE (Jiang et al. 2025), its task "firstframe": the picture in the inactive half with mask 0, then grey with
mask 1, which is dreamt. VACE's own program samples the mask of a latent near its middle, so that of the first at the
frame behind it; here the first latent is given whole, and its mask is 0. What has begun so stays in the sink, where a
recipe has one, for as long as the video lasts.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.transfers import on_device
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.base import MID_GREY
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.conditioning import EncoderState, PictureEncoder, fitted
from engine.messages.reference import Reference
from engine.steps import Work


@dataclass(frozen=True, slots=True)
class ReferenceLatents:
    """A picture, then grey: what an opening block is shown.

    Attributes:
        latents: [1, 16, F, h, w]; after: the encoder behind them, for the blocks that follow.
    """

    latents: Tensor
    after: EncoderState


class ReferencePicture:
    """Keeps the newest picture encoded, for all videos of one generator. Owned by the engine thread.

    Args:
        codec: whose streams are not replayed: each is used once.
    """

    def __init__(self, codec: VideoCodec, card: ModelCard) -> None:
        self._codec = codec
        self._card = card
        self._count: Final = card.recipe.opening_frames
        self._digest = ""
        self._kept: ReferenceLatents | None = None
        self._coming: tuple[str, Work[ReferenceLatents]] | None = None

    @property
    def usable(self) -> bool:
        """Whether the model can begin with a picture."""
        return self._card.recipe.first_frame or self._card.depth_branch

    def of(self, reference: Reference) -> ReferenceLatents:
        """The picture, and as much grey as fills an opening block; what is not encoded yet is encoded now.

        Raises:
            GeneratorError: it is no picture.
        """
        while not self.advance(reference):
            """There is no time to spread it."""
        assert self._kept is not None
        return self._kept

    def advance(self, reference: Reference) -> bool:
        """Do the next step of encoding it; whether it is there. A step reads the picture, or encodes a latent frame.

        Raises:
            GeneratorError: it is no picture.
        """
        digest = reference.digest
        if self._kept is not None and digest == self._digest:
            return True
        coming = self._coming if self._coming is not None and self._coming[0] == digest else None
        work = coming[1] if coming is not None else self._encoded(reference)
        self._coming = None
        try:
            next(work)
        except StopIteration as done:
            self._kept, self._digest = done.value, digest
            return True
        self._coming = digest, work
        return False

    def _encoded(self, reference: Reference) -> Work[ReferenceLatents]:
        encoder = PictureEncoder(self._codec, self._card)
        picture = torch.from_numpy(filling(_pixels(reference), self._card.shape))
        shown = on_device(picture, encoder.device).to(encoder.dtype).div_(255)[None]
        grey = torch.full_like(shown, MID_GREY)
        found = []
        for place in range(self._count):
            yield
            found.append(encoder.encode(grey if place else shown, 1).clone())
        return ReferenceLatents(torch.cat(found, dim=2), encoder.state())


def filling(picture: npt.NDArray[np.uint8], shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The middle of a picture at another height and width; what does not fit in is cut off."""
    share = max(shape[0] / picture.shape[0], shape[1] / picture.shape[1])
    height, width = (min(round(edge / share), limit) for edge, limit in zip(shape, picture.shape[:2], strict=True))
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return fitted(np.ascontiguousarray(picture[top : top + height, left : left + width]), shape)


def _pixels(reference: Reference) -> npt.NDArray[np.uint8]:
    found = cv2.imdecode(np.frombuffer(reference.png, np.uint8), cv2.IMREAD_COLOR)
    if found is None:
        raise GeneratorError("The picture to begin with is damaged", where=reference.file)
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), np.uint8)
