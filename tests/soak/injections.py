"""What a soak does to its show: faults that can come again and again in one, and what each may do to the output."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.midi.jack import Controller
from tests.soak import faults, shortage
from tests.soak.faulty_show import GENERATOR_FAULTS
from tests.soak.show import Show, receiver
from tests.soak.soaked_show import CLOCK, CONTROLLER, DISPLAY, GROUP, SoakedShow
from tests.soak.verdict import KILLED_GAP_S, STOPPED_GAP_S, Allowed

LONGEST_STOP_S: Final = 2.0
LONGEST_SINK_STOP_S: Final = 3.0
CLOCK_GAP_S: Final = 1.1
"""What tests.soak.bare_sender loses, which has none of our code in it; half of that as a rule."""

LONGEST_SLEEP_S: Final = 3.0
WAKE_S: Final = 0.5
"""From the end of a sleep until the next picture."""

FULL_S: Final = 3.0
LITTLE_S: Final = 4.0
SWEPT: Final = "nanoKONTROL2"


def _order(*words: str) -> Callable[[SoakedShow, Random], None]:
    return lambda show, _random: show.order(*words)


def _done(fault: Callable[[Show], None]) -> Callable[[SoakedShow, Random], None]:
    return lambda show, _random: fault(show)


def _stop_output(show: SoakedShow, random: Random) -> None:
    faults.stop(show.output, random.uniform(0.3, LONGEST_STOP_S))


def _stop_program(show: SoakedShow, random: Random) -> None:
    faults.stop(show.program.pid, random.uniform(0.3, LONGEST_STOP_S))


def _change_source(show: SoakedShow, random: Random) -> None:
    files = [str(path) for path in sorted(show.home.glob("clip-*.mp4"))]
    odd = [str(show.home / "nothing.mp4"), str(show.home / "broken.mp4"), "/dev/null"]
    show.order(*(f"source file:{path}" for path in random.sample([*files, *odd], 3)), "source stage")


def _flap(_show: SoakedShow, random: Random) -> None:
    other = receiver()
    time.sleep(random.uniform(0.2, 1.5))
    other.kill()
    other.wait()


def _flood(show: SoakedShow, random: Random) -> None:
    for _ in range(2000):
        show.datagram(random.randbytes(random.randrange(1, 400)))
    for _ in range(200):
        show.osc(
            random.choice(("?", "parameter/field/energy", "cut", "emergency/kind")), random.choice(("?", "x" * 900))
        )


def _stop_sink(sink: str) -> Callable[[SoakedShow, Random], None]:
    def stop(show: SoakedShow, random: Random) -> None:
        seconds = random.uniform(0.3, LONGEST_SINK_STOP_S)
        for pid in show.sink_processes(sink)[:1]:
            faults.stop(pid, seconds)

    return stop


def _kill_sink(sink: str) -> Callable[[SoakedShow, Random], None]:
    def kill(show: SoakedShow, _random: Random) -> None:
        for pid in show.sink_processes(sink):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    return kill


def _fill_disk(show: SoakedShow, random: Random) -> None:
    show.films.fill(whole=random.random() < 0.5)
    time.sleep(FULL_S)
    show.films.free()
    show.films.begin_anew(show)


def _set_clock(show: SoakedShow, random: Random) -> None:
    """An hour or two ahead or back; what is recorded, and named by the date, goes on."""
    show.clock.set(3600 * random.choice((-2, -1, 1, 2)) + random.uniform(-9, 9))


def _sleep(show: SoakedShow, random: Random) -> None:
    """The whole group stands still for a while, as on a machine that sleeps, and the time of day is hours later."""
    faults.suspend(show, random.uniform(0.5, LONGEST_SLEEP_S))
    if CLOCK not in show.without:
        show.clock.skip(random.uniform(600, 8 * 3600))


def _unplug_mid_sweep(_show: SoakedShow, random: Random) -> None:
    """A controller comes, and goes in the midst of a sweep of its faders, at times without a goodbye."""
    with Controller() as controller:
        controller.plug(SWEPT)
        time.sleep(2.0)
        controller.send(SWEPT, [[0xB0, cc, value] for value in range(0, 128, 3) for cc in range(8)], gap_ms=1.0)
        if random.random() < 0.5:
            controller.kill()
        else:
            controller.unplug(SWEPT)


def _leave_little(show: SoakedShow, _random: Random) -> None:
    """The control group of all of it lets it have 64 MiB more than it has, while it is played."""
    show.group.leave(shortage.MARGIN_BYTES)
    for scene in ("Noir", "Op Art"):
        show.osc("cut", scene)
        time.sleep(LITTLE_S / 2)
    if show.group.killed:
        show.lines.append(f"KILLED for want of memory: {show.group.killed}\n")
    show.group.free()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to the show, with parameters by a generator of its own.

    Attributes:
        allowed: what that may do to the output; needs: what the machine must have for it, or "".
    """

    inject: Callable[[SoakedShow, Random], None]
    allowed: Allowed = field(default_factory=Allowed)
    needs: str = ""


FAULTS: Final[dict[str, Fault]] = {
    "output killed": Fault(_done(faults.kill_output), Allowed(gap_s=KILLED_GAP_S)),
    "output stopped, up to 2 s": Fault(_stop_output, Allowed(gap_s=STOPPED_GAP_S, lasts_s=LONGEST_STOP_S)),
    "program stopped, up to 2 s": Fault(_stop_program, Allowed(lasts_s=LONGEST_STOP_S)),
    "runtime files removed": Fault(_done(faults.remove_runtime_files)),
    "ring removed": Fault(_done(faults.remove_ring)),
    **{f"generator: {word}": Fault(_order(word)) for word in GENERATOR_FAULTS},
    "generator: raise, four times": Fault(_order(*["raise"] * 4)),
    "generator: hangs 3 s": Fault(_order("hang 3"), Allowed(lasts_s=3.0)),
    "source changed, broken, gone": Fault(_change_source),
    "a receiver comes and goes": Fault(_flap),
    "hostile datagrams": Fault(_flood),
    "scene files edited to nonsense": Fault(faults.scribble_scenes),
    "runtime folder removed": Fault(_done(faults.remove_runtime_folder)),
    "a second instance": Fault(_done(faults.start_again)),
    "recorder killed": Fault(_kill_sink("record")),
    "recorder stopped, up to 3 s": Fault(_stop_sink("record")),
    "disk full while recording": Fault(_fill_disk),
    "display's process killed": Fault(_kill_sink("display"), needs=DISPLAY),
    "display's process stopped, up to 3 s": Fault(_stop_sink("display"), needs=DISPLAY),
    "clock set by an hour or two": Fault(
        _set_clock, Allowed(gap_s=CLOCK_GAP_S, why="a bare sender of NDI's library has it too"), needs=CLOCK
    ),
    "no more memory, 1.5 s": Fault(_done(shortage.lower_memory_briefly)),
    "no more than 64 MiB, by a control group": Fault(_leave_little, needs=GROUP),
    "controller unplugged mid-sweep": Fault(_unplug_mid_sweep, needs=CONTROLLER),
    "suspended, up to 3 s, and hours later": Fault(
        _sleep, Allowed(gap_s=LONGEST_SLEEP_S + WAKE_S, lasts_s=LONGEST_SLEEP_S)
    ),
    "no more files can be opened, 2 s": Fault(_done(faults.lower_descriptors_briefly), Allowed(lasts_s=2.0)),
}
