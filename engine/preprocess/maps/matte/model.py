"""MediaPipe's selfie segmentation by OpenCV's dnn.

OpenCV is there already and gives LiteRT's results to 6e-5. LiteRT takes 3.9 ms but 59 MB more to install.
"""

from importlib import resources
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import DepthError
from engine.messages.frame import RgbImage
from engine.preprocess.maps.matte.trimmed import last_layers, without_last_layers

Matte = npt.NDArray[np.float32]
"""float32 [h, w], 0 = ground .. 1 = a person."""

EDGE: Final = 256
"""Of the model's square input and matte. (The landscape model, 256×144, finds less of a figure seen whole.)"""

_WIDENING: Final = "segment"
"""The model's last but one layer."""


class PersonModel:
    """Segments one picture at a time. One thread uses it; the model is read for the first (some 40 ms)."""

    def __init__(self) -> None:
        self._net: cv2.dnn.Net | None = None
        self._weights = np.zeros((0, 2, 2), np.float32)
        self._bias = 0.0
        self._last = ""

    def segment(self, image: RgbImage) -> Matte:
        """Return the matte of a picture of any size and shape: float32 [256, 256].

        Raises:
            DepthError: the model cannot be read or run here.
        """
        try:
            net = self._net or self._read()
            # As the model card says: RGB in 0..1, the picture squeezed to the input's size.
            small = cv2.resize(image, (EDGE, EDGE), interpolation=cv2.INTER_LINEAR)
            net.setInput(cv2.dnn.blobFromImage(small, 1 / 255))
            features = np.asarray(net.forward(self._last), dtype=np.float32)[0]
        except (cv2.error, OSError, ValueError) as error:
            raise DepthError(f"The model of a person's matte cannot be run: {error}") from error
        return last_layers(features, self._weights, self._bias)

    def _read(self) -> cv2.dnn.Net:
        data = resources.files(__package__).joinpath("selfie.tflite").read_bytes()
        whole = cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))
        weights, bias = whole.getLayer(whole.getLayerId(_WIDENING)).blobs
        self._weights = np.asarray(weights, dtype=np.float32).reshape(-1, 2, 2)
        self._bias = float(np.asarray(bias).ravel()[0])
        net = cv2.dnn.readNetFromTFLite(np.frombuffer(without_last_layers(data), np.uint8))
        self._net, self._last = net, net.getLayerNames()[-1]
        return net
