"""Notice that memory grows short before the kernel ends a process for want of it; say so, and begin nothing large."""

from collections.abc import Callable
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.mailbox import Latest
from engine.memory_left import Headroom
from engine.messages.commands import Command
from engine.messages.events import Event, Level, Notice
from engine.messages.output_commands import SwitchSink, TakeStill
from engine.messages.sinks import RECORDER

SHORT_BYTES: Final = 128 * 2**20
"""Below it memory is short: what a film that is begun and a set of armed scenes take together."""

ENOUGH_BYTES: Final = 192 * 2**20
"""From here on it is not any more."""

FILM_BYTES: Final = 96 * 2**20
"""A film's process takes 62 to 71 MiB at 896×896 (measured), and more at 1080p."""

STILL_BYTES: Final = 32 * 2**20
"""The first stills take 20 MiB (measured)."""

POLL_NS: Final = NS_PER_SECOND
MIB: Final = 2**20


class MemoryWatch:
    """Look once a second; tell when memory grows short, and when it is had again. Owned by one thread.

    Args:
        read: tells what is left.
        short: is told whether memory is short, for the chunk loop.
    """

    def __init__(self, read: Callable[[], Headroom], short: Latest[bool], emit: Callable[[Event], None]) -> None:
        self._read, self._short, self._emit = read, short, emit
        self._is_short = False
        self._next_ns = 0

    def poll(self, now_ns: int) -> None:
        """Look, if it is time to."""
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + POLL_NS
        room = self._read()
        is_short = room.left < (ENOUGH_BYTES if self._is_short else SHORT_BYTES)
        if is_short == self._is_short:
            return
        self._is_short = is_short
        self._short.put(is_short)
        level, text = (Level.WARNING, _words(room)) if is_short else (Level.INFO, ENOUGH)
        self._emit(Notice(at_ns=now_ns, level=level, text=text))


def hindrance_to(command: Command, read: Callable[[], Headroom]) -> str:
    """Return why a command would take more memory than is left, as a sentence; "" where there is room for it.

    It reads what is left only where the command takes much: a film, a still. May be called from any thread.
    """
    match command:
        case SwitchSink(sink=sink, on=True) if sink.partition(":")[0] == RECORDER:
            what, needed = "A film is not begun", FILM_BYTES
        case TakeStill():
            what, needed = "No still is taken", STILL_BYTES
        case _:
            return ""
    room = read()
    if room.left >= needed:
        return ""
    needs = f"it takes some {needed // MIB} MiB and {room.left // MIB} are left"
    return f"{what}: {needs}. {_remedy(room)[0].upper()}{_remedy(room)[1:]}, then try again."


ENOUGH: Final = "There is enough memory again; scenes are kept ready for instant cuts."


def _words(room: Headroom) -> str:
    left = f"{room.left // MIB} of {room.limit // MIB} MiB are left"
    return (
        f"Memory is short: {left}. No scene is kept ready and snapshots return by a plain cut until there is more; "
        f"{_remedy(room)}, or Hardcut may be ended."
    )


def _remedy(room: Headroom) -> str:
    return "raise the limit of its control group" if room.grouped else "close other programs"
