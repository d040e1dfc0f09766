"""What a bare sender of NDI's library does when the time of day is set: none of Hardcut's code is in it.

    python -m tests.soak.bare_sender

A sender with a pacer of its own is played to the receiver of the soak, its time of day is set ahead and back, and the
longest gap at the receiver is told for each: with timecodes made by the library and by the monotonic clock, clocked by
the library and not. When the time goes back, half a second of pictures is lost, at times a whole one, however the
sender is set up; the call that sends returns at once all the while, so that no sender can notice.
"""

import os
import subprocess
import sys
import threading
import time
from itertools import pairwise
from typing import Final

from tests.netns import INSIDE, ROOT, run_isolated
from tests.soak.clock import SettableClock

NAME: Final = "Bare sender"
AFTER_S: Final = 3.0
STEPS_S: Final = (3600, 3590, 3580, -3600, 3600, 0, -7200)
WAYS: Final = (("library", "free"), ("library", "clocked"), ("monotonic", "free"))
"""Whose timecode, and whether the library waits for the time of each picture."""


def send(timecode: str, clocked: bool) -> None:
    """Send pictures for ever, and tell if a call takes long."""
    import NDIlib as ndi
    import numpy as np

    ndi.initialize()
    wish = ndi.SendCreate()
    wish.ndi_name, wish.clock_video, wish.clock_audio = NAME, clocked, False
    sender, frame = ndi.send_create(wish), ndi.VideoFrameV2()
    frame.data = np.zeros((320, 320, 4), np.uint8)
    frame.FourCC, frame.frame_rate_N, frame.frame_rate_D = ndi.FOURCC_VIDEO_TYPE_BGRX, 30, 1
    due = time.monotonic()
    while True:
        made = timecode == "library"
        frame.timecode = ndi.SEND_TIMECODE_SYNTHESIZE if made else time.monotonic_ns() // 100
        begun = time.monotonic()
        ndi.send_send_video_v2(sender, frame)
        if (took := time.monotonic() - begun) > 0.1:
            print(f"a call took {1e3 * took:.0f} ms", flush=True)
        due = max(due + 1 / 30, time.monotonic())
        if not clocked:
            time.sleep(max(due - time.monotonic(), 0))


def measure(timecode: str, way: str) -> None:
    """Print the longest gap after each step of the clock."""
    clock = SettableClock()
    command = [sys.executable, "-m", "tests.soak.bare_sender", timecode, way]
    sender = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **clock.environment})
    listener = [sys.executable, "-m", "tests.soak.receiver", NAME]
    receiver = subprocess.Popen(listener, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    arrivals: list[int] = []

    def read() -> None:
        assert receiver.stdout is not None
        arrivals.extend(int(line.split()[0]) for line in receiver.stdout)

    threading.Thread(target=read, daemon=True).start()
    try:
        while len(arrivals) < 60:
            time.sleep(0.1)
        before = 0
        for seconds in STEPS_S:
            begun_ns = time.monotonic_ns()
            clock.set(seconds)
            time.sleep(AFTER_S)
            ended_ns = time.monotonic_ns()
            edges = [begun_ns, *(at for at in list(arrivals) if begun_ns <= at <= ended_ns), ended_ns]
            gap_ns = max(after - earlier for earlier, after in pairwise(edges))
            got = len(edges) - 2
            step = f"{seconds - before:+6} s: gap {gap_ns / 1e6:5.0f} ms, got {got} of {AFTER_S * 30:.0f}"
            print(f"timecode {timecode:9} {way:7} {step}", flush=True)
            before = seconds
    finally:
        for process in (sender, receiver):
            process.kill()
            process.wait()


def main() -> int:
    if len(sys.argv) == 3:
        send(sys.argv[1], sys.argv[2] == "clocked")
    if INSIDE in os.environ:
        for timecode, way in WAYS:
            measure(timecode, way)
        return 0
    done = run_isolated(["-m", "tests.soak.bare_sender"], timeout_s=200)
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
