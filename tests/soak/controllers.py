"""Controllers and lighting desks that send anything: through all that hears them, but for the ports and sockets.

What they send begins from what is kept under tests/soak/corpus, whole and damaged, among bytes of no meaning. In
between they are unplugged in the middle of a message, and controls are learnt and forgotten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from app.control.allowed import parse_allowed
from app.control.slots import Slot, SlotKind
from app.dmx.bindings import DmxBinding, DmxControl, DmxSettings
from app.dmx.core import DmxCore, LearnDmx, UnlearnDmx
from app.dmx.merge import MAX_SOURCES, MAX_UNIVERSES
from app.midi.controller_manager import ControllerManager
from app.midi.core import SCAN_NS, MidiCore
from app.midi.learning.learner import Learn, StopLearning
from app.midi.state import MidiState
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import Command, SetParameter
from tests.midi.core_parts import LEDS, TABLE, FakeSystem, profile, store_of
from tests.soak.readers import kept_of

MIDI: Final = "midi"
DESKS: Final = ("art-net", "sacn")
"""Each with a corpus of its own."""

PORT: Final = "Desk:Desk one 20:0"
LONGEST: Final = 1400
"""Bytes of a hostile datagram."""

SLOTS: Final = (
    *(Slot(SlotKind.PARAMETER, name=f"field.{name}") for name in ("energy", "hue", "grain")),
    *(Slot(SlotKind.PAD, number) for number in (1, 2)),
    *(Slot(kind) for kind in (SlotKind.BLACKOUT, SlotKind.FREEZE, SlotKind.PANIC, SlotKind.TAP)),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it: how much was heard, bytes or datagrams; how many commands; what went wrong at last, by what."""

    tried: int
    commands: int
    wrong: str = ""
    latest: bytes = b""


def damage(random: Random, whole: bytes) -> bytes:
    """The bytes with some of them changed, left out or doubled."""
    data = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        at, length = random.randrange(len(data) + 1), random.randrange(1, 9)
        match random.randrange(4):
            case 0:
                data[at : at + length] = random.randbytes(length)
            case 1:
                data[at : at + length] = random.choice((b"\0", b"\xff", b"\x7f", b"\x80")) * length
            case 2:
                del data[at : at + random.choice((length, len(data)))]
            case _:
                data[at:at] = data[at : at + 16 * length]
    return bytes(data[:LONGEST])


def check_commands(posted: Sequence[Command]) -> None:
    """Raises ParameterError: one sets a parameter to what it cannot be."""
    for command in posted:
        if isinstance(command, SetParameter):
            TABLE[command.parameter].check(command.value)


def hear_midi(count: int, chance: int) -> Heard:
    """Play so many bytes on a controller, in packets of any size."""
    random, system, now_ns = Random(chance), FakeSystem([PORT]), NS_PER_SECOND
    system.lights = [PORT]
    posted: list[Command] = []
    states: list[MidiState] = []
    controllers = ControllerManager(lambda: system, (profile(leds=LEDS),), None)
    core = MidiCore(controllers, store_of(posted), posted.append, states.append)
    kept = kept_of(MIDI)
    waiting = list(kept)
    tried = commands = 0
    latest = b""
    try:
        core.tick(now_ns)
        while tried < count:
            latest = waiting.pop() if waiting else _packet(random, kept)
            latest = latest[: count - tried]
            tried += len(latest)
            system.play(PORT, latest)
            core.listen(now_ns)
            match random.randrange(200):
                case 0:
                    core.handle(Learn((random.choice(SLOTS),)))
                case 1:
                    for plugged in ([], [PORT]):
                        system.plugged = list(plugged)
                        now_ns += SCAN_NS
                        core.tick(now_ns)
                case one if one < 20:
                    core.handle(StopLearning())
            now_ns += random.randrange(5 * NS_PER_MS)
            if not random.randrange(4):
                core.tick(now_ns)
            check_commands(posted)
            commands += len(posted)
            posted.clear()
            states.clear()
            system.sent.clear()
            system.log.clear()
        core.close()
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        return Heard(tried, commands, _words(fault), latest)
    return Heard(tried, commands)


def _packet(random: Random, kept: Sequence[bytes]) -> bytes:
    """A packet of a controller: a whole message, bytes of any kind, mostly data bytes, or what is kept, damaged."""
    match random.randrange(8):
        case 0 if kept:
            return damage(random, random.choice(kept))
        case 1:
            return random.randbytes(random.randrange(1, 400))
        case 2:
            some = random.randbytes(random.randrange(1, 400))
            return bytes(one if random.random() < 0.3 else one & 0x7F for one in some)
        case _:
            return bytes((random.choice((0x80, 0x90, 0xB0)), random.randrange(48), random.randrange(128)))


def hear_desk(kind: str, count: int, chance: int) -> Heard:
    """Take in so many datagrams of a protocol, from many hosts, of which some may not speak."""
    random, now_ns = Random(chance), NS_PER_SECOND
    posted: list[Command] = []
    core = DmxCore(posted.append, store_of(posted), None, parse_allowed(["10.0.0.0/27"]))
    bindings = (DmxBinding(DmxControl(1, 1 + 2 * place, fine=place < 3), slot) for place, slot in enumerate(SLOTS))
    core.settings = whole = DmxSettings(tuple(bindings))
    kept = kept_of(kind)
    tried = commands = 0
    latest = b""
    try:
        while tried < count:
            latest = kept[tried] if tried < len(kept) else _datagram(random, kept)
            core.hear(latest, f"10.0.0.{random.choice((1, 1, 1, 2, random.randrange(40)))}", now_ns)
            tried += 1
            match random.randrange(200):
                case 0:
                    core.wish(LearnDmx(random.choice(SLOTS)))
                case 1:
                    core.wish(UnlearnDmx(random.choice(SLOTS)))
                case 2:
                    now_ns += 4 * NS_PER_SECOND
                case 3:
                    core.settings = whole
                case one if one < 20:
                    core.wish(LearnDmx(None))
            now_ns += random.randrange(2 * NS_PER_MS)
            if not random.randrange(8):
                core.tick(now_ns)
                _check_state(core, tried)
            check_commands(posted)
            commands += len(posted)
            posted.clear()
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        return Heard(tried, commands, _words(fault), latest)
    return Heard(tried, commands)


def _check_state(core: DmxCore, tried: int) -> None:
    state = core.state("", "")
    assert state.packets == tried and 0 <= state.ignored <= tried
    assert len(state.sources) <= MAX_UNIVERSES * MAX_SOURCES
    assert all(name.isprintable() for name in (*state.lost, *(one.name for one in state.sources)))


def _datagram(random: Random, kept: Sequence[bytes]) -> bytes:
    if not kept or random.random() < 0.1:
        return random.randbytes(random.randrange(LONGEST))
    whole = bytearray(random.choice(kept))
    if random.random() < 0.5:  # levels move, heads stand: most of these are heard
        at = random.randrange(len(whole))
        whole[at:] = random.randbytes(len(whole) - at)
        return bytes(whole)
    return damage(random, bytes(whole))


def _words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''}"


HEARERS: Final[dict[str, Callable[[int, int], Heard]]] = {
    MIDI: hear_midi,
    "art-net": lambda count, chance: hear_desk("art-net", count, chance),
    "sacn": lambda count, chance: hear_desk("sacn", count, chance),
}
"""By kind: how much is to be heard, and the chance that it comes from."""
