"""The built-in sinks, each described; what it needs is imported when it is built."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.folders import videos_folder
from engine.messages.sinks import DISPLAY, RECORDER
from engine.output.settings import WireFormat
from engine.output.sinks.base import Sink
from engine.output.sinks.outside import any_address, camera_device, name_within
from engine.output.sinks.registry import SinkEntry, SinkRequest


def _ndi() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.ndi import NdiSink

        return NdiSink(request.name)

    def hindrance() -> str:
        from engine.output.sinks.ndi import hindrance

        return hindrance()

    return SinkEntry(
        id="ndi",
        label="NDI",
        forms=("ndi",),
        needs="the NDI library, which comes with ndi-python",
        hindrance=hindrance,
        formats=(WireFormat.UYVY, WireFormat.BGRX, WireFormat.RGBX),
        alpha_formats=(WireFormat.UYVA, WireFormat.BGRA),
        build=build,
    )


def _null() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.null import NullSink

        return NullSink(request.name)

    return SinkEntry(
        id="null",
        label="Nowhere",
        forms=("null",),
        formats=tuple(WireFormat),
        alpha_formats=(WireFormat.UYVA, WireFormat.BGRA),
        build=build,
    )


def _display() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.display import DisplaySink

        return DisplaySink(request.address)

    def hindrance() -> str:
        from engine.output.sinks.sdl import hindrance

        return hindrance()

    return SinkEntry(
        id=DISPLAY,
        label="Display",
        forms=(DISPLAY, f"{DISPLAY}:NUMBER", f"{DISPLAY}:NAME"),
        needs="SDL, which comes with pysdl2-dll",
        hindrance=hindrance,
        formats=(WireFormat.BGRX,),
        build=build,
        isolated=True,
        linger_s=5.0,
        outside=any_address,
    )


def _record() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.recorder import Recorder

        return Recorder(request.address)

    return SinkEntry(
        id=RECORDER,
        label="Recorder",
        forms=(RECORDER, f"{RECORDER}:FILE.mp4", f"{RECORDER}:FILE.mkv", f"{RECORDER}:FOLDER"),
        formats=(WireFormat.UYVY,),
        build=build,
        isolated=True,
        niceness=15,
        outside=lambda address: name_within(videos_folder(), address),
    )


def _camera() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.camera import VirtualCamera

        return VirtualCamera(request.address)

    def hindrance() -> str:
        from engine.output.sinks.camera import hindrance

        return hindrance()

    return SinkEntry(
        id="camera",
        label="Virtual camera",
        forms=("camera", "camera:DEVICE"),
        needs="the extra camera, and v4l2loopback or OBS",
        hindrance=hindrance,
        formats=(WireFormat.RGBX,),
        build=build,
        isolated=True,
        outside=camera_device,
    )


def _spout() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.spout import SpoutSink

        return SpoutSink(request.name)

    def hindrance() -> str:
        from engine.output.sinks.spout import hindrance

        return hindrance()

    return SinkEntry(
        id="spout",
        label="Spout",
        forms=("spout",),
        needs="Windows and the extra spout",
        systems=("win32",),
        hindrance=hindrance,
        formats=(WireFormat.RGBX,),
        build=build,
        isolated=True,
    )


def _syphon() -> SinkEntry:
    def build(request: SinkRequest) -> Sink:
        from engine.output.sinks.syphon import SyphonSink

        return SyphonSink(request.name)

    def hindrance() -> str:
        from engine.output.sinks.syphon import hindrance

        return hindrance()

    return SinkEntry(
        id="syphon",
        label="Syphon",
        forms=("syphon",),
        needs="macOS and the extra syphon",
        systems=("darwin",),
        hindrance=hindrance,
        formats=(WireFormat.RGBX,),
        build=build,
        isolated=True,
    )


BUILT_IN: Final[Mapping[str, Callable[[], SinkEntry]]] = {
    "ndi": _ndi,
    DISPLAY: _display,
    RECORDER: _record,
    "camera": _camera,
    "spout": _spout,
    "syphon": _syphon,
    "null": _null,
}
