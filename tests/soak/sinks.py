"""Three sinks at once in a real show, switched two hundred times each, and the window's process killed.

    python -m tests.soak.sinks                    NDI, a display on a virtual screen, and the recorder, at 1080p

The show runs in a network of its own with an independent NDI receiver. Each row tells the output frames that were
due, how many the receiver got, the longest gap between two, and how busy the machine was; then what the display showed,
and which films play.
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import av
import cv2

from tests.netns import INSIDE, run_isolated
from tests.real_parts import VirtualScreen
from tests.soak.show import Show

SETTLE_S: Final = 8.0
SWITCHES: Final = 200
PAUSE_S: Final = 0.1
STAGE_S: Final = 20.0


def row(name: str, show: Show, begun_ns: int) -> None:
    """Print what the receiver got since an instant."""
    seen = show.seen(begun_ns, time.monotonic_ns())
    gap = f"longest gap {seen.longest_gap_ns / 1e6:5.0f} ms"
    print(f"{name:40} due {seen.due:5} got {seen.got:5}  {gap}  load {os.getloadavg()[0]:4.1f}", flush=True)


def switch(show: Show, sinks: tuple[str, ...]) -> None:
    """Switch each so often, by turns; all are on afterwards."""
    for number in range(SWITCHES):
        for sink in sinks:
            show.osc(f"sink/{'on' if number % 2 else 'off'}", sink)
            time.sleep(PAUSE_S)


def brightness(screen: VirtualScreen, folder: Path) -> float:
    """The mean level of what the display shows."""
    picture = cv2.imread(str(screen.screenshot(folder / "wall.png")))
    return float(picture.mean()) if picture is not None else 0.0


def perform(folder: Path) -> None:
    """Play the show and print its rows."""
    film = folder / "film.mp4"
    with VirtualScreen(1920, 1080) as screen:
        os.environ["DISPLAY"] = screen.display
        show = Show(
            *("--sink", "ndi", "--sink", "display:1", "--record-video", str(film)),
            *("--canvas", "1920x1080"),
        )
        try:
            show.await_frames(heard=True)
            time.sleep(SETTLE_S)
            begun_ns = time.monotonic_ns()
            time.sleep(STAGE_S)
            row("three sinks", show, begun_ns)
            begun_ns = time.monotonic_ns()
            switch(show, ("display:1", f"record:{film}"))
            row(f"display and recorder, {SWITCHES} switches each", show, begun_ns)
            time.sleep(SETTLE_S)
            switch(show, ("ndi",))
            time.sleep(SETTLE_S)
            begun_ns = time.monotonic_ns()
            time.sleep(SETTLE_S)
            row(f"after {SWITCHES} switches of NDI", show, begun_ns)
            size = sum(one.stat().st_size for one in folder.glob("*.mp4"))
            begun_ns = time.monotonic_ns()
            os.kill(show.program.pid, signal.SIGKILL)
            time.sleep(STAGE_S / 2)
            row("the program killed", show, begun_ns)
            grown = sum(one.stat().st_size for one in folder.glob("*.mp4")) - size
            print(
                f"the display's mean level {brightness(screen, folder):.0f}, the film grew by {grown} bytes", flush=True
            )
        finally:
            show.end()
    time.sleep(2.0)
    lengths = [_length(one) for one in sorted(folder.glob("*.mp4"))]
    print(f"{len(lengths)} films, {sum(length > 0 for length in lengths)} play, longest {max(lengths)} pictures")


def _length(path: Path) -> int:
    try:
        with av.open(str(path)) as film:
            return sum(1 for _ in film.decode(video=0))
    except av.error.FFmpegError:
        return 0


def main() -> int:
    if INSIDE in os.environ:
        with tempfile.TemporaryDirectory(prefix="hc-sinks-") as folder:
            perform(Path(folder))
        return 0
    done = run_isolated(["-m", "tests.soak.sinks"], timeout_s=400)
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
