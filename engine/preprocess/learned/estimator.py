"""The estimator of a learned depth model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.clock import NS_PER_MS
from engine.errors import DepthError
from engine.folders import models_folder
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.base import DEPTH
from engine.preprocess.compiled.estimator import flow_choice, motion_tracker
from engine.preprocess.filters import SmoothedRange
from engine.preprocess.learned.cards import DepthCard, DepthKind
from engine.preprocess.learned.network import Network
from engine.preprocess.looker import Looker
from engine.preprocess.motion import enlarged

RANGE_NS: Final = 2000 * NS_PER_MS
"""Time constant of the range: seconds, so that an arm towards the camera does not darken the room."""

LOWEST, HIGHEST = 1.0, 99.0
"""Percentiles of nearness that become 0 and 1."""

LEAST_SHARE: Final = 0.1
"""A range narrower than this share of its upper end is a wall, and is not stretched further."""


class LearnedEstimator:
    """Maps of a learned model; the model is read for the first frame.

    Args:
        name: for the screen.
        load: makes the model, on the thread that pushes.
    """

    def __init__(self, name: str, load: Callable[[], Network]) -> None:
        self._name = name
        self._load = load
        self._network: Network | None = None
        self._looker = Looker(motion_tracker())
        self._flow_choice = flow_choice()
        self._range = SmoothedRange(low=LOWEST, high=HIGHEST, least_span=1e-6, least_share=LEAST_SHARE)
        self._map: DepthImage | None = None

    @property
    def name(self) -> str:
        return self._name

    def reset(self) -> None:
        self._looker.reset()
        self._range.reset()
        self._map = None
        if self._network is not None:
            self._network.forget()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        """See DepthEstimator.

        Raises:
            DepthError: the model is not here, cannot be read, or gives numbers that are none.
        """
        network = self._network
        if network is None:
            network = self._network = self._load()
        motion = self._looker.look(frame).motion
        if motion.cut:
            network.forget()
            self._range.reset()
        if self._map is None or motion.cut or not motion.blank:
            nearness = network.see(frame.image)
            if not np.isfinite(float(nearness.sum())):
                network.forget()
                raise DepthError(f"{self._name} gave numbers that are none")
            self._map = self._range.normalise(nearness, motion.weight(RANGE_NS))
        height, width = self._map.shape
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, self._map, enlarged(motion.flow, (height, width)))

    def close(self) -> None:
        """Let go of the model: who is retired is kept until the end of the show."""
        self._network = None

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        network = self._network
        how = "its weights are not read yet" if network is None else network.describe()
        choice = BackendChoice(component=DEPTH, chosen=self._name, reason=how)
        shapes = str(list(self._map.shape)) if self._map is not None else ""
        return (replace(choice, shapes=shapes), self._flow_choice)


def learned_estimator(card: DepthCard) -> LearnedEstimator:
    """Return the estimator of a card's model, whose files are looked for with the first frame."""

    def load() -> Network:
        folder = models_folder()
        card.require_files(folder)
        if card.kind is DepthKind.VIDEO:
            return load_video(card.files[0].path(folder))
        return load_pictures(folder / card.repo)

    return LearnedEstimator(card.label.lower(), load)


def folder_estimator(folder: Path) -> LearnedEstimator:
    """Return the estimator of a model of transformers in a folder."""
    return LearnedEstimator(folder.name, lambda: load_pictures(folder))


def load_pictures(folder: Path) -> Network:
    """Read a model of transformers, on the thread that will use it; see PictureNetwork."""
    from engine.preprocess.learned.device import DepthDevice
    from engine.preprocess.learned.pictures import PictureNetwork

    device = DepthDevice()
    device.step_behind()
    return PictureNetwork(folder, device)


def load_video(file: Path, config: Any = None) -> Network:
    """Read a model that looks back, on the thread that will use it; see VideoNetwork."""
    from engine.preprocess.learned.device import DepthDevice
    from engine.preprocess.learned.video import VideoNetwork

    device = DepthDevice()
    device.step_behind()
    return VideoNetwork(file, device, config)
