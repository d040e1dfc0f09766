"""`hardcut osc`: the list of addresses, and how the socket stands up to hostile datagrams."""

import random
import socket
import sys
import threading
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from typing import Final

import psutil

from app.control.state import first_state
from app.control.store import ControlStore
from app.osc.addresses import listing
from app.osc.packets import Argument, Message, encode
from app.osc.service import OscService
from app.sentences import SentenceParser
from engine.clock import SystemClock
from engine.generators.registry import DEFAULT_GENERATOR, find_generator, generator_names
from engine.messages.commands import Command
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterTable
from engine.messages.scenes import SceneLibrary

GROWTH_MIB: Final = 4.0
"""From the first tenth to the last; what Python's allocator moves by itself stays below it."""

PACE: Final = 192
"""Datagrams sent before the reader is waited for: loopback drops what the socket's 200 KiB cannot hold."""

PATIENCE_S: Final = 0.25
"""How long it is waited for: what has not been read then was dropped."""


def run_osc(arguments: Sequence[str]) -> int:
    """`hardcut osc …`; the exit status."""
    parser = SentenceParser(prog="hardcut osc", allow_abbrev=False, description="Open Sound Control.")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="addresses|bench")
    addresses = tasks.add_parser("addresses", help="every address with its types and range")
    addresses.add_argument("--generator", default=DEFAULT_GENERATOR, choices=generator_names(), metavar="NAME")
    bench = tasks.add_parser("bench", help="send hostile datagrams over loopback and watch memory")
    bench.add_argument("--datagrams", type=_count, default=100_000, metavar="N", help="how many (100000)")
    found = parser.parse_args(arguments)
    if found.task == "bench":
        return _bench(found.datagrams)
    sys.stdout.write(f"{listing(_table(found.generator))}\n")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a number of datagrams; write 100000.")
    return int(text)


def _table(generator: str) -> ParameterTable:
    return find_generator(generator).describe().parameters.joined(OUTPUT_PARAMETERS)


def _bench(count: int) -> int:
    posted = 0

    def post(_command: Command) -> None:
        nonlocal posted
        posted += 1

    table, clock = _table(DEFAULT_GENERATOR), SystemClock()
    front = ControlStore(post, clock, lambda: (table, SceneLibrary({})), first_state(table, ("a", "b")))
    service = OscService(post, front, clock, ("127.0.0.1", 0))
    service.start()
    host, _, port = service.state().place.rpartition(":")
    own, chance, me = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), random.Random(1), psutil.Process()
    memory: list[int] = []
    lost = 0
    began = time.monotonic()
    try:
        for number in range(count):
            own.sendto(hostile(chance), (host, int(port)))
            if number % PACE == PACE - 1:
                lost += _missing(service, number + 1 - lost)
            if number % (count // 10 or 1) == count // 20:
                memory.append(me.memory_info().rss)
        threading.Event().wait(1.5)
        state = service.state()
        alive = not state.fault
    finally:
        service.close()
        own.close()
    took = time.monotonic() - began
    grown = (memory[-1] - memory[0]) / 2**20
    flat = grown <= GROWTH_MIB
    sys.stdout.write(
        f"{count} datagrams in {took:.0f} s: {state.datagrams} read, {count - state.datagrams} dropped by loopback;"
        f" {state.refused} refused, {posted} commands, {'nothing raised' if alive else state.fault}.\n"
        f"memory, MiB: {' '.join(f'{rss / 2**20:.1f}' for rss in memory)}; {grown:+.1f},"
        f" {'flat' if flat else f'more than {GROWTH_MIB:g}'}.\n"
    )
    return 0 if alive and flat else 1


def _missing(service: OscService, sent: int) -> int:
    """Wait until so many datagrams were read; how many never were."""
    late = time.monotonic() + PATIENCE_S
    while (left := sent - service.state().datagrams) and time.monotonic() < late:
        threading.Event().wait(0.001)
    return left


def hostile(chance: random.Random) -> bytes:
    """Noise, or a message or bundle damaged in a few places and cut."""
    if chance.random() < 0.2:
        return chance.randbytes(chance.randrange(600))
    arguments: tuple[Argument, ...] = (1, -1.5, "text", True, float("inf"))
    path = chance.choice(["parameter/field/energy", "pad/3", "macro/1", "subscribe", "nothing", "?", "tempo"])
    data = encode(Message(f"/hardcut/{path}", (chance.choice(arguments),)))
    if chance.random() < 0.5:
        size = len(data).to_bytes(4, "big")
        data = b"#bundle\0" + bytes(8) + size + data + size + data
    damaged = bytearray(data)
    for _ in range(chance.randrange(6)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged[: chance.randrange(len(damaged) + 1)] if chance.random() < 0.3 else damaged)
