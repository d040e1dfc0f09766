"""`hardcut osc bench`: hostile datagrams over loopback: is anything raised, and does memory stay flat?"""

import random
import socket
import sys
import threading
import time
from typing import Final

import psutil

from app.control.state import first_state
from app.control.store import ControlStore
from app.osc.packets import Argument, Message, encode
from app.osc.service import OscService
from engine.clock import SystemClock
from engine.messages.commands import Command
from engine.messages.parameters import ParameterTable
from engine.messages.scenes import SceneLibrary

GROWTH_MIB: Final = 4.0
"""From the first tenth to the last; what Python's allocator moves by itself stays below it."""

PACE: Final = 192
"""Datagrams sent before the reader is waited for: loopback drops what the socket's 200 KiB cannot hold."""

PATIENCE_S: Final = 0.25
"""How long it is waited for: what has not been read then was dropped."""

LAST_LINES_S: Final = 1.5
"""The service tells of refused datagrams once a second."""


def run_bench(count: int, table: ParameterTable) -> int:
    """Send so many datagrams and print the outcome; return 0 if nothing was raised and memory is flat."""
    posted = 0

    def post(_command: Command) -> None:
        nonlocal posted
        posted += 1

    clock = SystemClock()
    front = ControlStore(post, clock, lambda: (table, SceneLibrary({})), first_state(table, ("a", "b")))
    service = OscService(post, front, clock, ("127.0.0.1", 0))
    service.start()
    start = time.monotonic()
    try:
        memory = _send(service, count)
        threading.Event().wait(LAST_LINES_S)
        state = service.state()
    finally:
        service.close()
    elapsed_s = time.monotonic() - start
    grown = (memory[-1] - memory[0]) / 2**20
    flat = grown <= GROWTH_MIB
    sys.stdout.write(
        f"{count} datagrams in {elapsed_s:.0f} s: {state.datagrams} read, "
        f"{count - state.datagrams} dropped by loopback; "
        f"{state.refused} refused, {posted} commands, {state.fault or 'nothing raised'}.\n"
        f"memory, MiB: {' '.join(f'{rss / 2**20:.1f}' for rss in memory)}; {grown:+.1f},"
        f" {'flat' if flat else f'more than {GROWTH_MIB:g}'}.\n"
    )
    return 0 if flat and not state.fault else 1


def _send(service: OscService, count: int) -> list[int]:
    """Send the datagrams; return the resident bytes of this process in every tenth of them."""
    host, _, port = service.state().place.rpartition(":")
    chance, me = random.Random(1), psutil.Process()
    memory: list[int] = []
    lost = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        for number in range(count):
            own.sendto(hostile(chance), (host, int(port)))
            if number % PACE == PACE - 1:
                lost += _missing(service, number + 1 - lost)
            if number % (count // 10 or 1) == count // 20:
                memory.append(me.memory_info().rss)
    return memory


def _missing(service: OscService, sent: int) -> int:
    """Wait until so many datagrams were read; return how many never were."""
    late = time.monotonic() + PATIENCE_S
    while (left := sent - service.state().datagrams) and time.monotonic() < late:
        threading.Event().wait(0.001)
    return left


def hostile(chance: random.Random) -> bytes:
    """Return noise, or a message or bundle damaged in a few places and cut."""
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
