"""An NDI receiver that knows nothing of Hardcut: connects to a source by a part of its name, takes every picture.

Ends when its standard input does; its last line is JSON: {"received_ns": [...], "numbers": [... or null], "colours":
[[u, v], ...], "small": [[y, ...], ...]}, the numbers as read from the pictures with --read, the mean chroma of each
with --colours, how far luminance spreads in each of its 8×8 tiles with --small.
"""

import argparse
import json
import sys
import time
from typing import Any

import NDIlib as ndi
import numpy as np

from bench.harness.picture_code import read
from bench.harness.processes import input_closed

CAPTURE_MS = 100
SEARCH_MS = 200
TILES = 8


def find(finder: Any, part: str) -> Any:
    """Return the source whose name contains `part`, or None."""
    ndi.find_wait_for_sources(finder, SEARCH_MS)
    return next((source for source in ndi.find_get_current_sources(finder) if part in source.ndi_name), None)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--read", action="store_true")
    parser.add_argument("--colours", action="store_true")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    closed = input_closed()
    finder = ndi.find_create_v2()
    source = None
    while source is None and not closed.is_set():
        source = find(finder, options.source)
    settings = ndi.RecvCreateV3()
    settings.color_format = ndi.RECV_COLOR_FORMAT_UYVY_BGRA
    settings.bandwidth = ndi.RECV_BANDWIDTH_HIGHEST
    settings.allow_video_fields = False
    receiver = ndi.recv_create_v3(settings)
    if source is not None:
        ndi.recv_connect(receiver, source)
    received_ns: list[int] = []
    numbers: list[int | None] = []
    colours: list[tuple[float, float]] = []
    small: list[list[float]] = []
    while not closed.is_set():
        kind, video, _, _ = ndi.recv_capture_v2(receiver, CAPTURE_MS, True, False, False)
        if kind != ndi.FRAME_TYPE_VIDEO:
            continue
        received_ns.append(time.monotonic_ns())
        if options.read:
            # UYVY: every second byte is luminance.
            lines = np.asarray(video.data).reshape(video.yres, -1)[:, : video.xres * 2]
            numbers.append(read(lines[:, 1::2]))
        if options.colours:
            pairs = np.asarray(video.data).reshape(video.yres, -1)[::8, : video.xres * 2].reshape(-1, 4)
            colours.append((float(pairs[:, 0].mean()), float(pairs[:, 2].mean())))
        if options.small:
            bright = np.asarray(video.data).reshape(video.yres, -1)[:, 1 : video.xres * 2 : 2]
            high, wide = bright.shape[0] // TILES, bright.shape[1] // TILES
            tiles = bright[: TILES * high, : TILES * wide].reshape(TILES, high, TILES, wide).astype(np.float32)
            small.append([round(float(spread), 2) for spread in tiles.std((1, 3)).ravel()])
        ndi.recv_free_video_v2(receiver, video)
    ndi.recv_destroy(receiver)
    ndi.find_destroy(finder)
    document = {"received_ns": received_ns, "numbers": numbers, "colours": colours, "small": small}
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
