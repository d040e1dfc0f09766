"""Faults injected into a real headless show while an independent NDI receiver counts what reaches it.

    python -m tests.soak.faults                   every fault, a table on standard output
    python -m tests.soak.faults kill-output …     only these

Each fault has a show of its own, in a network of its own. A row tells the output frames that were due from a second
before the fault to the end, how many the receiver got, the longest gap between two of them, and for how long one
picture stood. SOAK_LINES=1 prints what the program said.
"""

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import psutil

from engine.metrics.machine import describe_machine
from tests.midi.jack import Controller, JackServer
from tests.netns import INSIDE, ROOT, run_isolated
from tests.soak.cgroup import MemoryGroup
from tests.soak.clock import SettableClock
from tests.soak.faulty_show import GENERATOR_FAULTS, PORT_VARIABLE
from tests.soak.results import read_rows, table, when, write_part
from tests.soak.show import Show, receiver
from tests.sources.videos import write_video

SETTLE_S: Final = 8.0
"""Before a fault, so that the show is in its stride."""

AFTER_S: Final = 6.0
BETWEEN_FAULTS_S: Final = 4.5
"""As close as a soak's faults come."""

WRONG: Final = ("LEFT BEHIND", "INSTANCE", "KILLED", "NEVER REACHED", "Traceback")
"""What a line of the show has in it that is part of its row."""

FAULTY: Final = "tests.soak.faulty_show"


def kill_output(show: Show) -> None:
    os.kill(show.output, signal.SIGKILL)


