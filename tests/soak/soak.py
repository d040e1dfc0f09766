"""A long show with a fault every few seconds: `make soak` for an hour, `make soak ARGS="--seconds 300"` for less.

    python -m tests.soak.soak [--seconds N] [--seed N] [--write]

Hands play it without a pause (tests.soak.hands), faults are drawn from those of FAULTS; all of it comes from the seed,
which is printed first and repeats it. An independent NDI receiver counts, a session is recorded beside it. --write puts
the figures into tests/soak/RESULTS.md.
"""

import argparse
import json
import os
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psutil

from tests.netns import INSIDE, run_isolated
from tests.soak import faults
from tests.soak.faulty_show import GENERATOR_FAULTS
from tests.soak.hands import LONGEST_HOLD_S, Hands
from tests.soak.results import machine, table, write_part
from tests.soak.show import RATE, Seen, Show, receiver
from tests.sources.videos import write_video

SETTLE_S: Final = 10.0
SAMPLE_S: Final = 5.0
REFERENCE_S: Final = 120.0
"""From here on memory is compared; in a shorter soak from a third of it."""


def _order(*words: str) -> Callable[[Show, Random], None]:
    return lambda show, _random: show.order(*words)


def _done(fault: Callable[[Show], None]) -> Callable[[Show, Random], None]:
    return lambda show, _random: fault(show)


def _stop_for_a_while(show: Show, random: Random) -> None:
    faults.stop(random.choice((show.output, show.program.pid)), random.uniform(0.3, 2.0))


def _change_source(show: Show, random: Random) -> None:
    files = [str(path) for path in sorted(show.home.glob("clip-*.mp4"))]
    odd = [str(show.home / "nothing.mp4"), str(show.home / "broken.mp4"), "/dev/null"]
    show.order(*(f"source file:{path}" for path in random.sample([*files, *odd], 3)), "source stage")


def _flap(_show: Show, random: Random) -> None:
    other = receiver()
    time.sleep(random.uniform(0.2, 1.5))
    other.kill()
    other.wait()


def _flood(show: Show, random: Random) -> None:
    for _ in range(2000):
        show.datagram(random.randbytes(random.randrange(1, 400)))
    for _ in range(200):
        show.osc(
            random.choice(("?", "parameter/field/energy", "cut", "emergency/kind")), random.choice(("?", "x" * 900))
        )


FAULTS: Final[dict[str, Callable[[Show, Random], None]]] = {
    "output killed": _done(faults.kill_output),
    "output or program stopped, up to 2 s": _stop_for_a_while,
    "runtime files removed": _done(faults.remove_runtime_files),
    "ring removed": _done(faults.remove_ring),
    **{f"generator: {word}": _order(word) for word in GENERATOR_FAULTS},
    "generator: raise, four times": _order(*["raise"] * 4),
    "generator: hangs 3 s": _order("hang 3"),
    "source changed, broken, gone": _change_source,
    "a receiver comes and goes": _flap,
    "hostile datagrams": _flood,
    "scene files edited to nonsense": _done(faults.scribble_scenes),
    "no more files can be opened, 2 s": _done(faults.lower_descriptors_briefly),
}


@dataclass
class Tally:
    """What was seen after each fault of a kind, up to the next fault."""

    times: int = 0
    due: int = 0
    got: int = 0
    gap_ns: int = 0
    repeat_ns: int = 0

    def add(self, seen: Seen) -> None:
        self.times += 1
        self.due += seen.due
        self.got += seen.got
        self.gap_ns = max(self.gap_ns, seen.longest_gap_ns)
        self.repeat_ns = max(self.repeat_ns, seen.longest_repeat_ns)


