"""`hardcut midi bench`: a controller in its own process plays the running program over a real MIDI system.

Three processes: this one asks, the player is the engine at full speed with its MIDI service, the controller sends.
The player notes when each command is handed to the engine; all read one monotonic clock.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.figures import percentile
from bench.harness.midi_system import BenchMidiSystem
from bench.harness.namespace import Namespace
from bench.harness.processes import Child, Workplace
from engine.clock import NS_PER_MS, NS_PER_SECOND

KNOB_CC: Final = 48
ANSWER_S: Final = 15.0
PAIR_GAP_MS: Final = 7.0
LATENCIES: Final = 1000
BURST: Final = 2000
RATE: Final = 500
LIGHTS: Final = 64 + 5
"""Pads and buttons of the controller that is played."""

CLOCK_BPM: Final = 120.0
CLOCK_S: Final = 10.0

WANTED_MS: Final = 5.0
WANTED_BACK_S: Final = 2.0

Posted = tuple[int, int, float]
"""When a command was handed over, when its message arrived, its value 0..1."""


def run_bench(seconds: float, replugs: int) -> int:
    """Measure and print; 0 if every figure is as it should be."""
    with Workplace() as workplace, Namespace(workplace) as namespace, BenchMidiSystem(workplace, namespace) as system:
        environment = workplace.environment(system.environment)

        def child(role: str) -> Child:
            command = [sys.executable, "-m", f"bench.midi.{role}", system.api]
            return Child(namespace.command(command), environment, Path(workplace.path) / f"{role}.log")

        with child("player") as player, child("controller") as controller:
            if (
                player.line() != "ready"
                or controller.line() != "ready"
                or not _request(player, do="await", state="open")
            ):
                sys.stderr.write(f"{player.last_error_line()} {controller.last_error_line()}\n")
                return 1
            time.sleep(1.0)  # the engine finds its pace
            return _Measurement(player, controller, system.missed).all(seconds, replugs)


def _request(child: Child, **question: object) -> Any:
    child.write(json.dumps(question))
    return json.loads(child.line())


def _sweep(count: int) -> list[list[int]]:
    """Return a sweep in which every value differs from the one before, so that each is a command of its own."""
    return [[0xB0, KNOB_CC, index % 128] for index in range(count)]


def _spread(waits: Sequence[float]) -> str:
    if not waits:
        return "nothing arrived"
    return f"p50 {percentile(waits, 50):.2f} ms, p95 {percentile(waits, 95):.2f} ms, longest {max(waits):.2f} ms"


class _Measurement:
    """The questions, one after another; each returns a sentence and whether the figure is as it should be."""

    def __init__(self, player: Child, controller: Child, missed: Callable[[], int]) -> None:
        self._missed = missed
        self._player = player
        self._controller = controller

    def all(self, seconds: float, replugs: int) -> int:
        steps: list[Callable[[], tuple[str, bool]]] = [
            self.latency,
            self.burst,
            lambda: self.fast_knob(seconds),
            self.clock,
            lambda: self.replug(replugs),
        ]
        good = True
        for step in steps:
            missed, overruns = self._missed(), _request(self._player, do="lost")
            words, fine = step()
            missed_now = self._missed()
            lost = f"; JACK missed {missed_now - missed} cycles" if missed_now > missed else ""
            full = "; the input's queue ran over" if _request(self._player, do="lost") > overruns else ""
            sys.stdout.write(f"{words}{lost}{full}{'' if fine else '  ← NOT AS IT SHOULD BE'}\n")
            sys.stdout.flush()
            good = good and fine
        return 0 if good else 1

    def latency(self) -> tuple[str, bool]:
        sent = self._send(_sweep(LATENCIES), PAIR_GAP_MS)
        posted = self._posted(LATENCIES)
        waits = self._waits(sent, posted)
        ours = [(at_ns - stamp_ns) / NS_PER_MS for at_ns, stamp_ns, _ in posted]
        words = (
            f"message to command: {_spread(waits)} ({len(waits)} sent), of that in the midi thread "
            f"{_spread(ours)} (wanted: p95 {WANTED_MS:g} ms)"
        )
        return words, len(posted) == LATENCIES and percentile(waits, 95) <= WANTED_MS

    def burst(self) -> tuple[str, bool]:
        self._send(_sweep(BURST), 0.0)
        values = [round(value * 127) for _, _, value in self._posted(BURST)]
        in_order = values == [index % 128 for index in range(BURST)]
        order = "in order" if in_order else "NOT in order"
        return f"burst of {BURST}: {BURST - len(values)} lost, {order}", in_order

    def fast_knob(self, seconds: float) -> tuple[str, bool]:
        count = round(seconds * RATE)
        _request(self._player, do="commits")
        sent = self._send(_sweep(count), 1000 / RATE)
        posted = self._posted(count)
        time.sleep(1.0)
        commits = [(at, value) for at, value in _request(self._player, do="commits") if posted and at >= posted[0][0]]
        waits = self._waits(sent, posted)
        stale = [_staleness(at_ns, value, posted) / NS_PER_MS for at_ns, value in commits]
        final = bool(commits) and bool(posted) and abs(commits[-1][1] - posted[-1][2]) < 1e-6
        tenth = max(len(waits) // 10, 1)
        words = (
            f"knob at {RATE} a second for {seconds:g} s: {count - len(posted)} lost; p95 of the first tenth "
            f"{percentile(waits[:tenth], 95):.2f} ms, of the last {percentile(waits[-tenth:], 95):.2f} ms; "
            f"{len(commits)} commits, each the newest to within {max(stale, default=0.0):.2f} ms; the last "
            f"{'is' if final else 'IS NOT'} what was sent last"
        )
        return words, final and len(posted) == count and max(stale, default=0.0) <= WANTED_MS

    def clock(self) -> tuple[str, bool]:
        _request(self._player, do="tempo", bpm=CLOCK_BPM)
        time.sleep(2.0)  # from the first bar on
        for child in (self._controller, self._player):
            _request(child, do="ticks" if child is self._controller else "late")
        time.sleep(CLOCK_S)
        ticks = _request(self._controller, do="ticks")
        late = [late_ns / NS_PER_MS for late_ns in _request(self._player, do="late")]
        period_ns = 60 * NS_PER_SECOND / (CLOCK_BPM * 24)
        off = _off_grid(ticks, period_ns)
        expected = CLOCK_S * NS_PER_SECOND / period_ns
        words = (
            f"clock out at {CLOCK_BPM:g} bpm: {len(ticks)} ticks in {CLOCK_S:g} s, off an even grid {_spread(off)} "
            f"as received; latest in a bar as sent {max(late, default=0.0):.2f} ms"
        )
        return words, abs(len(ticks) - expected) <= 2

    def replug(self, times: int) -> tuple[str, bool]:
        """Unplug and replug the device; every other time it returns before the unplugging can be noticed."""
        if not times:
            return "unplugged and plugged in: not measured", True
        before = _request(self._controller, do="lights", count=LIGHTS)
        waits: list[float] = []
        deaf = dark = 0
        for turn in range(times):
            _request(self._controller, do="unplug")
            if turn % 2 == 0:
                _request(self._player, do="await", state="gone")
            start_ns = time.monotonic_ns()
            _request(self._controller, do="plug")
            lights = _request(self._controller, do="lights", count=LIGHTS)
            deaf += not self._plays()
            waits.append((time.monotonic_ns() - start_ns) / NS_PER_SECOND)
            dark += lights != before
        words = (
            f"unplugged and plugged in {times} times, half of them at once: lit and playing within "
            f"{max(waits):.2f} s, {dark} times with other lights, {deaf} times deaf"
        )
        return words, not deaf and not dark and max(waits) <= WANTED_BACK_S

    def _plays(self) -> bool:
        """Turn the knob until that shows: a hand goes on where JACK misses one message while ports come and go."""
        deadline = time.monotonic() + ANSWER_S
        value = 0
        while time.monotonic() < deadline:
            value = (value + 1) % 128
            self._send([[0xB0, KNOB_CC, value]], 0.0)
            time.sleep(0.02)
            if _request(self._player, do="posted"):
                return True
        return False

    def _send(self, messages: list[list[int]], gap_ms: float) -> list[int]:
        sent: list[int] = _request(self._controller, do="send", messages=messages, gap_ms=gap_ms)
        return sent

    def _posted(self, count: int) -> list[Posted]:
        """Return the posted commands once so many have come, or no more come."""
        got: list[Posted] = []
        deadline = time.monotonic() + ANSWER_S
        while len(got) < count and time.monotonic() < deadline:
            got += [(at_ns, stamp_ns, value) for at_ns, stamp_ns, value in _request(self._player, do="posted")]
            time.sleep(0.1)
        return got

    @staticmethod
    def _waits(sent: Sequence[int], posted: Sequence[Posted]) -> list[float]:
        return [(at_ns - sent_ns) / NS_PER_MS for sent_ns, (at_ns, _, _) in zip(sent, posted, strict=False)]


def _staleness(at_ns: int, value: float, posted: Sequence[Posted]) -> int:
    """Return how long before a commit a newer value than the committed one was there, in ns."""
    newer_ns = at_ns
    for when, _, one in reversed([entry for entry in posted if entry[0] <= at_ns]):
        if abs(one - value) < 1e-6:
            return at_ns - newer_ns
        newer_ns = when
    return 0


def _off_grid(ticks: Sequence[int], period_ns: float) -> list[float]:
    """Return how far each tick is from the even grid that fits them best, in ms."""
    late = [tick - index * period_ns for index, tick in enumerate(ticks)]
    middle = sum(late) / len(late) if late else 0.0
    return [abs(one - middle) / NS_PER_MS for one in late]
