"""NDI out. NDI® is a registered trademark of Vizrt NDI AB (https://ndi.video).

A thin, owning layer over ndi-python: that binding neither checks the buffers it is given nor the
handles it is called with, so both are kept and checked here.
"""

import importlib
from typing import Any

from engine.errors import OutputError
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.sinks.base import SinkStatus


def hindrance() -> str:
    """Return why NDI cannot be sent from here, as a sentence; "" where it can."""
    try:
        importlib.import_module("NDIlib")
    except (ImportError, OSError) as error:
        return f"The NDI library cannot be loaded ({error}). Install the package ndi-python."
    return ""


class NdiSink:
    """One NDI sender, made once and destroyed once.

    Frames are sent synchronously (the call compresses, some 1.3 ms at 896×896, and the buffer is then
    free again): the sink has a thread of its own, so that nobody waits for it, and no buffer is ever
    in flight. The sender is told not to clock (clock_video=False): the pacer does.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._ndi: Any = None
        self._sender: Any = None
        self._frame: Any = None
        self._full_name = ""
        self._problem = "The NDI sender is not open yet."

    def open(self) -> None:
        try:
            ndi: Any = importlib.import_module("NDIlib")
        except (ImportError, OSError) as error:
            raise self._failed(
                "The NDI library cannot be loaded", str(error), "Install the package ndi-python."
            ) from error
        if not ndi.initialize():
            raise self._failed("NDI does not run on this processor", "", "It needs SSE4.2 or an ARM with NEON.")
        wish = ndi.SendCreate()
        wish.ndi_name = self._name
        wish.clock_video = False
        wish.clock_audio = False
        self._sender = ndi.send_create(wish)
        if self._sender is None:
            ndi.destroy()
            raise self._failed(
                "The NDI name cannot be had",
                self._name,
                "Another program on this machine sends under it: end that one, or choose another output name.",
            )
        self._ndi = ndi
        self._full_name = str(ndi.send_get_source_name(self._sender).ndi_name)
        self._announce_failover(ndi)
        self._frame = ndi.VideoFrameV2()
        self._problem = ""

    def wanted(self) -> bool:
        return self._sender is not None and self._ndi.send_get_no_connections(self._sender, 0) > 0

    def send(self, image: WireImage, video: VideoFormat) -> None:
        if self._sender is None:
            return
        channels = 2 if video.wire in (WireFormat.UYVY, WireFormat.UYVA) else 4
        rows = video.height * 3 // 2 if video.wire is WireFormat.UYVA else video.height
        if image.shape != (rows, video.width, channels) or image.dtype != "uint8" or not image.flags.c_contiguous:
            raise OutputError(f"NDI was handed {image.dtype} {list(image.shape)} for {video.width}x{video.height}")
        ndi, frame = self._ndi, self._frame
        frame.data = image  # sets size and stride
        frame.FourCC = {
            WireFormat.UYVY: ndi.FOURCC_VIDEO_TYPE_UYVY,
            WireFormat.BGRX: ndi.FOURCC_VIDEO_TYPE_BGRX,
            WireFormat.RGBX: ndi.FOURCC_VIDEO_TYPE_RGBX,
            WireFormat.UYVA: ndi.FOURCC_VIDEO_TYPE_UYVA,
            WireFormat.BGRA: ndi.FOURCC_VIDEO_TYPE_BGRA,
        }[video.wire]
        frame.yres = video.height  # of UYVA the rows of alpha do not count
        frame.line_stride_in_bytes = video.width * channels
        frame.frame_rate_N, frame.frame_rate_D = video.rate.numerator, video.rate.denominator
        frame.picture_aspect_ratio = video.width / video.height
        frame.frame_format_type = ndi.FRAME_FORMAT_TYPE_PROGRESSIVE
        frame.timecode = ndi.SEND_TIMECODE_SYNTHESIZE
        ndi.send_send_video_v2(self._sender, frame)

    def status(self) -> SinkStatus:
        if self._sender is None:
            return SinkStatus("", 0, False, self._problem)
        tally = self._ndi.Tally()
        self._ndi.send_get_tally(self._sender, tally, 0)
        connections = self._ndi.send_get_no_connections(self._sender, 0)
        return SinkStatus(self._full_name, int(connections), bool(tally.on_program))

    def close(self) -> None:
        if self._sender is not None:
            self._ndi.send_destroy(self._sender)
            self._sender = self._frame = None
            self._ndi.destroy()
            self._problem = "The NDI sender is closed."

    def _announce_failover(self, ndi: Any) -> None:
        """Tell receivers where to look when this sender fails: under the same name, where its successor will be.

        They look again twice as early then (0.5 s in place of 1 s, measured without mDNS).
        """
        successor = ndi.Source()
        successor.ndi_name = self._full_name
        ndi.send_set_failover(self._sender, successor)

    def _failed(self, what: str, where: str, remedy: str) -> OutputError:
        error = OutputError(what, where=where, remedy=remedy)
        self._problem = str(error)
        return error
