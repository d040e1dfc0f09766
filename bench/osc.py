"""`hardcut osc bench`: hostile datagrams over loopback: is anything raised, and does memory stay flat?"""

import random
import socket
import sys
import threading
import time
from dataclasses import dataclass
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

PATIENCE_S: Final = 1.0
"""How long it is waited for while it reads nothing: what has not been read then was dropped."""

LAST_LINES_S: Final = 1.5
"""The service tells of refused datagrams once a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of hostile datagrams.

    Attributes:
        refused: messages; a datagram may hold several.
        commands: posted to the engine.
        fault: what ended the service, a sentence or "".
        memory: resident bytes of this process in every tenth of the datagrams.
    """

    sent: int
    read: int
    refused: int
    commands: int
    fault: str
    elapsed_s: float
    memory: tuple[int, ...]

    @property
    def grown_mib(self) -> float:
        """Return how much memory was taken from the first tenth to the last."""
        return (self.memory[-1] - self.memory[0]) / 2**20

    @property
    def flat(self) -> bool:
        """Return whether that is no more than what Python's allocator moves by itself."""
        return self.grown_mib <= GROWTH_MIB

    @property
    def memory_words(self) -> str:
        """Return a line about the memory."""
        taken = " ".join(f"{rss / 2**20:.1f}" for rss in self.memory)
        return f"memory, MiB: {taken}; {self.grown_mib:+.1f}, {'flat' if self.flat else f'more than {GROWTH_MIB:g}'}."


def run_bench(count: int, table: ParameterTable) -> int:
    """Send so many datagrams and print the outcome; return 0 if nothing was raised and memory is flat."""
    told = send_hostile(count, table)
    sys.stdout.write(
        f"{count} datagrams in {told.elapsed_s:.0f} s: {told.read} read, {count - told.read} dropped by loopback; "
        f"{told.refused} refused, {told.commands} commands, {told.fault or 'nothing raised'}.\n{told.memory_words}\n"
    )
    return 0 if told.flat and not told.fault else 1


def send_hostile(count: int, table: ParameterTable) -> Outcome:
    """Send so many datagrams over loopback to a service of its own; return what became of them."""
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
    return Outcome(
        sent=count,
        read=state.datagrams,
        refused=state.refused,
        commands=posted,
        fault=state.fault or "",
        elapsed_s=time.monotonic() - start,
        memory=tuple(memory),
    )


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
    left, late = sent - service.state().datagrams, time.monotonic() + PATIENCE_S
    while left and time.monotonic() < late:
        threading.Event().wait(0.001)
        if (now := sent - service.state().datagrams) < left:
            left, late = now, time.monotonic() + PATIENCE_S
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
