"""MediaPipe's selfie segmentation by OpenCV's dnn.

OpenCV is there already and gives LiteRT's results to 6e-5. LiteRT takes a quarter of its time (3.9 ms against 16) but
59 MB more to install.
"""

from importlib import resources
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import DepthError
from engine.messages.frame import RgbImage

Matte = npt.NDArray[np.float32]
"""float32 [h, w], 0 = ground .. 1 = a person."""

EDGE: Final = 256
"""Of the model's square input and matte. (The landscape model, 256×144, finds less of a figure seen whole.)"""


class PersonModel:
    """Segments one picture at a time. One thread uses it; the model is read for the first (some 20 ms)."""

    def __init__(self) -> None:
        self._net: cv2.dnn.Net | None = None

    def segment(self, image: RgbImage) -> Matte:
        """Return the matte of a picture of any size and shape: float32 [256, 256].

        Raises:
            DepthError: the model cannot be read or run here.
        """
        try:
            net = self._net
            if net is None:
                data = resources.files(__package__).joinpath("selfie.tflite").read_bytes()
                net = self._net = cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))
            # As the model card says: RGB in 0..1, the picture squeezed to the input's size.
            net.setInput(cv2.dnn.blobFromImage(image, 1 / 255, (EDGE, EDGE)))
            found = net.forward()
        except (cv2.error, OSError) as error:
            raise DepthError(f"The model of a person's matte cannot be run: {error}") from error
        return np.clip(np.asarray(found, dtype=np.float32).reshape(EDGE, EDGE), 0.0, 1.0)
