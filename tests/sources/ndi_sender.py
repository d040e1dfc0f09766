"""An independent NDI sender: python -m tests.sources.ndi_sender FORMAT RATE WxH[,WxH…] NAME…

Sends numbered pictures (tests.sources.mjpeg) under each name until it is killed; of several sizes, each for a second.
With FORMAT=B,B,B,B every pixel has these bytes instead (BGRA=0,255,0,128); a transfer may follow (UYVY=128,143=pq).
"""

import sys
import time

import cv2
import NDIlib as ndi
import numpy as np

from tests.sources.mjpeg import BITS, picture_of


def _packed(image: np.ndarray, layout: str) -> np.ndarray:  # type: ignore[type-arg]
    if layout == "UYVY":  # grey pictures: only luma tells
        packed = np.full((*image.shape[:2], 2), 128, np.uint8)
        packed[..., 1] = np.round(16.0 + image[..., 0] * (219.0 / 255.0))
        return packed
    code = cv2.COLOR_RGB2BGRA if layout.startswith("BGR") else cv2.COLOR_RGB2RGBA
    return np.ascontiguousarray(cv2.cvtColor(image, code))


def main(layout: str, rate: str, sizes: str, *names: str) -> None:
    """Send until killed."""
    assert ndi.initialize()
    senders = []
    for name in names:
        settings = ndi.SendCreate()
        settings.ndi_name = name
        settings.clock_video = False
        while (sender := ndi.send_create(settings)) is None:  # now and then, right after one of the name was killed
            time.sleep(0.1)
        senders.append(sender)
    print("sending", flush=True)
    layout, _, flat = layout.partition("=")
    flat, _, transfer = flat.partition("=")
    fps, number, start = float(rate), 0, time.monotonic()
    shapes = [tuple(int(edge) for edge in size.split("x")) for size in sizes.split(",")]
    while True:
        width, height = shapes[int(number / fps) % len(shapes)]
        if flat:
            pixel = [int(byte) for byte in flat.split(",")]
            pixels = np.empty((height, width, len(pixel)), np.uint8)
            pixels[:] = pixel
        else:
            pixels = _packed(picture_of(number % (1 << BITS), width, height), layout)
        frame = ndi.VideoFrameV2()
        frame.data = pixels
        frame.FourCC = getattr(ndi, f"FOURCC_VIDEO_TYPE_{layout}")
        frame.xres, frame.yres = width, height
        frame.line_stride_in_bytes = pixels.strides[0]
        frame.frame_rate_N, frame.frame_rate_D = round(fps * 1000), 1000
        if transfer:
            frame.metadata = f'<ndi_color_info primaries="bt_2100" transfer="bt_2100_{transfer}" matrix="bt_2100"/>'
        for sender in senders:
            ndi.send_send_video_v2(sender, frame)
        number += 1
        time.sleep(max(start + number / fps - time.monotonic(), 0.0))


if __name__ == "__main__":
    main(*sys.argv[1:])
