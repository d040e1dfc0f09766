"""Depth models of one picture: what transformers' AutoModelForDepthEstimation reads."""

from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from engine.errors import DepthError
from engine.messages.frame import RgbImage
from engine.preprocess.learned.device import DepthDevice
from engine.preprocess.learned.network import Nearness, PictureForm, form_in
from engine.preprocess.learned.recorded import RecordedWork, Tensors

DISTANCES: Final = frozenset({"depth_pro", "glpn", "zoedepth", "prompt_depth_anything"})
"""Kinds of transformers' models that give metres; the others (Depth Anything, DPT) give inverse depth."""

_NEAREST_M: Final = 0.05

RECORDED: Final = frozenset({"depth_anything"})
"""Kinds whose work of a frame is known never to wait for the device, so that it can be recorded. A recording that
breaks off leaves the allocator of older torch (2.11) in a state in which memory is not taken back, the generator's too:
others are not tried."""


def gives_distance(config: Any) -> bool:
    """Return whether a model's numbers grow with distance, by its configuration."""
    return config.model_type in DISTANCES or getattr(config, "depth_estimation_type", "relative") == "metric"


class PictureNetwork:
    """A depth model of transformers. Made on the thread that uses it; takes seconds.

    Args:
        folder: config.json and safetensors, and preprocessor_config.json where it has one.

    Raises:
        DepthError: transformers is not here, or the folder holds no depth model.
    """

    def __init__(self, folder: Path, device: DepthDevice) -> None:
        try:
            from transformers import AutoModelForDepthEstimation
            from transformers.utils import logging
        except ImportError as error:
            raise DepthError(
                "Learned depth needs transformers, which is not installed",
                remedy="Install it with: pip install 'hardcut[wan]'.",
            ) from error
        if not (folder / "config.json").is_file():
            raise DepthError("The folder holds no depth model of transformers", where=str(folder))
        # It would write over the status line, and keep a thread.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            # Only safetensors: other files of weights may run code when they are read.
            model = AutoModelForDepthEstimation.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True, dtype=device.dtype
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            raise DepthError(f"The depth model cannot be read: {reason}", where=str(folder)) from error
        self._model = model.eval().requires_grad_(False).to(device.device)
        self._device = device
        self._distance = gives_distance(model.config)
        known = model.config.model_type in RECORDED
        self._work = RecordedWork(partial(_frame, self._model), device.recorder if known else None)
        self._form = form_in(folder, _patch_of(model.config), device.edge)

    @property
    def form(self) -> PictureForm:
        return self._form

    def see(self, image: RgbImage) -> Nearness:
        with self._device.working():
            found = self._work((self._device.put(self._form.formed(image)),))[0][0]
            nearness = 1.0 / torch.clamp(found.float(), min=_NEAREST_M) if self._distance else found
            return np.asarray(self._device.fetch(nearness).numpy(), dtype=np.float32)

    def forget(self) -> None:
        """Do nothing: every map is one picture's."""

    def describe(self) -> str:
        kind, how = self._model.config.model_type, self._work.describe()
        if self._device.recorder is not None and not self._work.recordable:
            how = f"kernels launched one by one: graphs are for {', '.join(sorted(RECORDED))}"
        return ", ".join((kind, self._device.describe(), *filter(None, (how,))))


def _frame(model: Any, inputs: Tensors) -> Tensors:
    """From a picture to what the model predicts of it."""
    (picture,) = inputs
    found: Tensor = model(pixel_values=picture).predicted_depth
    return (found,)


def _patch_of(config: Any) -> int:
    """The multiple that height and width must be: the patch of the backbone, 32 where none is told."""
    for owner in (config, getattr(config, "backbone_config", None)):
        patch = getattr(owner, "patch_size", None)
        if isinstance(patch, int) and patch > 1:
            return patch
    return 32
