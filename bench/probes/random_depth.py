"""Learned depth models with random weights, read and run by the program's own estimator, and pictures that move."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np
import torch

from engine.clock import NS_PER_MS
from engine.messages.frame import RgbImage
from engine.preprocess.learned.device import DepthDevice
from engine.preprocess.learned.estimator import LearnedEstimator, load_pictures, load_video
from engine.preprocess.learned.network import Nearness, Network
from engine.preprocess.learned.pictures import PictureNetwork
from engine.preprocess.learned.video import VideoDepth, VideoNetwork, small_config

PICTURES, VIDEO = "pictures", "video"
MODELS: Final = (PICTURES, VIDEO)
"""Depth Anything V2 Small, and Video Depth Anything Small, in whose head it is."""

_SEED: Final = 1
_ROUND: Final = 32
"""Pictures after which the motion comes back to where it began."""
_REACH: Final = 12
"""Radius of that motion, in pixels."""


@dataclass(frozen=True, slots=True)
class RandomDepth:
    """A model on disk.

    Attributes:
        load: makes the network as the program does, on the thread that uses it.
        open: makes it on a device, in the same way.
    """

    name: str
    load: Callable[[], Network]
    open: Callable[[DepthDevice], Network]

    def load_plain(self) -> Network:
        """Make the network as the program does, but for launching every kernel by itself."""
        device = DepthDevice(recorder=lambda _: None)
        device.step_behind()
        return self.open(device)


class TimedNetwork:
    """A network whose calls are timed, result waited for. One thread owns it; others may read `ms`."""

    def __init__(self, network: Network, ms: list[float]) -> None:
        self._network = network
        self._ms = ms

    def see(self, image: RgbImage) -> Nearness:
        begun_ns = time.perf_counter_ns()
        found = self._network.see(image)
        self._ms.append((time.perf_counter_ns() - begun_ns) / NS_PER_MS)
        return found

    def forget(self) -> None:
        self._network.forget()

    def describe(self) -> str:
        return self._network.describe()


def estimator_of(name: str, load: Callable[[], Network], ms: list[float]) -> LearnedEstimator:
    """Return the program's estimator of a network; milliseconds of each call are put into a list."""
    return LearnedEstimator(name, lambda: TimedNetwork(load(), ms))


@contextmanager
def written(*, tiny: bool) -> Iterator[Mapping[str, RandomDepth]]:
    """Write both models' files as they are published, at full size or tiny, for a with-block; by name.

    Raises:
        DepthError: transformers is not installed.
    """
    config = tiny_config() if tiny else small_config()
    from transformers.utils import logging  # small_config has told it if transformers is missing

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    with TemporaryDirectory(prefix="hc-depth-") as place:
        torch.manual_seed(_SEED)
        model = VideoDepth(config)
        draw(model, _SEED)
        folder, file = Path(place) / PICTURES, Path(place) / "video.pth"
        model.spatial.save_pretrained(folder)
        torch.save(model.state_dict(), file)
        yield {
            PICTURES: RandomDepth(
                "depth anything v2 small",
                lambda: load_pictures(folder),
                lambda device: PictureNetwork(folder, device),
            ),
            VIDEO: RandomDepth(
                "video depth anything small",
                lambda: load_video(file, config),
                lambda device: VideoNetwork(file, device, config),
            ),
        }


def tiny_config() -> Any:
    """Return the configuration of a network of the same kind that a CPU runs in milliseconds."""
    small_config()  # tells it if transformers is missing
    import transformers

    library: Any = transformers
    backbone = library.Dinov2Config(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=2, image_size=56, patch_size=14,
        out_features=[f"stage{stage}" for stage in (1, 2, 3, 4)], reshape_hidden_states=False, apply_layernorm=True,
    )  # fmt: skip
    return library.DepthAnythingConfig(
        backbone_config=backbone, patch_size=14, reassemble_hidden_size=32, neck_hidden_sizes=[32, 32, 64, 64],
        fusion_hidden_size=32, head_hidden_size=8, reassemble_factors=[4, 2, 1, 0.5],
    )  # fmt: skip


def draw(model: torch.nn.Module, seed: int) -> None:
    """Draw all weights of products so that what goes through them keeps its size; norms and scales stay."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                inputs = weight.numel() / weight.shape[0]
                weight.copy_(torch.randn(weight.shape, generator=generator) / math.sqrt(inputs))


def moving_pictures(edge: int) -> tuple[RgbImage, ...]:
    """Return pictures [edge, edge, 3] of clouds that move in a circle, a few pixels at a time: no cuts, not blank."""
    wide = edge + 2 * _REACH
    noise = np.random.default_rng(_SEED).normal(size=(wide, wide, 3)).astype(np.float32)
    clouds = cv2.GaussianBlur(noise, (0, 0), wide / 40)
    picture = np.clip(128 + 60 * clouds / clouds.std(), 0, 255).astype(np.uint8)
    found = []
    for number in range(_ROUND):
        angle = 2 * math.pi * number / _ROUND
        x, y = (round(_REACH * (1 + way(angle))) for way in (math.cos, math.sin))
        found.append(np.ascontiguousarray(picture[y : y + edge, x : x + edge]))
    return tuple(found)
