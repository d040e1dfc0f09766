"""An NDI sender that knows nothing of Hardcut: numbered pictures over a moving background, at a steady rate.

Ends when its standard input does; its last line is JSON: {"sent_ns": [when picture 0, 1, 2 … was handed to NDI]}.
"""

import argparse
import json
import sys
import time

import NDIlib as ndi
import numpy as np
import numpy.typing as npt

from bench.harness.picture_code import draw
from bench.harness.processes import input_closed
from engine.clock import NS_PER_SECOND

STEP = 2
"""Pixels that the background moves per picture."""


def background(width: int, height: int) -> npt.NDArray[np.uint8]:
    """RGBX [height, width, 4], seamless when rolled: soft stripes with texture enough to tell its motion."""
    x = np.linspace(0, 2 * np.pi, width, endpoint=False)[None, :]
    y = np.linspace(0, 2 * np.pi, height, endpoint=False)[:, None]
    picture = np.full((height, width, 4), 255, np.uint8)
    for channel, (across, down) in enumerate(((3, 2), (5, 1), (2, 4))):
        picture[..., channel] = np.rint(120 + 60 * np.sin(across * x + down * y) + 30 * np.sin(11 * x) * np.cos(7 * y))
    return picture


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--width", type=int, default=448)
    parser.add_argument("--height", type=int, default=448)
    parser.add_argument("--fps", type=int, default=30)
    options = parser.parse_args()
    closed = input_closed()
    settings = ndi.SendCreate()
    settings.ndi_name, settings.clock_video, settings.clock_audio = options.name, False, False
    sender = ndi.send_create(settings)
    scenery = background(options.width, options.height)
    pictures = [scenery.copy(), scenery.copy()]  # the one in flight stays untouched
    frame = ndi.VideoFrameV2()
    frame.FourCC = ndi.FOURCC_VIDEO_TYPE_RGBX
    frame.frame_rate_N, frame.frame_rate_D = options.fps, 1
    sent_ns: list[int] = []
    start_ns = time.monotonic_ns()
    while not closed.is_set():
        number = len(sent_ns)
        picture = pictures[number % 2]
        picture[:] = np.roll(scenery, number * STEP % options.width, axis=1)
        draw(number, picture)
        due_ns = start_ns + number * NS_PER_SECOND // options.fps
        closed.wait(max(due_ns - time.monotonic_ns(), 0) / NS_PER_SECOND)
        frame.data = picture
        sent_ns.append(time.monotonic_ns())
        ndi.send_send_video_v2(sender, frame)
    ndi.send_destroy(sender)
    sys.stdout.write(json.dumps({"sent_ns": sent_ns}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
