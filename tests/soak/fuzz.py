"""Every reader with many hostile files, MIDI with many bytes, OSC and DMX with many datagrams, sound with many blocks:
`make fuzz`.

    python -m tests.soak.fuzz [KIND …] [--count N] [--bytes N] [--datagrams N] [--blocks N] [--jobs N] [--seed N]
    python -m tests.soak.fuzz --write …

What is read wrongly is brought to its smallest form and kept under tests/soak/corpus, where the tests try it each time.
A table ends it; --write puts that into tests/soak/RESULTS.md.
"""

import argparse
import json
import math
import multiprocessing
import os
import re
import secrets
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.audio.hostile import abuse, recovers, sane
from bench.audio.unplugged import play
from bench.osc import send_hostile
from engine.audio.analysis import Analyser
from engine.generators.field.parameters import PARAMETERS
from engine.metrics.machine import describe_machine
from tests.cli.test_hostile_files import JSON_VALUES, mutations
from tests.soak.controllers import DESKS, HEARERS
from tests.soak.readers import BINARY, CORPUS, KINDS, TEXT, Verdict, keep, kept_of, read_hostile
from tests.soak.results import read_rows, table, when, write_part

OTHERS: Final = ("sound", "sound-pulled", "osc", *HEARERS)
"""First, as the blocks of sound take longest."""

SPLIT: Final = ("sound", "sound-pulled")
"""Tried in as many parts as there are processes: by far the longest."""

PULLED_SHARE: Final = 0.1
"""Of all blocks of sound, how many come from a card that is pulled out again and again."""

_VALUE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\}')
_OTHER_VALUES: Final = (
    st.sampled_from(JSON_VALUES)
    | st.integers().map(str)
    | st.floats(-10.0, 1000.0).map(repr)
    | st.text(max_size=12).map(json.dumps)
)

