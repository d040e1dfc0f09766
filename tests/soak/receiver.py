"""Prints the arrival of every picture (ns, monotonic) of the NDI source whose name holds the argument, without end."""

import sys
import time

import NDIlib as ndi

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
            print(time.monotonic_ns(), flush=True)
            ndi.recv_free_video_v2(receiver, video)
        elif kind == ndi.FRAME_TYPE_AUDIO:
            ndi.recv_free_audio_v2(receiver, audio)
        elif kind == ndi.FRAME_TYPE_METADATA:
            ndi.recv_free_metadata(receiver, metadata)


if __name__ == "__main__":
    main(sys.argv[1])
