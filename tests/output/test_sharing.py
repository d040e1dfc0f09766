"""Spout, Syphon and the virtual camera against doubles that record every call and pass pictures on.

None of them runs here: the doubles stand for what their documentation says. `hardcut doctor` sends, reads back and
compares where they are.
"""

import threading
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from app.commands.doctor.finding import State
from app.commands.doctor.sharing import check_sharing, corners, self_test
from engine.clock import SystemClock
from engine.errors import OutputError, SourceError
from engine.output.settings import SinkSpec, VideoFormat
from engine.output.sinks.camera import VirtualCamera
from engine.output.sinks.registry import build_sink
from engine.output.sinks.spout import SpoutSink
from engine.output.sinks.syphon import SyphonSink
from engine.sources.base import Source
from engine.sources.spout import SpoutSource
from engine.sources.syphon import SyphonSource

Image = npt.NDArray[np.uint8]


class Spout:
    """SpoutGL with one machine's senders; turn: how a picture changes on its way."""

    def __init__(self, turn: Any = lambda image: image) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.frames: dict[str, Image] = {}
        self._turn = turn

    def SpoutSender(self) -> Any:
        name: list[str] = []

        def send(image: Image, width: int, height: int, layout: int, invert: bool, buffer: int) -> bool:
            self.calls.append(("sendImage", width, height, layout, invert, buffer))
            self.frames[name[0]] = self._turn(image.copy())
            return True

        return self._object(
            createOpenGL=True,
            setSenderName=name.append,
            sendImage=send,
            setFrameSync=None,
            releaseSender=lambda: self.frames.pop(name[0], None),
            closeOpenGL=True,
        )

    def SpoutReceiver(self) -> Any:
        state: dict[str, Any] = {"size": None, "name": "", "fresh": False, "updated": False}

        def receive(buffer: Image | None, layout: int, invert: bool, host: int) -> bool:
            frame = self.frames.get(state["name"] or next(iter(self.frames), ""))
            if frame is None:
                return False
            state["updated"] = frame.shape != state["size"]
            state["size"] = frame.shape
            if buffer is None or buffer.shape != frame.shape:
                return False
            buffer[...] = frame
            state["fresh"] = True
            return True

        return self._object(
            createOpenGL=True,
            setReceiverName=lambda name: state.update(name=name),
            receiveImage=receive,
            isUpdated=lambda: state["updated"],
            isConnected=lambda: state["name"] in self.frames,
            isFrameNew=lambda: state["fresh"],
            getSenderWidth=lambda: state["size"][1],
            getSenderHeight=lambda: state["size"][0],
            getSenderList=lambda: list(self.frames),
            releaseReceiver=None,
            closeOpenGL=True,
        )

    def _object(self, **methods: Any) -> Any:
        def recorded(name: str, result: Any) -> Any:
            def call(*arguments: Any) -> Any:
                if not callable(result):
                    self.calls.append((name, *arguments))
                    return result
                if name not in ("sendImage", "isConnected", "isFrameNew", "isUpdated", "receiveImage"):
                    self.calls.append((name, *arguments))
                return result(*arguments)

            return call

        return SimpleNamespace(**{name: recorded(name, result) for name, result in methods.items()})


