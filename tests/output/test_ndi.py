"""NDI for real: an independent receiver in its own process, in a network of its own."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.messages.alpha import AlphaOut
from engine.output.client import NDI_SINK
from engine.output.keeper import OutputKeeper
from tests.netns import ROOT, isolated
from tests.output.parts import PATIENCE_S, connect, eventually, flat, frame, when

pytestmark = pytest.mark.ndi

RED, GREEN, BLUE, GREY = (63, 102, 240), (173, 42, 26), (32, 240, 118), (126, 128, 128)
BLACK = (16, 128, 128)
"""Code values of the pure colours in BT.709, limited range (Y, Cb, Cr)."""

LEVELS = 4.0
"""NDI's compression moves flat areas by a level or two."""


class Receiver:
    """Reads the lines of tests/output/ndi_receiver.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def next(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the receiver has ended"
        picture: dict[str, Any] = json.loads(line)
        return picture

    def until(self, condition: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while not condition(picture := self.next()):
            assert time.monotonic() < deadline, f"never received: {what}; last was {picture}"
        return picture

    def sees(self, *quadrants: tuple[int, ...]) -> dict[str, Any]:
        wanted = quadrants * 4 if len(quadrants) == 1 else quadrants
        return self.until(lambda picture: np.abs(np.subtract(picture["colours"], wanted)).max() < LEVELS, str(wanted))


@contextmanager
def receiver(part: str = "Test", colours: str = "yuv") -> Iterator[Receiver]:
    command = [sys.executable, "-m", "tests.output.ndi_receiver", part, colours]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Receiver(process)
        finally:
            process.kill()


def four_colours() -> npt.NDArray[np.uint8]:
    image = flat(255, 0, 0)
    image[:224, 224:] = (0, 255, 0, 255)
    image[224:, :224] = (0, 0, 255, 255)
    image[224:, 224:] = (128, 128, 128, 255)
    return image


@isolated()
def test_colours_size_rate_and_name_arrive_as_sent_and_the_controls_act() -> None:
    client = connect(sink=NDI_SINK)
    client.publish(frame(four_colours()))
    with receiver() as received:
        first = received.sees(RED, GREEN, BLUE, GREY)
        assert (first["size"], first["rate"], first["aspect"]) == ([896, 896], [30, 1], 1.0)
        status = when(client, lambda status: status.connections == 1, "the connection")
        assert status.ndi_name == first["source"]
        assert status.ndi_name.endswith("(Test)")
        assert not status.tally

        gaps = np.diff([received.next()["at_ns"] for _ in range(61)])
        assert abs(statistics.mean(gaps) * 30 / 1e9 - 1) < 0.1

        client.steering.set_freeze(True)
        when(client, lambda status: status.freeze, "the freeze")
        client.publish(frame(flat(255, 0, 0)))
        when(client, lambda status: status.shown == 2, "the unseen picture")
        for _ in range(5):
            received.sees(RED, GREEN, BLUE, GREY)
        client.steering.set_blackout(True)
        received.sees(BLACK)
        client.steering.set_blackout(False)
        received.sees(RED, GREEN, BLUE, GREY)
        client.steering.set_freeze(False)
        received.sees(RED)
        client.steering.set_level(0.0)
        received.sees(BLACK)
        client.steering.set_level(1.0)
        received.sees(RED)

        client.steering.set_canvas(1280, 720)
        wide = received.until(lambda picture: picture["size"] == [1280, 720], "the new canvas")
        assert wide["source"] == first["source"]
    when(client, lambda status: status.connections == 0, "the receiver's leaving")
    ticks = client.status().ticks
    when(client, lambda status: status.ticks > ticks + 3, "frames without a receiver")
    client.close()


def keyed() -> npt.NDArray[np.uint8]:
    """Four colours with four alphas."""
    image = four_colours()
    for place, share in zip(((0, 0), (0, 224), (224, 0), (224, 224)), (255, 128, 64, 0), strict=True):
        image[place[0] : place[0] + 224, place[1] : place[1] + 224, 3] = share
    return image


def close_to(wanted: list[tuple[float, ...]]) -> Callable[[dict[str, Any]], bool]:
    """Colours as NDI's conversion to R G B leaves them; the alpha is hardly compressed."""

    def fits(picture: dict[str, Any]) -> bool:
        apart = np.abs(np.subtract(picture["colours"], wanted))
        return bool(apart[:, :3].max() < 4 * LEVELS and apart[:, 3].max() < LEVELS)

    return fits


@isolated()
@pytest.mark.parametrize("alpha", [AlphaOut.UYVA, AlphaOut.BGRA_PREMULTIPLIED])
def test_the_matte_arrives_as_the_alpha_and_the_sender_stays(alpha: AlphaOut) -> None:
    client = connect(sink=NDI_SINK)
    client.publish(frame(keyed()))
    colours, shares = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)), (255, 128, 64, 0)
    factors = [share / 255 if alpha.premultiplied else 1.0 for share in shares]
    wanted = [
        (*(level * factor for level in colour), share)
        for colour, factor, share in zip(colours, factors, shares, strict=True)
    ]
    opaque = close_to([(*colour, 255) for colour in colours])
    with receiver(colours="rgba") as received:
        first = received.until(opaque, "opaque pictures, whatever the fourth byte holds")
        client.steering.set_alpha(alpha)
        assert received.until(close_to(wanted), str(wanted))["source"] == first["source"]
        client.steering.set_blackout(True)
        received.until(close_to([(0, 0, 0, 0)] * 4), "nothing")
        client.steering.set_blackout(False)
        received.until(close_to(wanted), "the matte again")
        client.steering.set_alpha(AlphaOut.OFF)
        received.until(opaque, "opaque pictures again")
    client.close()


