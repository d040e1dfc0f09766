"""A long show with a fault every few seconds: `make soak` for an hour, `make soak ARGS="--seconds 300"` for less.

    python -m tests.soak.soak [--seconds N] [--seed N] [--write] [--busy]

Hands play it without a pause (tests.soak.hands), faults are drawn from those of tests.soak.injections. The seed is
printed first and repeats it: the same faults with the same parameters in the same order, and the same gestures, of
which more or fewer lie between two faults as the machine is fast. It goes out by every sink that the machine has, an
independent NDI receiver counts, a session is recorded beside it, and tests.soak.verdict judges. --write puts the
figures into tests/soak/RESULTS.md; --busy is for a machine that has other things to do (`make soak-short`).
SOAK_LINES=1 prints what the program said.
"""

import argparse
import os
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from random import Random
from shutil import which
from typing import Final

from tests.netns import INSIDE, SYSTEM_PATH, namespace_problem, run_isolated
from tests.soak.draws import Course, Draw, draw_faults
from tests.soak.hands import LONGEST_HOLD_S, Hands
from tests.soak.injections import FAULTS
from tests.soak.results import machine, table, write_part
from tests.soak.sizes import Sizes
from tests.soak.soaked_show import SoakedShow, open_show
from tests.soak.verdict import Allowed, Measured, Row, Tally, is_well, judge, judge_kind

SETTLE_S: Final = 10.0
SAMPLE_S: Final = 5.0
SHORTEST_HOLD_S: Final = 0.1
LAST_PATIENCE_S: Final = 10.0
WRONG: Final = ("Traceback", "SECOND INSTANCE", "KILLED")
"""What no line may have in it."""

AFTER_EACH: Final = (
    "After each fault, until the next (what the fault itself holds up is in it). *Missed* leaves out the one frame by"
    " which the edges of each span are uncertain:"
)
REFERENCE_S: Final = 120.0
"""From here on memory is compared; in a shorter soak from a third of it."""

REST_S: Final = 10.0
"""Until a generator is built and plays."""


class _Playing:
    """A show that is played and broken, and what was seen of it."""

    def __init__(self, show: SoakedShow, seed: int) -> None:
        self._show = show
        self._hands, self._pace = Hands(show, Random(f"hands {seed}")), Random(f"pace {seed}")
        self._next_sample_s = 0.0
        self.sizes = Sizes()
        self.tallies: dict[str, Tally] = defaultdict(Tally)

    def inject(self, draw: Draw) -> None:
        """Do a fault."""
        self._hands.let_go()
        if not self._is_left_out(draw):
            FAULTS[draw.name].inject(self._show, draw.random())

    def gesture(self, at_s: float) -> None:
        """Do one thing by hand; now and then begin another film, and look how large the program is."""
        self._hands.gesture()
        self._show.films.turn(self._show, at_s)
        time.sleep(self._pace.uniform(SHORTEST_HOLD_S, LONGEST_HOLD_S))
        if at_s >= self._next_sample_s:
            self._next_sample_s = at_s + SAMPLE_S
            self.sizes.take(at_s, self._show.program.pid)

    def rest(self) -> None:
        """Let the show come to rest, look how large the program is, and let scenes be kept ready again.

        A generator that is built anew lets go of what snapshots kept. How many openings would be ready by now depends
        on how busy the machine is, and each takes 2 MiB: there are none.
        """
        self._hands.rest()
        self._show.order("arm nothing", "raise")
        time.sleep(REST_S)
        self.sizes.rest(self._show.program.pid)
        self._show.order("arm again")

    def follow(self, draw: Draw, begun_ns: int, last_ns: int) -> bool:
        """Count what the receiver got of a fault's span; return whether the program goes on."""
        if not self._is_left_out(draw):
            seen = self._show.seen(begun_ns, last_ns)
            self.tallies[draw.name].add(
                due=seen.due, got=seen.got, gap_ns=seen.longest_gap_ns, repeat_ns=seen.longest_repeat_ns
            )
        return self._show.program.poll() is None

    def _is_left_out(self, draw: Draw) -> bool:
        return FAULTS[draw.name].needs in self._show.without


