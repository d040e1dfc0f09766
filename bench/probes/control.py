"""Drives the control plane, without a generator and without an output, and checks what it decides.

Usage: control. Its last line is JSON: {"checks": {name: held}, "boundary_ms": [...], "posts_per_s": number,
"modulation_ms": [...]}.
"""

import gc
import json
import random
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final

from bench.figures import percentile
from bench.probes.modulation import time_modulation
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.mailbox import Mailbox
from engine.messages.commands import (
    Command,
    HardCut,
    NudgeTempo,
    RecallSnapshot,
    SetParameter,
    SetPrompt,
    SetPromptBlend,
    SetTempo,
    SoftCut,
    StoreSnapshot,
)
from engine.messages.prompt import MorphStyle
from engine.messages.scenes import load_library
from engine.messages.transitions import Ease, Launch, Span, SpanUnit, Transition
from engine.scheduling.commit_scheduler import Commit, CommitScheduler

THREADS: Final = 8
COMMANDS: Final = 100_000
CUT_EVERY: Final = 50
PENDING: Final = 1_000
BOUNDARIES_TIMED: Final = 500
BOUNDARIES_REPLAYED: Final = 10_000
CHUNK_NS: Final = NS_PER_SECOND // 15

SPEC: Final = find_generator(DEFAULT_GENERATOR).describe()
TABLE: Final = SPEC.parameters
SCENES: Final = load_library(SPEC.name, TABLE)
NAMES: Final = tuple(SCENES)
IDS: Final = tuple(TABLE)


def scheduler() -> CommitScheduler:
    """Return the built-in generator's scheduler, in its home scene."""
    return CommitScheduler(TABLE, SCENES, SPEC.home_scene, first_epoch=1)


def random_value(chance: random.Random, parameter: str) -> float:
    """Return a random value in a parameter's range."""
    spec = TABLE[parameter]
    return chance.uniform(spec.minimum, spec.maximum)


def flood(mailbox: Mailbox[Command], thread: int, all_posted: threading.Barrier) -> None:
    """Return one thread's commands: moves of its own parameters, and now and then a cut with its thread and number."""
    chance = random.Random(thread)
    own = IDS[thread::THREADS]
    share = COMMANDS // THREADS
    for number in range(share - len(own)):
        if number % CUT_EVERY == 0:
            mailbox.put(HardCut(stamp_ns=thread * COMMANDS + number, scene=chance.choice(NAMES)))
        else:
            parameter = chance.choice(own)
            mailbox.put(SetParameter(stamp_ns=0, parameter=parameter, value=random_value(chance, parameter)))
    all_posted.wait()  # no cut comes after anybody's last values
    for parameter in own:
        mailbox.put(SetParameter(stamp_ns=0, parameter=parameter, value=last_value(parameter)))


def last_value(parameter: str) -> float:
    """Return the value that a parameter must end on."""
    return random_value(random.Random(f"last {parameter}"), parameter)


