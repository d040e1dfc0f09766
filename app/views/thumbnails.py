"""The small pictures of input and depth."""

from app.models.engine_api import EnginePort
from app.widgets.pictures import Thumbnail, depth_pixels, grey_image, rgb_image

DEPTH_EDGE = 112


class Thumbnails:
    """Keeps two thumbnails at the newest input and depth; asked a few times a second."""

    def __init__(self, port: EnginePort, picture: Thumbnail, depth: Thumbnail) -> None:
        self._port = port
        self._picture = picture
        self._depth = depth
        self._frame_id = -1
        self._map_id = -1

    def refresh(self) -> None:
        """Show what is new."""
        frame = self._port.input_frame()
        if frame is not None and frame.frame_id != self._frame_id:
            self._frame_id = frame.frame_id
            self._picture.show_image(rgb_image(frame.image), frame)
        control = self._port.control_map()
        if control is not None and control.frame_id != self._map_id:
            self._map_id = control.frame_id
            pixels = depth_pixels(control.depth, DEPTH_EDGE)
            self._depth.show_image(grey_image(pixels), pixels)