def play(seconds: float, seed: int) -> tuple[str, tuple[Row, ...]]:
    """Play one soak; return its part of the page, and its figures."""
    with ExitStack() as stack:
        show = open_show(stack)
        playing = _Playing(show, seed)
        tallies = playing.tallies
        try:
            show.await_frames(heard=True)
            time.sleep(SETTLE_S)
            begun_ns = time.monotonic_ns()
            course = Course(time.monotonic_ns, playing.inject, playing.gesture, playing.follow)
            draws, reference_s = draw_faults(tuple(FAULTS), seed), min(REFERENCE_S, seconds / 3)
            for part_s, at_s in ((reference_s, 0.0), (seconds - reference_s, reference_s)):
                course.run(draws, part_s, at_s)
                playing.rest()
            whole = show.seen(begun_ns, time.monotonic_ns())
            ended = show.program.poll()
            alive = show.comes(LAST_PATIENCE_S)
        finally:
            took = show.end()
        show.films.look()
    if os.environ.get("SOAK_LINES"):
        sys.stderr.writelines(show.lines)
    measured = Measured(
        tallies=tallies,
        allowed={name: fault.allowed for name, fault in FAULTS.items()},
        sizes=playing.sizes,
        seconds=seconds,
        reference_s=reference_s,
        alive=alive,
        ended=ended,
        left=tuple(line.strip() for line in show.lines if "LEFT BEHIND" in line),
        raised=tuple(line.strip() for line in show.lines if any(one in line for one in WRONG)),
        films=show.films.count,
        broken_films=show.films.broken,
    )
    rows = judge(measured)
    told = [
        ("frames that the receiver got, of those due", f"{whole.got} of {whole.due}"),
        ("frames that the output sent, and deadlines it missed", f"{show.figures[0]}, {show.figures[1]}"),
        ("faults injected, kinds of them", f"{sum(one.times for one in tallies.values())}, {len(tallies)}"),
        ("sinks", ", ".join(show.sinks)),
        ("faults left out, for the machine lacks", ", ".join(sorted(show.without)) or "none"),
        ("its end took", f"{took:.1f} s"),
    ]
    return page(f"## The soak: {seconds:.0f} s, seed {seed}", rows, told, measured), rows


def page(title: str, rows: tuple[Row, ...], told: Sequence[tuple[str, str]], measured: Measured) -> str:
    """The part of the page: figures that are judged, figures that are told, and a row for each kind of fault."""
    lost = [row.what for row in rows if not row.well]
    words = [
        title,
        "",
        machine(),
        "",
        f"Not reached: {'; '.join(lost)}." if lost else "All that was wanted was reached.",
        "",
        table(("", "wanted", "reached", ""), [*(row.cells() for row in rows), *((*one, "") for one in _told(told))]),
        "",
        *_series(measured),
        AFTER_EACH,
        "",
        table(
            ("fault", "times", "due", "got", "missed", "gap", "repeat", "wanted", ""),
            [_kind(name, tally, measured.allowed[name]) for name, tally in sorted(measured.tallies.items())],
        ),
        *(["", f"Left behind: {'; '.join(measured.left)}"] if measured.left else []),
        *(["", f"Raised: {'; '.join(measured.raised)}"] if measured.raised else []),
    ]
    return "\n".join(words)


def _series(measured: Measured) -> list[str]:
    """How the program's size went: a leak goes on growing, what is merely kept comes to an end."""
    if not measured.sizes.taken:
        return []
    series = measured.sizes.series(measured.reference_s, measured.seconds)
    rows = [
        (f"{at_s / 60:.1f} min", f"{one.memory / 2**20:.1f} MiB", str(one.threads), str(one.descriptors))
        for at_s, one in series
    ]
    return [
        "The program, as it usually was around then:",
        "",
        table(("after", "memory", "threads", "descriptors"), rows),
        "",
    ]


def _told(told: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(what, "", figure) for what, figure in told]


def _kind(name: str, tally: Tally, allowed: Allowed) -> tuple[str, ...]:
    wanted, well = judge_kind(tally, allowed)
    counts = (f"{number}" for number in (tally.times, tally.due, tally.got, tally.missed))
    times = (f"{tally.gap_ns / 1e6:.0f} ms", f"{tally.repeat_ns / 1e9:.2f} s")
    return (name, *counts, *times, wanted, "" if well else "**not reached**")


def hindrance() -> str:
    """Why no soak can be played here, or ""."""
    if find_spec("NDIlib") is None:
        return "NDI is not installed"
    if which("ip", path=os.pathsep.join((os.environ.get("PATH", ""), SYSTEM_PATH))) is None:
        return "needs ip, of iproute2"
    return namespace_problem(False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.soak")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--write", action="store_true", help="put the figures into tests/soak/RESULTS.md")
    parser.add_argument(
        "--busy",
        action="store_true",
        help="other things run beside it: figures that they can spoil are told, and fail nothing; where no soak can be "
        "played, that is said and is no failure",
    )
    options = parser.parse_args()
    if INSIDE in os.environ:
        text, rows = play(options.seconds, options.seed)
        print(text, flush=True)
        return 0 if is_well(rows, busy=options.busy) else 1
    if problem := hindrance():
        print(f"No soak here: {problem}.", flush=True)
        return 0 if options.busy else 2
    print(f"seed {options.seed}", flush=True)
    arguments = ["-m", "tests.soak.soak", "--seconds", str(options.seconds), "--seed", str(options.seed)]
    done = run_isolated([*arguments, *(["--busy"] if options.busy else [])], timeout_s=options.seconds + 300)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    if options.write and "## The soak" in done.stdout:
        write_part("soak", done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