UNITS: Final = {"sound": "blocks", "sound-pulled": "blocks", "osc": "datagrams", "midi": "bytes"} | dict.fromkeys(
    DESKS, "datagrams"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many of what are tried: files of each kind, bytes of MIDI, datagrams of each protocol, blocks of sound."""

    files: int = 10_000
    midi_bytes: int = 1_000_000
    datagrams: int = 100_000
    blocks: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of hostile input of a kind.

    Attributes:
        refused: in a sentence; accepted: read, or made into messages, for what they were.
        raised: anything else that was raised, or told out of its range; wrong: the first of it.
        remark: what else there is to know.
    """

    kind: str
    tried: int = 0
    refused: int = 0
    accepted: int = 0
    raised: int = 0
    seconds: float = 0.0
    wrong: str = ""
    remark: str = ""


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with stretches replaced, doubled, moved or cut off."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 9))
        match draw(st.sampled_from(("replace", "insert", "cut", "double", "number"))):
            case "replace":
                data[at : at + length] = draw(st.binary(min_size=length, max_size=length))
            case "insert":
                data[at:at] = draw(st.binary(max_size=16))
            case "cut":
                del data[at:]
            case "double":
                data[at:at] = data[at : at + 64 * length]
            case _:
                number = draw(st.sampled_from((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)))
                data[at : at + 8] = number.to_bytes(8, "little")
    return bytes(data)


@st.composite
def misvalued(draw: st.DrawFn, text: str) -> bytes:
    """The TOML or JSON with some values replaced by others: still a document, mostly."""
    for _ in range(draw(st.integers(1, 3))):
        values = list(_VALUE.finditer(text))
        if not values:
            break
        one = values[draw(st.integers(0, len(values) - 1))]
        text = text[: one.start()] + draw(_OTHER_VALUES) + text[one.end() :]
    return text.encode("utf-8", "surrogatepass")


def fuzz(kind: str, count: int, chance: int) -> Outcome:
    """Read so many hostile files of a kind, fewer if one is read wrongly."""
    hostile = damaged(BINARY[kind][1]()) if kind in BINARY else mutations(TEXT[kind][1]())
    if kind in TEXT and _VALUE.search(TEXT[kind][1]()):
        hostile |= misvalued(TEXT[kind][1]())
    kept = kept_of(kind)
    if kept:
        hostile |= st.sampled_from(kept).flatmap(damaged)
    latest = b""
    verdicts: Counter[Verdict] = Counter()

    with tempfile.TemporaryDirectory() as folder:

        @seed(chance)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        @given(content=hostile)
        def one(content: bytes) -> None:
            nonlocal latest
            latest = content
            verdicts[read_hostile(kind, content, Path(folder))] += 1

        try:
            for latest in kept:
                verdicts[read_hostile(kind, latest, Path(folder))] += 1
            one()
        except Exception as fault:  # noqa: BLE001 - that is what is looked for
            return _outcome(kind, verdicts, f"{_words(fault)} {_kept_as(kind, latest)}")
    return _outcome(kind, verdicts)


def _kept_as(kind: str, content: bytes) -> str:
    return f"(kept as {keep(kind, content).relative_to(CORPUS.parents[2])})"


def _outcome(kind: str, verdicts: Counter[Verdict], wrong: str = "") -> Outcome:
    passed_over, bad = verdicts[Verdict.PASSED_OVER], bool(wrong)
    return Outcome(
        kind=kind,
        tried=verdicts.total() + bad,
        refused=verdicts[Verdict.REFUSED],
        accepted=verdicts[Verdict.ACCEPTED],
        raised=bad,
        wrong=wrong,
        remark=f"{passed_over:,} passed over" if passed_over else "",
    )


def fuzz_hearer(kind: str, count: int, chance: int) -> Outcome:
    """Send so many bytes or datagrams to what hears a controller or a desk."""
    told = HEARERS[kind](count, chance)
    bad = bool(told.wrong)
    return Outcome(
        kind=kind,
        tried=told.tried,
        accepted=0 if bad else told.tried,
        raised=bad,
        wrong=f"{told.wrong} {_kept_as(kind, told.latest)}" if bad else "",
        remark=f"{told.commands:,} commands",
    )


def fuzz_osc(count: int) -> Outcome:
    """Send so many datagrams over loopback to the service that reads them."""
    told = send_hostile(count, PARAMETERS)
    wrong = told.fault or ("" if told.flat else told.memory_words)
    remark = f"{told.refused} messages of them refused, {told.commands} commands, memory {told.grown_mib:+.1f} MiB"
    bad = bool(wrong)
    return Outcome(kind="osc", tried=told.read, accepted=told.read, raised=bad, wrong=wrong, remark=remark)


def fuzz_sound(count: int, chance: int) -> Outcome:
    """Hear so many hostile blocks at all rates; clicks after them are heard as ever."""
    told, hops, wrong = 0, 0, ""
    try:
        for _, features in abuse(np.random.default_rng(chance), count):
            told, hops = told + 1, hops + len(features)
            for one in features:
                if not sane(one):
                    return Outcome(kind="sound", tried=told, raised=1, wrong=f"out of range: {one}")
        for rate in (8_000, 48_000, 192_000):
            tempo = recovers(Analyser(rate), rate, 10.0)
            if abs(tempo - 120.0) > 1.2:
                wrong = f"clicks of 120 BPM at {rate} Hz are told as {tempo:.1f}"
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        wrong = _words(fault)
    bad = bool(wrong)
    return Outcome(kind="sound", tried=told, accepted=told - bad, raised=bad, wrong=wrong, remark=f"{hops} hops")


def fuzz_pulled(count: int, chance: int) -> Outcome:
    """Hear so many hostile blocks from a card that goes in the midst of some and comes back as another."""
    kind = "sound-pulled"
    try:
        show = play(np.random.default_rng(chance), count)
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        return Outcome(kind=kind, raised=1, wrong=_words(fault))
    wrong = next(iter(show.faults), "")
    remark = f"{show.hops} hops, pulled {show.pulls} times"
    bad = len(show.faults)
    return Outcome(kind=kind, tried=count, accepted=count - bad, raised=bad, wrong=wrong, remark=remark)


def try_kind(kind: str, counts: Counts, chance: int) -> Outcome:
    """Try hostile input of a kind, and time it."""
    begun, pulled = time.monotonic(), math.ceil(PULLED_SHARE * counts.blocks)
    match kind:
        case "sound":
            outcome = fuzz_sound(counts.blocks - pulled, chance)
        case "sound-pulled":
            outcome = fuzz_pulled(pulled, chance)
        case "osc":
            outcome = fuzz_osc(counts.datagrams)
        case "midi":
            outcome = fuzz_hearer(kind, counts.midi_bytes, chance)
        case _ if kind in DESKS:
            outcome = fuzz_hearer(kind, counts.datagrams, chance)
        case _:
            outcome = fuzz(kind, counts.files, chance)
    return replace(outcome, seconds=time.monotonic() - begun)


def try_all(kinds: tuple[str, ...], counts: Counts, chance: int, jobs: int) -> Iterator[Outcome]:
    """Try each kind, some at a time; yield what became of each as it is done."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    parts = {kind: jobs if kind in SPLIT else 1 for kind in kinds}
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_be_quiet) as pool:
        asked = {
            pool.submit(try_kind, kind, replace(counts, blocks=-(-counts.blocks // parts[kind])), chance + part): kind
            for kind in kinds
            for part in range(parts[kind])
        }
        for done in as_completed(asked):
            found[asked[done]].append(_result(asked[done], done))
            if len(found[asked[done]]) < parts[asked[done]]:
                continue
            yield _joined(found[asked[done]])


def _joined(parts: list[Outcome]) -> Outcome:
    """One outcome of several that went on at the same time."""
    return Outcome(
        kind=parts[0].kind,
        tried=sum(one.tried for one in parts),
        refused=sum(one.refused for one in parts),
        accepted=sum(one.accepted for one in parts),
        raised=sum(one.raised for one in parts),
        seconds=max(one.seconds for one in parts),
        wrong=next((one.wrong for one in parts if one.wrong), ""),
        remark=" + ".join(one.remark for one in parts if one.remark),
    )


def _result(kind: str, done: "Future[Outcome]") -> Outcome:
    try:
        return done.result()
    except BrokenProcessPool:
        return Outcome(kind=kind, raised=1, wrong="The process that read it, or another beside it, has died.")


def _be_quiet() -> None:
    """What is refused is counted, and not printed beside."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''}"


HEAD: Final = (
    "kind",
    "tried",
    "of what",
    "refused in words",
    "accepted",
    "raised",
    "took",
    "load average",
    "measured",
    "",
)


def row(one: Outcome) -> tuple[str, ...]:
    """What became of a kind, as a row of the table; measured now."""
    return (
        one.kind,
        f"{one.tried:,}",
        UNITS.get(one.kind, "files"),
        f"{one.refused:,}" if one.kind in KINDS else "",
        f"{one.accepted:,}",
        f"{one.raised:,}",
        f"{one.seconds:.0f} s",
        f"{os.getloadavg()[2]:.1f}",
        when(),
        one.wrong or one.remark,
    )


def _page(rows: list[tuple[str, ...]]) -> str:
    """The part with these rows; others stand as they were measured."""
    known = {**read_rows("fuzz"), **{one[0]: one for one in rows}}
    shown = table(HEAD, [known[kind] for kind in (*OTHERS, *KINDS) if kind in known])
    return (
        f"## Hostile input\n\n{describe_machine().sentence()} The load average is that of the last quarter of an hour;"
        f" some kinds ran side by side.\n\n{shown}"
    )


def main() -> int:
    counts = Counts()
    parser = argparse.ArgumentParser(prog="tests.soak.fuzz")
    parser.add_argument("kinds", nargs="*", choices=[*OTHERS, *KINDS, []])
    parser.add_argument("--count", type=int, default=counts.files, help="files of each kind")
    parser.add_argument("--bytes", type=int, default=counts.midi_bytes, help="of MIDI")
    parser.add_argument("--datagrams", type=int, default=counts.datagrams, help="of OSC and of each DMX")
    parser.add_argument("--blocks", type=int, default=counts.blocks, help="of sound")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--write", action="store_true", help="put the rows into tests/soak/RESULTS.md")
    options = parser.parse_args()
    counts = Counts(files=options.count, midi_bytes=options.bytes, datagrams=options.datagrams, blocks=options.blocks)
    print(f"seed {options.seed}", flush=True)
    kinds = tuple(options.kinds or (*OTHERS, *KINDS))
    rows: dict[str, tuple[str, ...]] = {}
    failed = 0
    for one in try_all(kinds, counts, options.seed, options.jobs):
        print(f"{one.kind:12} {one.tried:8} {one.seconds:6.0f} s  {one.wrong or 'nothing raised'}", flush=True)
        rows[one.kind] = row(one)
        failed |= bool(one.raised)
        if options.write:  # at once, as all together may take an hour
            write_part("fuzz", _page([rows[one.kind]]))
    print(f"\n{table(HEAD, [rows[kind] for kind in kinds])}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