def check_flood() -> tuple[dict[str, bool], float]:
    """Post from eight threads while one commits; return checks, and commands a second through mailbox and scheduler."""
    mailbox: Mailbox[Command] = Mailbox()
    barrier = threading.Barrier(THREADS)
    threads = [threading.Thread(target=flood, args=(mailbox, number, barrier)) for number in range(THREADS)]
    plan = scheduler()
    received, boundaries = 0, 0
    cuts: list[int] = []
    last: Commit | None = None
    start_ns = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    while received < COMMANDS and (any(thread.is_alive() for thread in threads) or mailbox.wait(0)):
        mailbox.wait(NS_PER_MS)
        commands = mailbox.drain()
        received += len(commands)
        last = plan.boundary(commands, boundaries * CHUNK_NS, boundaries * CHUNK_NS, CHUNK_NS)
        cuts += [cut.stamp_ns for cut in last.cuts]
        boundaries += 1
    elapsed_s = (time.perf_counter_ns() - start_ns) / NS_PER_SECOND
    for thread in threads:
        thread.join()
    share = COMMANDS // THREADS
    sent = [
        [number * COMMANDS + step for step in range(0, share - len(IDS[number::THREADS]), CUT_EVERY)]
        for number in range(THREADS)
    ]
    played = [[stamp for stamp in cuts if stamp // COMMANDS == number] for number in range(THREADS)]
    targets = dict(last.targets) if last is not None else {}
    checks = {
        "none lost": received == COMMANDS,
        "last values right": targets == {parameter: last_value(parameter) for parameter in IDS},
        "one-shots in order": played == sent and plan.epoch == 1 + sum(map(len, sent)),
    }
    return checks, received / elapsed_s


def pending(chance: random.Random) -> list[Command]:
    """Return a thousand commands of a busy show: mostly moves, some prompts, ten cuts."""
    commands: list[Command] = []
    for number in range(PENDING):
        if number % 100 == 99:
            commands.append(HardCut(stamp_ns=number, scene=chance.choice(NAMES)))
        elif number % 20 == 10:
            commands.append(SetPrompt(stamp_ns=number, text=chance.choice(NAMES), chunks=8))
        else:
            parameter = chance.choice(IDS)
            value = random_value(chance, parameter)
            commands.append(SetParameter(stamp_ns=number, parameter=parameter, value=value))
    return commands


def time_boundaries() -> list[float]:
    """Measure the milliseconds in which a boundary drains and commits a thousand pending commands."""
    plan, chance, durations_ms = scheduler(), random.Random(1), []
    mailbox: Mailbox[Command] = Mailbox()
    for boundary in range(BOUNDARIES_TIMED):
        for command in pending(chance):
            mailbox.put(command)
        gc.collect(0)
        start_ns = time.perf_counter_ns()
        plan.boundary(mailbox.drain(), boundary * CHUNK_NS, boundary * CHUNK_NS, CHUNK_NS)
        durations_ms.append((time.perf_counter_ns() - start_ns) / NS_PER_MS)
    return durations_ms


def show(seed: int) -> Iterator[tuple[Command, ...]]:
    """Return the commands at each boundary of a long show, drawn from a seed."""
    chance = random.Random(seed)
    units, eases, launches = tuple(SpanUnit), tuple(Ease), tuple(Launch)
    for number in range(BOUNDARIES_REPLAYED):
        arrived: list[Command] = []
        for _ in range(chance.choice((0, 0, 1, 2, 5))):
            kind, scene = chance.randrange(9), chance.choice(NAMES)
            launch = chance.choice(launches)
            parameter = chance.choice(IDS)
            glide = Transition(Span(chance.uniform(0, 4), chance.choice(units)), chance.choice(eases))
            arrived.append(
                (
                    SetParameter(stamp_ns=number, parameter=parameter, value=random_value(chance, parameter)),
                    SetParameter(
                        stamp_ns=number, parameter=parameter, value=random_value(chance, parameter), glide=glide
                    ),
                    HardCut(stamp_ns=number, scene=scene, launch=launch),
                    SoftCut(stamp_ns=number, scene=scene, chunks=chance.randrange(1, 40), launch=launch),
                    SetPrompt(stamp_ns=number, text=scene, chunks=chance.randrange(1, 20)),
                    SetPromptBlend(
                        stamp_ns=number,
                        parts=((scene, chance.uniform(0.1, 2)), (parameter, 1.0)),
                        chunks=5,
                        style=chance.choice(tuple(MorphStyle)),
                    ),
                    SetTempo(stamp_ns=number * CHUNK_NS, bpm=chance.uniform(60, 180)),
                    chance.choice(
                        (StoreSnapshot(stamp_ns=number, slot=1), RecallSnapshot(stamp_ns=number, slot=1, launch=launch))
                    ),
                    NudgeTempo(stamp_ns=number, offset_ns=chance.randrange(-20, 20) * NS_PER_MS),
                )[kind]
            )
        yield tuple(arrived)


def play(drains: Sequence[tuple[Command, ...]]) -> Iterator[Commit]:
    """Return the commits of a show."""
    plan = scheduler()
    for number, commands in enumerate(drains):
        yield plan.boundary(commands, number * CHUNK_NS, number * CHUNK_NS, CHUNK_NS)


def check_replay() -> bool:
    """Check that two schedulers with the same commands decide the same, commit by commit and event by event."""
    drains = tuple(show(7))
    return all(first == second for first, second in zip(play(drains), play(drains), strict=True))


def main() -> int:
    """Measure everything once."""
    checks, rate = check_flood()
    durations_ms = time_boundaries()
    checks[f"{BOUNDARIES_REPLAYED} boundaries replayed identically"] = check_replay()
    boundary_ms = [percentile(durations_ms, 50), percentile(durations_ms, 95)]
    modulation_ms = time_modulation()
    result = {
        "checks": checks,
        "boundary_ms": boundary_ms,
        "posts_per_s": rate,
        "modulation_ms": [percentile(modulation_ms, 50), percentile(modulation_ms, 95)],
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