class Syphon:
    """syphon-python on one machine, by its module names."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.published: Image | None = None

    def __call__(self, part: str) -> Any:
        match part:
            case "syphon":
                return SimpleNamespace(
                    SyphonMetalServer=self._server,
                    SyphonServerDirectory=lambda: SimpleNamespace(servers=self._servers()),
                    SyphonMetalClient=self._client,
                )
            case "syphon.utils.raw":
                return SimpleNamespace(create_mtl_texture=self._texture)
            case _:
                return SimpleNamespace(
                    copy_image_to_mtl_texture=lambda image, texture: texture.update(pixels=image.copy()),
                    copy_mtl_texture_to_image=lambda texture: texture.pixels,
                )

    def _servers(self) -> list[Any]:
        return [SimpleNamespace(app_name="Python", name="Hardcut self-test")] if self.published is not None else []

    def _texture(self, device: str, width: int, height: int) -> dict[str, Any]:
        self.calls.append(f"texture {device} {width}x{height}")
        return {}

    def _server(self, name: str) -> Any:
        self.calls.append(f"server {name}")

        def publish(texture: dict[str, Any], is_flipped: bool) -> None:
            self.published = texture["pixels"][::-1] if is_flipped else texture["pixels"]

        stop = lambda: self.calls.append("stop")  # noqa: E731 - one word of a double
        return SimpleNamespace(device="gpu", has_clients=True, publish_frame_texture=publish, stop=stop)

    def _client(self, server: Any) -> Any:
        self.calls.append(f"client {server.name}")
        assert self.published is not None
        texture = SimpleNamespace(pixels=self.published, pixelFormat=lambda: 70)
        return SimpleNamespace(
            is_valid=True, has_new_frame=True, new_frame_image=texture, stop=lambda: self.calls.append("client stop")
        )


def spout_source(library: Spout) -> Source:
    return SpoutSource("self-test", SystemClock(), threading.Event(), lambda: library)


def test_spout_is_called_as_its_documentation_says() -> None:
    library = Spout()
    found = self_test("Spout", SpoutSink("Hardcut self-test", lambda: library), lambda halt: spout_source(library))
    assert (found.state, found.text) == (State.OK, "Spout: a picture came back as it was sent.")
    assert library.calls[:3] == [
        ("createOpenGL",),
        ("setSenderName", "Hardcut self-test"),
        ("sendImage", 448, 448, 0x1908, False, 0),
    ]
    assert ("setFrameSync", "Hardcut self-test") in library.calls
    assert library.calls[-4:] == [("releaseReceiver",), ("closeOpenGL",), ("releaseSender",), ("closeOpenGL",)]


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda image: image[::-1], "upside down"),
        (lambda image: image[:, ::-1], "mirrored"),
        (lambda image: image[..., [2, 1, 0, 3]], "with red and blue exchanged"),
        (lambda image: 255 - image, "returns another picture"),
    ],
)
def test_a_picture_that_comes_back_otherwise_is_a_problem(turn: Any, words: str) -> None:
    library = Spout(turn)
    found = self_test("Spout", SpoutSink("Hardcut self-test", lambda: library), lambda halt: spout_source(library))
    assert found.state is State.PROBLEM
    assert words in found.text


def test_a_spout_sender_that_goes_is_lost_and_a_missing_one_is_named() -> None:
    library = Spout()
    library.frames["Resolume"] = corners()
    with pytest.raises(SourceError, match=r"no such Spout sender \(self-test\)\. There are: Resolume"):
        spout_source(library).open()
    source = SpoutSource("resol", SystemClock(), threading.Event(), lambda: library)
    source.open()
    assert source.read() is None  # the size first
    picture = source.read()
    assert picture is not None
    assert np.array_equal(picture.image, corners()[..., :3])
    assert source.label == "Resolume, 448×448"
    source.close()


def test_syphon_is_called_as_its_package_says() -> None:
    library = Syphon()
    found = self_test(
        "Syphon",
        SyphonSink("Hardcut self-test", library),
        lambda halt: SyphonSource("self-test", SystemClock(), halt, library),
    )
    assert (found.state, found.text) == (State.OK, "Syphon: a picture came back as it was sent.")
    assert library.calls == [
        "server Hardcut self-test",
        "texture gpu 448x448",
        "client Hardcut self-test",
        "client stop",
        "stop",
    ]


class Cameras:
    """pyvirtualcam with one device, which takes one program at a time."""

    PixelFormat = SimpleNamespace(RGBA="ABGR")

    def __init__(self, fault: str = "") -> None:
        self.calls: list[Any] = []
        self._fault = fault

    def Camera(self, *, width: int, height: int, fps: float, fmt: str, device: str | None) -> Any:
        if self._fault:
            raise RuntimeError(self._fault)
        self.calls.append((width, height, round(fps, 2), fmt, device))
        return SimpleNamespace(
            device="/dev/video4",
            backend="v4l2loopback",
            send=lambda image: self.calls.append(image.shape),
            close=lambda: self.calls.append("close"),
        )


def test_a_virtual_camera_is_opened_anew_for_another_format() -> None:
    library = Cameras()
    camera = VirtualCamera("", lambda: library)
    camera.open()
    for width, rate in ((64, Fraction(30)), (64, Fraction(30)), (32, Fraction(30_000, 1001))):
        camera.send(np.zeros((48, width, 4), np.uint8), VideoFormat(width=width, height=48, rate=rate))
    assert (camera.status().name, camera.status().remark) == ("/dev/video4", "v4l2loopback")
    camera.close()
    camera.close()
    assert library.calls == [
        (1280, 720, 30.0, "ABGR", None),
        "close",
        (64, 48, 30.0, "ABGR", None),
        (48, 64, 4),
        (48, 64, 4),
        "close",
        (32, 48, 29.97, "ABGR", None),
        (48, 32, 4),
        "close",
    ]


def test_what_is_missing_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    refused = VirtualCamera("", lambda: Cameras("v4l2loopback backend: no devices"))
    with pytest.raises(OutputError, match=r"No virtual camera can be had: v4l2loopback.*modprobe v4l2loopback"):
        refused.open()
    for kind in ("spout", "syphon", "camera"):
        with pytest.raises(OutputError, match=rf"install hardcut\[{kind}\]"):
            build_sink(SinkSpec(kind), "Test").open()
    assert all(finding.state is State.OK for finding in check_sharing())
