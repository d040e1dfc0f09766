"""The show of a soak: faults by order, and every sink that this machine has."""

import json
import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from engine.output.sinks.registry import find_sink, parse_sink
from engine.registry import hindrance_of
from tests.midi.jack import JackServer
from tests.real_parts import VirtualScreen
from tests.soak import faults
from tests.soak.cgroup import MemoryGroup
from tests.soak.clock import SettableClock
from tests.soak.films import Films
from tests.soak.show import Show
from tests.sources.videos import write_video

DISPLAY: Final = "a virtual screen"
CLOCK: Final = "a C compiler"
CONTROLLER: Final = "a JACK server"
GROUP: Final = "a control group whose memory can be limited"
SCREEN: Final = (640, 360)
WALL: Final = "display:1"


class SoakedShow(Show):
    """One show with NDI, the recorder, and a display on a virtual screen where there is one.

    Attributes:
        films: the folder that it records into.
        without: what the machine lacks of DISPLAY, CLOCK, CONTROLLER and GROUP.
    """

    def __init__(
        self,
        films: Films,
        screen: VirtualScreen | None,
        clock: SettableClock | None,
        controllers: JackServer | None,
        group: MemoryGroup | None,
    ) -> None:
        self.films = films
        parts = ((DISPLAY, screen), (CLOCK, clock), (CONTROLLER, controllers), (GROUP, group))
        self.without = frozenset(name for name, part in parts if part is None)
        sinks = ["ndi", films.sink, *([WALL] if screen is not None else [])]
        self.sinks = tuple(sink.partition(":")[0] for sink in sinks)
        super().__init__(
            *(word for sink in sinks for word in ("--sink", sink)),
            *("--session", "soak.session"),
            *(("--midi", "nano") if controllers is not None else ()),
            module="tests.soak.faulty_show",
            prepare=_prepare,
            clock=clock,
            group=group,
        )


def open_show(stack: ExitStack) -> SoakedShow:
    """Start one with what this machine has; the stack closes what it needs, not the show."""
    films = stack.enter_context(Films())
    screen = stack.enter_context(VirtualScreen(*SCREEN)) if shutil.which("Xvfb") else None
    if screen is not None:
        os.environ["DISPLAY"] = screen.display
        if hindrance_of(find_sink(parse_sink(WALL))):
            screen = None
    clock = SettableClock() if shutil.which("cc") else None
    controllers = stack.enter_context(JackServer()) if shutil.which("jackd") else None
    return SoakedShow(films, screen, clock, controllers, _group(stack))


def _group(stack: ExitStack) -> MemoryGroup | None:
    try:
        group = MemoryGroup()
    except OSError:
        return None
    stack.callback(group.close)
    return group


def _prepare(home: Path) -> None:
    faults.prepare_scenes(home)
    for number, (width, height, rate) in enumerate(((128, 96, 24), (640, 360, 50), (90, 160, 12), (1280, 720, 30))):
        write_video(home / f"clip-{number}.mp4", frames=28, rate=rate, size=(width, height))
    (home / "broken.mp4").write_bytes((home / "clip-0.mp4").read_bytes()[:700])
    clip = home / "clip-1.mp4"
    folder = home / "config" / "hardcut"
    (folder / "emergency.toml").write_text(f"shows = {json.dumps(f'loop:{clip}')}\n", encoding="utf-8")
