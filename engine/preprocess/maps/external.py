"""The source is the control map: rigs that send depth or drawings of their own."""

import numpy as np

from engine.messages.frame import DepthImage
from engine.preprocess.maps.drawn import DrawingInput
from engine.preprocess.maps.format import EXTERNAL_FORMAT, MapFormat
from engine.preprocess.motion import luma_of


class ExternalDrawing:
    """The picture's luma at its own size."""

    @property
    def format(self) -> MapFormat:
        return EXTERNAL_FORMAT

    def forget(self) -> None:
        """Do nothing: every map is one picture's."""

    def draw(self, picture: DrawingInput) -> DepthImage:
        return np.asarray(luma_of(picture.image).astype(np.float32) / np.float32(255), dtype=np.float32)
