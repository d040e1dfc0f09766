"""Images as they walk through the program. Layout, dtype and range are told by the type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FRAME_SIZE: Final = 448
"""Edge of the square format's picture, in pixels; those of the others: see picture_format."""

RgbImage = npt.NDArray[np.uint8]
"""uint8 [h, w, 3], of a PictureFormat's shape; R G B, full range 0..255, C-contiguous."""

RgbxImage = npt.NDArray[np.uint8]
"""uint8 [h, w, 4], of a PictureFormat's shape; R G B and an opaque fourth byte of 255, full range, C-contiguous."""

DepthImage = npt.NDArray[np.float32]
"""float32 [h, w], 0 = far .. 1 = near; any size, of the picture's proportions."""

Skeletons = npt.NDArray[np.float32]
"""float32 [people, 18, 3]: x and y as shares of the picture's width and height, and whether it is seen (0 or 1), of
OpenPose's 18 points of the body (Cao et al. 2017): nose, neck; shoulder, elbow and wrist of the right and of the left
arm; hip, knee and ankle of the right and of the left leg; right and left eye; right and left ear. Sides are theirs."""

FlowField = npt.NDArray[np.float32]
"""float32 [h, w, 2], motion in x and y from one input frame to the next, in fractions of the picture's edge."""


@dataclass(frozen=True, slots=True)
class InputFrame:
    """One picture from a source, already fitted to the show's format. Its arrays are never written again.

    Attributes:
        frame_id: counts up by one per delivered frame, never restarts within a run.
        capture_ns: when the picture was captured or received, on the shared monotonic clock.
        source_serial: counts source openings and changes of format; frames of two sources or formats never share it.
        image: RgbImage.
        true_depth: the source's own depth where it knows it (the built-in stage), else None.
        true_pose: works out the people in it where the source knows them (the stage), else None. Any thread may
            call it, and gets the same each time; it takes half a millisecond, which only who draws them should pay.
    """

    frame_id: int
    capture_ns: int
    source_serial: int
    image: RgbImage
    true_depth: DepthImage | None = None
    true_pose: Callable[[], Skeletons] | None = None


@dataclass(frozen=True, slots=True)
class ControlMap:
    """What the depth worker knows about one input frame.

    Attributes:
        frame_id: the input frame it was made from.
        capture_ns: that frame's capture time.
        ready_ns: when the map was finished; its age at any moment is now - capture_ns.
        depth: DepthImage.
        flow: FlowField, the motion that led to this frame; the same height and width as depth.
        drawing: a map that is more than grey, as a model that was trained on it wants it: uint8 [h, w, 3]; depth is its
            luma then. None: depth is all there is.
    """

    frame_id: int
    capture_ns: int
    ready_ns: int
    depth: DepthImage
    flow: FlowField
    drawing: RgbImage | None = None


@dataclass(frozen=True, slots=True)
class OutputFrame:
    """One generated picture on its way to the output.

    Attributes:
        epoch: the scene epoch (counts hard cuts); queues discard frames of an older epoch.
        chunk_index: the chunk it belongs to, counted from the engine's start.
        position: its place in the chunk, from 0.
        capture_ns: capture time of the input frame that shaped it (0: none did).
        period_ns: how long it is meant to be seen (content rate, not production rate).
        image: RgbxImage.
    """

    epoch: int
    chunk_index: int
    position: int
    capture_ns: int
    period_ns: int
    image: RgbxImage