@dataclass
class Sizes:
    """Of the program: bytes, threads and descriptors, at instants of the soak in seconds."""

    taken: list[tuple[float, int, int, int]] = field(default_factory=list)

    def take(self, at_s: float, pid: int) -> None:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            with process.oneshot():
                self.taken.append((at_s, process.memory_info().rss, process.num_threads(), process.num_fds()))

    def around(self, from_s: float, to_s: float) -> tuple[float, int, int]:
        """Median memory, and the most threads and descriptors, of a span."""
        span = [one for one in self.taken if from_s <= one[0] <= to_s] or self.taken[-1:]
        memory = sorted(one[1] for one in span)[len(span) // 2]
        return memory, max(one[2] for one in span), max(one[3] for one in span)


def play(seconds: float, seed: int) -> tuple[str, bool]:
    """Play one soak; return its part of the page, and whether all was well."""
    random = Random(seed)
    show = Show("--session", "soak.session", module="tests.soak.faulty_show", prepare=_prepare)
    hands, sizes = Hands(show, Random(seed + 1)), Sizes()
    tallies: dict[str, Tally] = defaultdict(Tally)
    try:
        show.await_frames(heard=True)
        time.sleep(SETTLE_S)
        begun_ns = time.monotonic_ns()
        at_s = 0.0
        next_sample_s = 0.0
        names = list(FAULTS)
        while at_s < seconds:
            if not names:
                names = list(FAULTS)
            name = names.pop(random.randrange(len(names)))
            hands.let_go()
            fault_ns = time.monotonic_ns()
            FAULTS[name](show, random)
            until_s = at_s + random.uniform(4.0, 7.0)
            while (at_s := (time.monotonic_ns() - begun_ns) / 1e9) < until_s:
                hands.gesture()
                time.sleep(random.uniform(0.1, LONGEST_HOLD_S))
                if at_s >= next_sample_s:
                    next_sample_s = at_s + SAMPLE_S
                    sizes.take(at_s, show.program.pid)
            tallies[name].add(show.seen(fault_ns, time.monotonic_ns()))
            if show.program.poll() is not None:
                break
        last_ns = time.monotonic_ns()
        whole = show.seen(begun_ns, last_ns)
        ended = show.program.poll()
    finally:
        took = show.end()
    return _page(seconds, seed, whole, tallies, sizes, show, took, ended)


def _prepare(home: Path) -> None:
    faults.prepare_scenes(home)
    for number, (width, height, rate) in enumerate(((128, 96, 24), (640, 360, 50), (90, 160, 12), (1280, 720, 30))):
        write_video(home / f"clip-{number}.mp4", frames=28, rate=rate, size=(width, height))
    (home / "broken.mp4").write_bytes((home / "clip-0.mp4").read_bytes()[:700])
    clip = home / "clip-1.mp4"
    folder = home / "config" / "hardcut"
    (folder / "emergency.toml").write_text(f"shows = {json.dumps(f'loop:{clip}')}\n", encoding="utf-8")


def _page(
    seconds: float,
    seed: int,
    whole: Seen,
    tallies: dict[str, Tally],
    sizes: Sizes,
    show: Show,
    took: float,
    ended: int | None,
) -> tuple[str, bool]:
    reference_s = min(REFERENCE_S, seconds / 3)
    first = sizes.around(reference_s, reference_s + seconds / 10 + SAMPLE_S)
    last = sizes.around(seconds * 0.9, seconds * 2)
    left = [line.strip() for line in show.lines if "LEFT BEHIND" in line]
    raised = [line.strip() for line in show.lines if "Traceback" in line]
    missed = sum(one.due for one in tallies.values()) - sum(one.got for one in tallies.values())
    final = show.figures
    rows = [
        (name, f"{one.times}", f"{one.due}", f"{one.got}", f"{one.gap_ns / 1e6:.0f} ms", f"{one.repeat_ns / 1e9:.1f} s")
        for name, one in sorted(tallies.items())
    ]
    words = [
        f"## The soak: {seconds:.0f} s, seed {seed}",
        "",
        machine(),
        "",
        table(
            ("", "figure"),
            [
                ("frames that the receiver got, of those due", f"{whole.got} of {whole.due}"),
                ("frames that the output sent, and deadlines it missed", f"{final[0]}, {final[1]}"),
                ("longest gap at the receiver", f"{whole.longest_gap_ns / 1e6:.0f} ms"),
                ("longest repeat of one picture", f"{whole.longest_repeat_ns / 1e9:.1f} s"),
                (f"memory of the program after {reference_s:.0f} s, and at the end", _change(first[0], last[0])),
                ("threads", f"{first[1]}, {last[1]}"),
                ("descriptors", f"{first[2]}, {last[2]}"),
                ("processes and files left behind", str(len(left))),
                ("tracebacks", str(len(raised))),
                ("faults injected, kinds of them", f"{sum(one.times for one in tallies.values())}, {len(tallies)}"),
                ("the program ended by itself", "no" if ended is None else f"yes, with status {ended}"),
                ("its end took", f"{took:.1f} s"),
            ],
        ),
        "",
        "After each fault, until the next (what the fault itself holds up is in it):",
        "",
        table(("fault", "times", "due", "got", "gap", "repeat"), rows),
        *(["", "Left behind: " + "; ".join(left)] if left else []),
    ]
    well = ended is None and not left and not raised and missed >= -RATE
    return "\n".join(words), well


def _change(before: float, after: float) -> str:
    share = 100 * (after / before - 1)
    return f"{before / 2**20:.0f} MiB, {after / 2**20:.0f} MiB ({share:+.1f} %)"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.soak")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--write", action="store_true", help="put the figures into tests/soak/RESULTS.md")
    options = parser.parse_args()
    if INSIDE in os.environ:
        text, well = play(options.seconds, options.seed)
        print(text, flush=True)
        return 0 if well else 1
    print(f"seed {options.seed}", flush=True)
    arguments = ["-m", "tests.soak.soak", "--seconds", str(options.seconds), "--seed", str(options.seed)]
    done = run_isolated(arguments, timeout_s=options.seconds + 300)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    if options.write and "## The soak" in done.stdout:
        write_part("soak", done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