def stop(pid: int, seconds: float) -> None:
    """Stop a process for a while; it may be replaced meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)


def stop_output(show: Show) -> None:
    stop(show.output, 5.0)


def remove_runtime_files(show: Show) -> None:
    for path in show.runtime.iterdir():
        path.unlink(missing_ok=True)


def remove_runtime_folder(show: Show) -> None:
    shutil.rmtree(show.runtime)


def remove_ring(_show: Show) -> None:
    for path in Path("/dev/shm").glob("hardcut-*.ring"):
        path.unlink()


def stop_program(show: Show) -> None:
    stop(show.program.pid, 5.0)


def suspend(show: Show) -> None:
    """What a machine that sleeps does to the whole group, as far as it can be had without sleeping."""
    group = [show.program.pid, *(child.pid for child in psutil.Process(show.program.pid).children(recursive=True))]
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(20)
    for pid in reversed(group):
        os.kill(pid, signal.SIGCONT)


def change_source(show: Show) -> None:
    """Another size and rate, fifty times."""
    shapes = [(128, 96, 24), (640, 360, 50), (90, 160, 12), (1280, 720, 30), (64, 64, 60)]
    files = [
        write_video(show.home / f"{width}x{height}.mp4", frames=28, rate=rate, size=(width, height))
        for width, height, rate in shapes
    ]
    for number in range(50):
        source = show.home / "source.mp4"
        shutil.copy(files[number % len(files)], source.with_suffix(".new"))
        source.with_suffix(".new").replace(source)
        show.order(f"source file:{source}")
        time.sleep(0.3)


def flap_receivers(_show: Show) -> None:
    """Receivers that come and go."""
    for _ in range(10):
        others = [receiver() for _ in range(2)]
        time.sleep(0.8)
        for other in others:
            other.kill()
            other.wait()


def lower_descriptors(show: Show) -> None:
    """No further file can be opened, in the program and in its output."""
    for pid in (show.program.pid, show.output):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (psutil.Process(pid).num_fds(), 4096))
    time.sleep(4)
    show.osc("cut", "Noir")
    time.sleep(2)
    for pid in (show.program.pid, show.output):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, 4096))


def lower_descriptors_briefly(show: Show) -> None:
    """The same for two seconds, in the program alone."""
    pid = show.program.pid
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (psutil.Process(pid).num_fds(), 4096))
    time.sleep(2)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, 4096))


def lower_descriptors_and_kill(show: Show) -> None:
    """The output dies while no file can be opened; later one can."""
    pid = show.program.pid
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (psutil.Process(pid).num_fds(), 4096))
    kill_output(show)
    time.sleep(3)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, 4096))


def lower_memory(show: Show) -> None:
    """The program can have no more memory for some seconds, while it is played."""
    pid = show.program.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (psutil.Process(pid).memory_info().vms, resource.RLIM_INFINITY))
    for scene in ("Noir", "Neon Rain", "Op Art"):
        show.osc("cut", scene)
        time.sleep(1.0)
    resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def limit_group(show: Show) -> None:
    """The same by a control group, which counts what is used and not what is reserved; the output is in it too."""
    show.group.leave(0)
    for scene in ("Noir", "Neon Rain", "Op Art"):
        show.osc("cut", scene)
        time.sleep(1.0)
    if not show.group.hits:
        show.lines.append("NEVER REACHED: the limit\n")
    if show.group.killed:
        show.lines.append(f"KILLED for want of memory: {show.group.killed}\n")
    show.group.free()


def lower_memory_briefly(show: Show) -> None:
    """The same for a second and a half, with one cut."""
    pid = show.program.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (psutil.Process(pid).memory_info().vms, resource.RLIM_INFINITY))
    show.osc("cut", "Noir")
    time.sleep(1.5)
    resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def set_clock(show: Show) -> None:
    """The time of day goes an hour ahead, two back and one ahead, while it is played, recorded and photographed.

    When it goes back, NDI's library sends nothing for half a second, whatever timecode it is given.
    """
    show.osc("record", True)
    for hours in (1, -1, 0):
        show.osc("still")
        show.clock.set(3600 * hours)
        time.sleep(1.0)
        show.osc("cut", "Noir")
        show.osc("still")
        time.sleep(2.0)
    show.osc("record", False)


def second_instance(show: Show) -> None:
    """The same program again, and again: refused in a sentence."""
    for _ in range(3):
        start_again(show)


def start_again(show: Show) -> None:
    """The same program once again, which takes its orders elsewhere."""
    environment = {**show.environment, PORT_VARIABLE: "0"}
    done = subprocess.run(
        show.command, cwd=show.home, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    if done.returncode != 2 or len(done.stderr.splitlines()) != 1:
        show.lines.append(f"SECOND INSTANCE: status {done.returncode}: {done.stderr}\n")


def edit_scenes(show: Show) -> None:
    """Files of scenes become nonsense while they are loaded, and are cut to, saved over and deleted."""
    folder = show.home / "config" / "hardcut" / "scenes" / "field"
    for number, nonsense in enumerate((b"", b"\xff\xfe\0", b"= = =\n" * 9, b"[" * 9000, bytes(range(256)))):
        for path in folder.glob("*.toml"):
            path.write_bytes(nonsense)
        (folder / f"new-{number}.toml").write_bytes(nonsense)
        show.osc("cut", "Mine")
        time.sleep(0.5)
    shutil.rmtree(folder)
    show.osc("cut", "Mine")


def scribble_scenes(show: Show, random: Random) -> None:
    """One edit of the kind, quickly."""
    folder = show.home / "config" / "hardcut" / "scenes" / "field"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.toml").write_bytes(random.randbytes(3000))
    show.osc("cut", "Mine")


def prepare_scenes(home: Path) -> None:
    folder = home / "config" / "hardcut" / "scenes" / "field"
    folder.mkdir(parents=True)
    text = (ROOT / "presets/field/24-noir.toml").read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(text.replace('name = "Noir"', 'name = "Mine"'), encoding="utf-8")


def unplug_mid_sweep(_show: Show) -> None:
    """A controller that goes in the midst of a sweep of its faders, five times; once without a goodbye."""
    for number in range(5):
        with Controller() as controller:
            controller.plug("nanoKONTROL2")
            time.sleep(2.0)
            sweep = [[0xB0, cc, value] for value in range(0, 128, 3) for cc in range(8)]
            controller.send("nanoKONTROL2", sweep, gap_ms=1.0)
            if number == 4:
                controller.kill()
            else:
                controller.unplug("nanoKONTROL2")
        time.sleep(0.5)


def fail_again_and_again(show: Show) -> None:
    """Four faults in a row of a generator that has failed twice before, in the last seconds."""
    for words in (["none"], ["nan"], ["raise"] * 4):
        show.order(*words)
        time.sleep(BETWEEN_FAULTS_S)


def nothing(_show: Show) -> None:
    """A show without a fault."""


def order(*words: str) -> Callable[[Show], None]:
    """Faults of the generator, for as many chunks."""
    return lambda show: show.order(*words)


@dataclass(frozen=True)
class Fault:
    """What is done to a show.

    Attributes:
        shm: size of /dev/shm, "" for what it is.
        shell: what a shell does with the program's streams.
        module: the program.
        after_s: how long the show goes on afterwards.
        prepare: what is done to its home before it starts.
        moving: pictures have to move again at the end.
        jack: a JACK server of the show's own, for controllers.
        clock: the show has a time of day that can be set; group: a control group of its own.
        mdns: receivers find senders by multicast, as on most networks, and not by their address.
    """

    inject: Callable[[Show], None]
    shm: str = ""
    arguments: tuple[str, ...] = ()
    shell: str = ""
    module: str = "app"
    after_s: float = AFTER_S
    prepare: Callable[[Path], None] | None = None
    moving: bool = True
    mdns: bool = False
    jack: bool = False
    clock: bool = False
    group: bool = False


FAULTS: Final[dict[str, Fault]] = {
    "none": Fault(nothing),
    "kill-output": Fault(kill_output),
    "kill-output-small-shm": Fault(kill_output, shm="40m"),
    "kill-output-mdns": Fault(kill_output, mdns=True),
    "stop-output-5s": Fault(stop_output),
    "stop-output-mdns": Fault(stop_output, mdns=True),
    "stop-program-5s": Fault(stop_program),
    "suspend-20s": Fault(suspend),
    "remove-runtime-files": Fault(remove_runtime_files),
    "remove-runtime-folder": Fault(remove_runtime_folder),
    "remove-ring": Fault(remove_ring),
    **{f"generator-{word}": Fault(order(word), module=FAULTY) for word in GENERATOR_FAULTS},
    "generator-raise-4": Fault(order(*["raise"] * 4), module=FAULTY, after_s=10.0),
    "generator-raise-4-again": Fault(fail_again_and_again, module=FAULTY),
    "generator-hang-10s": Fault(order("hang 10"), module=FAULTY, after_s=16.0),
    "generator-hang": Fault(order("hang"), module=FAULTY, after_s=45.0),
    "source-changes-50": Fault(change_source, module=FAULTY),
    "receivers-flap": Fault(flap_receivers),
    "few-descriptors": Fault(lower_descriptors),
    "few-descriptors-kill-output": Fault(lower_descriptors_and_kill, after_s=12.0),
    "little-memory": Fault(lower_memory),
    "little-memory-cgroup": Fault(limit_group, group=True),
    "clock-set-by-an-hour": Fault(set_clock, clock=True, arguments=("--session", "soak.session")),
    "midi-unplugged-mid-sweep": Fault(unplug_mid_sweep, arguments=("--midi", "nano"), jack=True),
    "second-instance": Fault(second_instance),
    "scenes-edited": Fault(edit_scenes, prepare=prepare_scenes),
    "stderr-closed-early": Fault(nothing, shell="2>&1 | head -3"),
    "stderr-full": Fault(nothing, shell="2>/dev/full"),
    "stderr-closed": Fault(nothing, shell="2>&-"),
}


def measure(name: str) -> None:
    """Play one show and print its row."""
    fault = FAULTS[name]
    if fault.shm:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={fault.shm}", "tmpfs", "/dev/shm"], check=True)
    with JackServer() if fault.jack else nullcontext():
        _measure(name, fault)


def _measure(name: str, fault: Fault) -> None:
    clock, group = SettableClock() if fault.clock else None, MemoryGroup() if fault.group else None
    show = Show(
        *fault.arguments, shell=fault.shell, module=fault.module, prepare=fault.prepare, clock=clock, group=group
    )
    try:
        show.await_frames(heard=not fault.shell)
        time.sleep(SETTLE_S)
        begun_ns = time.monotonic_ns()
        fault.inject(show)
        time.sleep(fault.after_s)
        last_ns = time.monotonic_ns()
        seen, after = show.seen(begun_ns - 1_000_000_000, last_ns), show.seen(last_ns - 2_000_000_000, last_ns)
    finally:
        took = show.end()
        if group is not None:
            group.close()
    stands = " STANDS" if fault.moving and after.longest_repeat_ns > 1_500_000_000 else ""
    wrong = "".join(f"\n    {line.strip()}" for line in show.lines if any(one in line for one in WRONG))
    print(
        f"{name:28} due {seen.due:4} got {seen.got:4} gap {seen.longest_gap_ns / 1e6:6.0f} ms"
        f"  repeat {seen.longest_repeat_ns / 1e6:6.0f} ms  lagged {show.figures[1]:3} end {took:4.1f} s{stands}{wrong}",
        flush=True,
    )
    if os.environ.get("SOAK_LINES"):
        print("".join(show.lines), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.faults")
    parser.add_argument("names", nargs="*", choices=[*FAULTS, []])
    parser.add_argument("--write", action="store_true", help="put the rows into tests/soak/RESULTS.md")
    options = parser.parse_args()
    names = options.names or list(FAULTS)
    if INSIDE in os.environ:
        measure(names[0])
        return 0
    failed = 0
    rows: list[tuple[str, ...]] = []
    for name in names:
        done = run_isolated(["-m", "tests.soak.faults", name], mdns=FAULTS[name].mdns, timeout_s=180)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        rows += _rows(done.stdout)
        if done.returncode:
            failed = 1
            sys.stdout.write(f"{name}: {done.stderr}\n")
    if options.write:
        write_part("faults", _page(rows))
    return failed


_ROW: Final = re.compile(
    r"(\S+) +due +(\d+) got +(\d+) gap +(\d+ ms) +repeat +(\d+) ms +lagged +(\d+) end +([\d.]+ s)(.*)"
)


def _rows(said: str) -> list[tuple[str, ...]]:
    rows = []
    for line in said.splitlines():
        if found := _ROW.match(line):
            name, due, got, gap, repeat, lagged, took, rest = found.groups()
            seconds, load = f"{int(repeat) / 1000:.1f} s", f"{os.getloadavg()[0]:.1f}"
            rows.append((name, due, got, gap, seconds, lagged, took, load, when(), rest.strip().lower()))
        elif rows and line.startswith(" "):
            rows[-1] = (*rows[-1][:-1], f"{rows[-1][-1]} {line.strip()}".strip())
    return rows


def _page(rows: list[tuple[str, ...]]) -> str:
    """The part with these rows; others stand as they were measured."""
    known = {**read_rows("faults"), **{row[0]: row for row in rows}}
    head = ("fault", "due", "got", "gap", "repeat", "deadlines missed", "end took", "load average", "measured", "")
    shown = table(head, [known[name] for name in FAULTS if name in known])
    return (
        f"## Faults, each in a show of its own\n\n{describe_machine().sentence()} The load average is that of the last "
        f"minute; the show itself makes some 2.\n\n{shown}"
    )


if __name__ == "__main__":
    sys.exit(main())
