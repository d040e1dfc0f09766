"""The interface of a learned depth model, and how a picture is handed to it."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.documents import read_json
from engine.errors import DepthError
from engine.files import FileKind
from engine.messages.frame import RgbImage

Nearness = npt.NDArray[np.float32]
"""float32 [h, w], greater is nearer, of any range."""

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)


LARGEST_MULTIPLE: Final = 256
"""Pixels that the edges of a picture may have to be a multiple of; those of the known models are 14 to 32."""

_FORM_FILE: Final = FileKind("model's picture form", DepthError)


class Network(Protocol):
    """Sees consecutive pictures. One thread owns it."""

    def see(self, image: RgbImage) -> Nearness:
        """Return how near everything is in a picture of any size, uint8 [h, w, 3]; the map may be smaller."""
        ...

    def forget(self) -> None:
        """Forget the pictures before: the next is of another scene."""
        ...

    def describe(self) -> str:
        """Tell what computes where, e.g. "depth_anything, torch cpu float32, 1 thread"."""
        ...


@dataclass(frozen=True, slots=True)
class PictureForm:
    """How a model wants its picture.

    Attributes:
        mean, deviation: of the channels R, G, B in 0..1.
        multiple: of which its height and width must be.
        edge: the shorter edge that it is brought to at most; None: as it comes.
    """

    mean: tuple[float, float, float] = IMAGENET_MEAN
    deviation: tuple[float, float, float] = IMAGENET_DEVIATION
    multiple: int = 14
    edge: int | None = None

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width that a picture is brought to: the nearest multiples, each on its own."""
        shrink = 1.0 if self.edge is None else min(self.edge / min(height, width), 1.0)
        high, wide = (max(round(length * shrink / self.multiple), 1) * self.multiple for length in (height, width))
        return high, wide

    def formed(self, image: RgbImage) -> Tensor:
        """Return a picture uint8 [h, w, 3] as float32 [1, 3, h', w'] on the CPU."""
        height, width = self.size(*image.shape[:2])
        if image.shape[:2] != (height, width):
            shrinks = height < image.shape[0]
            way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
            image = np.asarray(cv2.resize(image, (width, height), interpolation=way), dtype=np.uint8)
        picture = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).unsqueeze(0).to(torch.float32) / 255
        mean, deviation = (torch.tensor(three).reshape(1, 3, 1, 1) for three in (self.mean, self.deviation))
        return ((picture - mean) / deviation).contiguous()


def form_in(folder: Path, multiple: int, edge: int | None) -> PictureForm:
    """Return the form that a folder's preprocessor_config.json asks for; ImageNet's where it has none.

    Raises:
        DepthError: the file cannot be read.
    """
    path = folder / "preprocessor_config.json"
    if not path.exists():
        return PictureForm(multiple=multiple, edge=edge)
    told = read_json(path, _FORM_FILE)
    try:
        mean, deviation = (_three(told.get(key, usual)) for key, usual in _CHANNELS)
        if not all(deviation):
            raise ValueError("a deviation is 0")
        asked = told.get("ensure_multiple_of") or 1
        if not isinstance(asked, int) or not 1 <= asked <= LARGEST_MULTIPLE:
            raise ValueError(f"ensure_multiple_of is no whole number from 1 to {LARGEST_MULTIPLE}: {asked!r}")
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise DepthError(f"How the model wants its pictures cannot be read: {error}", where=str(path)) from error
    return PictureForm(mean, deviation, max(asked, multiple), edge)


_CHANNELS: Final = (("image_mean", IMAGENET_MEAN), ("image_std", IMAGENET_DEVIATION))


def _three(values: object) -> tuple[float, float, float]:
    if not isinstance(values, list | tuple) or len(values) != 3:
        raise ValueError(f"{values!r} are not three numbers")
    red, green, blue = (float(value) for value in values)
    if not all(map(math.isfinite, (red, green, blue))):
        raise ValueError(f"{values!r} are not three finite numbers")
    return red, green, blue
