"""Video Depth Anything (Chen et al. 2025): Depth Anything V2 with attention over time in its head, a frame at a time.

Published for whole clips, where a frame also sees later ones. Here a frame sees itself and the 31 before it, whose
hidden states are kept from call to call: what the model gives of a clip whose frames see no later ones.
"""

import pickle
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import DepthError
from engine.messages.frame import RgbImage
from engine.preprocess.learned.device import DepthDevice
from engine.preprocess.learned.network import Nearness, PictureForm
from engine.preprocess.learned.recorded import RecordedWork, Tensors
from engine.preprocess.learned.temporal import ATTENTIONS, WINDOW, Past, TimeModule, nothing_yet
from engine.preprocess.learned.video_names import renamed

_SMALL_STAGES: Final = (3, 6, 9, 12)


def small_config() -> Any:
    """Return the configuration of the Small model: that of Depth Anything V2 Small.

    Raises:
        DepthError: transformers is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise DepthError(
            "Learned depth needs transformers, which is not installed",
            remedy="Install it with: pip install 'hardcut[wan]'.",
        ) from error
    library: Any = transformers  # its configurations take more than their types say
    backbone = library.Dinov2Config(
        hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=518, patch_size=14,
        out_features=[f"stage{stage}" for stage in _SMALL_STAGES], reshape_hidden_states=False, apply_layernorm=True,
    )  # fmt: skip
    return library.DepthAnythingConfig(
        backbone_config=backbone, patch_size=14, reassemble_hidden_size=384, neck_hidden_sizes=[48, 96, 192, 384],
        fusion_hidden_size=64, head_hidden_size=32, reassemble_factors=[4, 2, 1, 0.5],
    )  # fmt: skip


class VideoDepth(nn.Module):
    """The model; its parts of one picture are those of transformers' Depth Anything.

    Args:
        config: a DepthAnythingConfig.
    """

    def __init__(self, config: Any) -> None:
        super().__init__()
        from transformers import DepthAnythingForDepthEstimation

        self.spatial = DepthAnythingForDepthEstimation(config)
        coarse, fused = config.neck_hidden_sizes[2:], config.fusion_hidden_size
        self.temporal = nn.ModuleList(TimeModule(channels) for channels in (*coarse, fused, fused))
        self._patch = int(config.patch_size)

    def nothing_yet(self) -> tuple[Past, ...]:
        """What it remembers before the first frame of a scene."""
        return nothing_yet([module for module in self.temporal if isinstance(module, TimeModule)])

    def forward(
        self, frames: Tensor, past: tuple[Past, ...] | None = None, *, causal: bool = True
    ) -> tuple[Tensor, tuple[Past, ...]]:
        """Inverse depth of consecutive frames, and what to remember of them.

        Args:
            frames: [t, 3, h, w], h and w multiples of the patch, t and what is remembered up to the window together.
            past: what was remembered of the frames before; None: nothing.
            causal: no frame sees later ones; False: as it is published, for whole clips.

        Returns:
            [t, h, w], and what the next call is to be given.
        """
        spatial, kept = self.spatial, list[Past]()
        before = past or self.nothing_yet()
        high, wide = (length // self._patch for length in frames.shape[2:])

        def through_time(index: int, x: Tensor) -> Tensor:
            found, seen = self.temporal[index](x, before[index], causal)
            kept.append(seen)
            return found  # type: ignore[no-any-return]

        stages = list(spatial.neck.reassemble_stage(spatial.backbone(frames).feature_maps, high, wide))
        stages[2], stages[3] = through_time(0, stages[2]), through_time(1, stages[3])
        fine, middle, coarse, coarsest = (conv(x) for conv, x in zip(spatial.neck.convs, stages, strict=True))
        fuse = spatial.neck.fusion_stage.layers
        x = through_time(2, fuse[0](coarsest, size=coarse.shape[2:]))
        x = through_time(3, fuse[1](x, coarse, size=middle.shape[2:]))
        x = fuse[3](fuse[2](x, middle, size=fine.shape[2:]), fine)
        return spatial.head([x] * len(fuse), high, wide), tuple(kept)


class VideoNetwork:
    """Video Depth Anything on a stream of frames. Made on the thread that uses it; takes seconds.

    Args:
        file: the weights as they are published (a file of torch, of which only tensors are read).

    Raises:
        DepthError: the file is none of this model, or transformers is not installed.
    """

    def __init__(self, file: Path, device: DepthDevice, config: Any = None) -> None:
        config = config or small_config()
        model = VideoDepth(config)
        load_video_weights(model, file)
        self._model = model.eval().requires_grad_(False).to(device.device, device.dtype)
        self._device = device
        self._form = PictureForm(multiple=int(config.patch_size), edge=device.edge)
        self._plain = partial(_frame, self._model)
        self._work = RecordedWork(self._plain, device.recorder)
        self._past: Tensors = ()
        self._size: torch.Size | None = None

    def see(self, image: RgbImage) -> Nearness:
        with self._device.working():
            picture = self._device.put(self._form.formed(image))
            if picture.shape != self._size:
                self._past, self._size = (), picture.shape
                if self._work.recordable:
                    self._record(picture)
            # Only a full past has shapes that stay.
            full = bool(self._past) and self._past[0].shape[1] == WINDOW - 1
            found, *past = (self._work if full else self._plain)((picture, *self._past))
            self._past = tuple(past)
            return np.asarray(self._device.fetch(found[0]).numpy(), dtype=np.float32)

    def forget(self) -> None:
        self._past = ()

    def describe(self) -> str:
        how = self._work.describe()
        return ", ".join(("video depth anything", self._device.describe(), *filter(None, (how,))))

    def _record(self, picture: Tensor) -> None:
        """Record the work with a full past, of the first picture over and over: it is told with the first map."""
        _, *past = self._plain((picture,))
        self._work((picture, *(one.repeat(1, WINDOW - 1, 1) for one in past)))


def _frame(model: VideoDepth, inputs: Tensors) -> Tensors:
    """From a picture and all that is remembered, module by module, to the map and what to remember."""
    picture, *past = inputs
    grouped = tuple(tuple(past[at : at + ATTENTIONS]) for at in range(0, len(past), ATTENTIONS))
    found, kept = model(picture, grouped or None)
    return (found, *(one for module in kept for one in module if one is not None))


def load_video_weights(model: VideoDepth, file: Path) -> None:
    """Read published weights into the model.

    Raises:
        DepthError: the file cannot be read, or tensors are missing or have no place; they are named.
    """
    try:
        model.load_state_dict(renamed(torch.load(file, map_location="cpu", weights_only=True)))
    except pickle.UnpicklingError as error:  # its own words advise to run what the file holds
        raise DepthError("These are no weights of Video Depth Anything Small", where=str(file)) from error
    except (OSError, RuntimeError, KeyError, ValueError, AttributeError, EOFError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DepthError(f"These are no weights of Video Depth Anything Small: {reason}", where=str(file)) from error
