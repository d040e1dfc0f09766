"""Prints a line for every picture of the NDI source whose name holds the argument, without end: its arrival (ns,
monotonic) and a checksum of its pixels. It looks for the source again when pictures stop."""

import sys
import time
import zlib

import NDIlib as ndi
import numpy as np

from tests.output.ndi_receiver import find


def main(part: str) -> None:
    ndi.initialize()
    wish = ndi.RecvCreateV3()
    wish.color_format = ndi.RECV_COLOR_FORMAT_FASTEST
    receiver = ndi.recv_create_v3(wish)
    ndi.recv_connect(receiver, find(part))
    while True:
        kind, video, audio, metadata = ndi.recv_capture_v2(receiver, 1000)
        if kind == ndi.FRAME_TYPE_VIDEO:
            seen = np.ascontiguousarray(np.asarray(video.data)[::16, ::16])
            print(time.monotonic_ns(), zlib.crc32(seen), flush=True)
            ndi.recv_free_video_v2(receiver, video)
        elif kind == ndi.FRAME_TYPE_AUDIO:
            ndi.recv_free_audio_v2(receiver, audio)
        elif kind == ndi.FRAME_TYPE_METADATA:
            ndi.recv_free_metadata(receiver, metadata)


if __name__ == "__main__":
    main(sys.argv[1])