@isolated()
def test_a_receiver_that_wants_rgb_gets_the_colours_that_were_drawn_at_every_size() -> None:
    client = connect(sink=NDI_SINK)
    client.publish(frame(flat(30, 200, 10)))
    with receiver(colours="rgb") as received:
        for width, height in ((512, 512), (720, 576), (896, 896), (1080, 1080), (2160, 2160)):
            client.steering.set_canvas(width, height)
            seen = received.until(lambda picture, size=[width, height]: picture["size"] == size, f"{width}x{height}")
            assert np.abs(np.subtract(seen["colours"], (30, 200, 10))).max() <= 7, (width, height, seen)
    client.close()


@isolated()
def test_the_receiver_sees_the_last_picture_when_the_engine_is_killed_and_the_next_engines() -> None:
    command = [sys.executable, "-m", "tests.output.crashing_engine", "Test", "ndi", "0", "255", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline())
        with receiver() as received:
            received.sees(GREEN)
            engine.kill()
            engine.wait()
            died_ns = time.monotonic_ns()
            for _ in range(30):
                received.sees(GREEN)
            assert received.next()["at_ns"] > died_ns
            client = connect(sink=NDI_SINK)
            assert (client.attached, client.pid) == (True, pid)
            client.publish(frame(flat(0, 0, 255), epoch=client.last_epoch + 1))
            received.sees(BLUE)
            client.close()


@isolated()
def test_a_receiver_that_stops_reading_delays_nothing() -> None:
    client = connect(sink=NDI_SINK)
    client.publish(frame(four_colours()))
    command = [sys.executable, "-m", "tests.output.ndi_receiver", "Test"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        Receiver(process).next()
        os.kill(process.pid, signal.SIGSTOP)
        before = client.status()
        after = when(client, lambda status: status.ticks >= before.ticks + 90, "three seconds of frames")
        assert after.lagged - before.lagged < 45
        process.kill()
    client.close()


HOLDER = """
import sys, NDIlib as ndi
ndi.initialize()
wish = ndi.SendCreate()
wish.ndi_name = "Test"
sender = ndi.send_create(wish)
print(sender is not None, flush=True)
sys.stdin.readline()
"""


@isolated()
def test_a_name_that_another_program_held_is_had_once_that_has_ended() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLDER], **pipes) as holder:  # type: ignore[call-overload]
        assert holder.stdout.readline() == "True\n"
        client = connect(sink=NDI_SINK)
        client.publish(frame(four_colours()))
        status = when(client, lambda status: "NDI name cannot be had" in status.detail, "the trouble")
        assert (status.output_fps, status.sent) == (0.0, 0)
        holder.kill()
        holder.wait()
    when(client, lambda status: status.detail == "" and status.output_fps > 0, "the name")
    with receiver() as received:
        received.sees(RED, GREEN, BLUE, GREY)
    client.close()


@isolated()
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_where_there_is_room_for_one_ring_a_dead_or_hung_output_is_replaced(number: signal.Signals) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", "/dev/shm"], check=True)
    client = connect(sink=NDI_SINK)
    keeper = OutputKeeper(client, time.monotonic_ns())
    client.publish(frame(four_colours()))
    with receiver() as received:
        received.sees(RED, GREEN, BLUE, GREY)
        client.steering.set_freeze(True)
        pid = client.pid
        os.kill(pid, number)
        eventually(lambda: bool(keeper.poll(time.monotonic_ns())), "the next output")
        assert client.pid not in (0, pid)
        received.sees(RED, GREEN, BLUE, GREY)
        for _ in range(30):
            received.sees(RED, GREEN, BLUE, GREY)
        assert when(client, lambda status: status.freeze, "the freeze").remark == ""
    client.close()


@isolated()
def test_where_there_is_no_room_for_a_ring_it_lies_elsewhere_and_that_is_said() -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", "/dev/shm"], check=True)
    client = connect(sink=NDI_SINK)
    status = when(client, lambda status: status.remark != "", "where the ring lies")
    assert status.remark.endswith("for want of room in /dev/shm.")
    client.publish(frame(four_colours()))
    with receiver() as received:
        received.sees(RED, GREEN, BLUE, GREY)
    client.close()


@isolated(mdns=True)
def test_two_sending_processes_are_both_found_by_mdns() -> None:
    first, second = connect("Left", NDI_SINK), connect("Right", NDI_SINK)
    first.publish(frame(flat(255, 0, 0)))
    second.publish(frame(flat(0, 0, 255)))
    with receiver("Left") as left, receiver("Right") as right:
        left.sees(RED)
        right.sees(BLUE)
    first.close()
    second.close()


def test_without_the_library_the_output_runs_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.errors import OutputError
    from engine.output.sinks.ndi import NdiSink

    monkeypatch.setitem(sys.modules, "NDIlib", None)
    sink = NdiSink("Test")
    with pytest.raises(OutputError, match=r"The NDI library cannot be loaded.*Install the package ndi-python"):
        sink.open()
    assert not sink.wanted()
    assert sink.status().detail.startswith("The NDI library cannot be loaded")
    sink.close()


@isolated()
def test_a_full_disk_under_the_runtime_folder_keeps_nobody_from_sending(runtime_dir: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(runtime_dir)], check=True)
    with contextlib.suppress(OSError), (runtime_dir / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    client = connect()
    client.publish(frame(four_colours()))
    status = when(client, lambda status: status.shown == 1 and status.detail != "", "a picture, and the trouble")
    assert "No space left on device" in status.detail
    os.kill(client.pid, signal.SIGKILL)
    eventually(lambda: not client.alive(), "its death")
    client.renew()
    (runtime_dir / "filler").unlink()
    when(client, lambda status: status.detail == "", "room")
    client.close()
    subprocess.run(["umount", str(runtime_dir)], check=True)
