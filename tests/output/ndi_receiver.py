"""An NDI receiver written against ndi-python alone: prints one JSON line per received picture, without end.

Arguments: a part of the source's name; "rgb" to have the library convert, "rgba" with the alpha
behind. Each line: arrival (ns, monotonic), the
source's name, size, frame rate, and the mean (Y, Cb, Cr) or (R, G, B) of the middle of each quadrant: top left, top
right, bottom left, bottom right.
"""

import json
import sys
import time

import NDIlib as ndi
import numpy as np


def find(part: str) -> ndi.Source:
    finder = ndi.find_create_v2(ndi.FindCreate())
    while True:
        ndi.find_wait_for_sources(finder, 500)
        for source in ndi.find_get_current_sources(finder):
            if part in source.ndi_name:
                return source


def quadrants(pixels: np.ndarray, parts: int = 3) -> list[list[float]]:
    """UYVY, uint8 [height, width, 2], or R G B X, uint8 [height, width, 4], to four means."""
    height, width = pixels.shape[:2]
    means = []
    for top in (height // 8, height * 5 // 8):
        for left in (width // 16 * 2, width * 5 // 16 * 2):
            area = pixels[top : top + height // 4, left : left + width // 8 * 2].astype(np.float64)
            if pixels.shape[2] == 4:
                means.append([area[..., part].mean() for part in range(parts)])
                continue
            means.append([area[..., 1].mean(), area[:, 0::2, 0].mean(), area[:, 1::2, 0].mean()])
    return means


def main(part: str, colours: str = "yuv") -> None:
    ndi.initialize()
    source = find(part)
    wish = ndi.RecvCreateV3()
    rgb = colours in ("rgb", "rgba")
    wish.color_format = ndi.RECV_COLOR_FORMAT_RGBX_RGBA if rgb else ndi.RECV_COLOR_FORMAT_FASTEST
    receiver = ndi.recv_create_v3(wish)
    ndi.recv_connect(receiver, source)
    while True:
        kind, video, audio, metadata = ndi.recv_capture_v2(receiver, 1000)
        if kind == ndi.FRAME_TYPE_VIDEO:
            line = {
                "at_ns": time.monotonic_ns(),
                "source": source.ndi_name,
                "size": [video.xres, video.yres],
                "rate": [video.frame_rate_N, video.frame_rate_D],
                "aspect": video.picture_aspect_ratio,
                "colours": quadrants(np.asarray(video.data), 4 if colours == "rgba" else 3),
            }
            ndi.recv_free_video_v2(receiver, video)
            print(json.dumps(line), flush=True)
        elif kind == ndi.FRAME_TYPE_AUDIO:
            ndi.recv_free_audio_v2(receiver, audio)
        elif kind == ndi.FRAME_TYPE_METADATA:
            ndi.recv_free_metadata(receiver, metadata)


if __name__ == "__main__":
    main(*sys.argv[1:])
