"""A request that goes through every stage of a Wan model: what the warm-up plays."""

import numpy as np

from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.wan.parameters import KEEP, PARAMETERS
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.picture_format import PictureFormat


def rehearsal(chunk_frames: int, index: int, picture_format: PictureFormat) -> ChunkRequest:
    """Return the request for the chunk of this index: black pictures, flat depth, every branch in use."""
    image = np.zeros((*picture_format.shape, 3), np.uint8)
    flat = np.zeros(picture_format.shape, np.float32)
    flow = np.zeros((*picture_format.shape, 2), np.float32)
    return ChunkRequest(
        key=ChunkKey(0, 0, index),
        frames=tuple(InputFrame(number, 0, 0, image) for number in range(chunk_frames)),
        control=ControlMap(0, 0, 0, flat, flow),
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values={**PARAMETERS.defaults(), KEEP: 0.5},
        prompt=PromptBlend((("", 1.0),)),
    )
