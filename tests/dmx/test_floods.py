"""Who may play by DMX, and that a flood keeps nobody out who may."""

from ipaddress import IPv4Address
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.control.allowed import parse_allowed
from app.control.slots import Slot, SlotKind
from app.dmx.bindings import DmxBinding, DmxControl, DmxSettings, save_settings
from app.dmx.core import DmxCore
from app.dmx.service import DmxService
from app.dmx.sockets import listen
from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.commands import Command, SetParameter
from tests.dmx.desks import art_dmx, levels, sacn
from tests.midi.core_parts import front, store_of

DESK = "198.51.100.7"  # of the addresses kept for documentation, RFC 5737
ENERGY = DmxBinding(DmxControl(1, 1), Slot(SlotKind.PARAMETER, name="field.energy"))
FLOOD = 4_200


class Room:
    """A core with a channel bound, and who may speak."""

    def __init__(self, *allowed: str) -> None:
        self.posted: list[Command] = []
        self.core = DmxCore(self.posted.append, store_of(self.posted, front()), None, parse_allowed(allowed))
        self.core.settings = DmxSettings((ENERGY,))

    def values(self, datagram: bytes, host: str = DESK, now_ns: int = 0) -> list[float]:
        """The values that a datagram leads to."""
        self.posted.clear()
        self.core.hear(datagram, host, now_ns)
        return [one.value for one in self.posted if isinstance(one, SetParameter)]


def test_who_is_not_allowed_plays_nothing() -> None:
    room = Room("198.51.100.7", "203.0.113.0/24")
    assert room.values(art_dmx(levels(c1=255)), "198.51.100.8") == []
    assert (room.core.refused, room.core.state("", "").ignored) == ("198.51.100.8", 1)
    assert room.values(art_dmx(levels(c1=51))) == [0.2]
    assert room.values(art_dmx(levels(c1=255)), "127.0.0.1") == [1.0]
    assert room.values(sacn(levels(c1=255)), "203.0.113.9") == []  # as it stands
    assert room.core.state("", "").ignored == 1


@settings(max_examples=8, deadline=None)
@given(
    listed=st.booleans(),
    senders=st.sampled_from([1, 3, 20, 300, FLOOD]),
    universes=st.sampled_from([1, 2, 300]),
    first=st.integers(1, 2**31),
)
def test_a_flood_under_any_names_keeps_no_desk_out(listed: bool, senders: int, universes: int, first: int) -> None:
    room = Room("any", *([DESK] if listed else []))
    dark = [art_dmx(bytes(2), universe) for universe in range(1, universes + 1)]
    desk = int(IPv4Address(DESK))
    for number in range(FLOOD):
        own = first + number % senders
        room.core.hear(dark[number % universes], str(IPv4Address(own + (own == desk))), number)
    for level in (51, 102, 153):
        assert room.values(art_dmx(levels(c1=level)), now_ns=FLOOD) == [level / 255]


def test_who_is_named_keeps_its_place() -> None:
    room = Room("any", DESK)
    assert room.values(art_dmx(levels(c1=255))) == [1.0]
    for number in range(FLOOD):
        room.core.hear(art_dmx(bytes(2), 1 + number % 2 * (number % 700)), str(IPv4Address(2**24 + number)), number)
    assert room.values(art_dmx(bytes(2)), "203.0.113.9", FLOOD) == []  # the desk's level stands beside it
    assert DESK in {source.name for source in room.core.state("", "").sources}


def test_a_file_names_who_may_play(tmp_path: Path) -> None:
    file = tmp_path / "dmx.toml"
    posted: list[Command] = []
    for allowed in ((), ("198.51.100.0/24",)):
        save_settings(file, DmxSettings((ENERGY,), allowed=parse_allowed(allowed)))
        service = DmxService(posted.append, store_of(posted, front()), SystemClock(), "0.0.0.0", file)
        service._listening = listen("0.0.0.0", (), (0, 0))  # without multicast
        service._describe()
        assert ("--dmx-allow" in service.state().note) is (not allowed)
        service._listening.close()
        service.close()
    core = DmxCore(posted.append, store_of(posted, front()), file)
    core.hear(art_dmx(levels(c1=255)), DESK, NS_PER_SECOND)
    assert [one.value for one in posted if isinstance(one, SetParameter)] == [1.0]
