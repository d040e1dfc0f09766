"""The clock that goes out: every tick once and on time, bars begin together, and nobody hears their own clock."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.clock_settings import ClockSettings, LinkMode, is_named, with_port
from app.control.intents import SendClock
from app.midi.clock.outputs import ClockPorts, ClockPortState, ClockPortStatus
from app.midi.clock.send import ASLEEP_NS, HURRY, ClockSource, Due
from app.midi.ports.port_names import Api, device
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import Origin
from engine.messages.events import TempoChanged
from tests.midi.core_parts import FakeSystem
from tests.midi.test_learn import School

BEAT_NS = NS_PER_SECOND // 2
TICK_NS = BEAT_NS / 24


def run(source: ClockSource, until_ns: int) -> list[Due]:
    """Everything due up to an instant."""
    sent: list[Due] = []
    while (due := source.due()) is not None and due.at_ns <= until_ns:
        sent.append(due)
        source.sent(due)
    return sent


def test_nothing_is_due_before_there_is_a_tempo() -> None:
    assert ClockSource().due() is None


def test_ticks_stand_at_absolute_deadlines_and_the_song_begins_with_the_bar() -> None:
    source = ClockSource()
    source.follow(120.0, 0, 3 * BEAT_NS)
    sent = run(source, 1000 * BEAT_NS)
    assert [due.at_ns for due in sent if due.tick] == [round(k * TICK_NS) for k in range(3 * 24 + 1, 1000 * 24 + 1)]
    starts = [due for due in sent if not due.tick]
    assert [due.number for due in starts[:2]] == [0, 96]
    assert starts[0].at_ns == 4 * BEAT_NS - round(TICK_NS / 4)
    assert starts[1].sixteenths == 16


@given(
    st.lists(
        st.tuples(
            st.floats(30.0, 300.0),
            st.integers(-3 * NS_PER_SECOND, 3 * NS_PER_SECOND),
            st.integers(NS_PER_MS, 3 * NS_PER_SECOND),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_the_tempo_does_no_tick_is_left_out_and_beats_fall_on_beats(
    changes: list[tuple[float, int, int]],
) -> None:
    source, now_ns = ClockSource(), 10 * NS_PER_SECOND
    ticks: list[Due] = []
    bpm, bar_ns = 120.0, 0
    for bpm, offset_ns, stay_ns in changes:
        bar_ns = now_ns + offset_ns
        source.follow(bpm, bar_ns, now_ns)
        now_ns += stay_ns
        ticks += [due for due in run(source, now_ns) if due.tick]
    tick_ns = 60 * NS_PER_SECOND / bpm / 24
    settled = run(source, now_ns + round(200 * tick_ns))
    ticks += [due for due in settled if due.tick]
    assert all(b.number == a.number + 1 or b.number <= 0 for a, b in itertools.pairwise(ticks))
    assert all(a.at_ns < b.at_ns for a, b in itertools.pairwise(ticks))
    last = next(due for due in reversed(settled) if due.tick and due.number % 96 == 0)
    away = (last.at_ns - bar_ns) % (96 * tick_ns)
    assert min(away, 96 * tick_ns - away) < 1000


def test_a_beat_that_moves_is_caught_up_with_at_twice_the_speed() -> None:
    source = ClockSource()
    source.follow(120.0, 0, 0)
    run(source, 4 * BEAT_NS)
    source.follow(120.0, -round(3 * TICK_NS), 4 * BEAT_NS)
    after = [due for due in run(source, 5 * BEAT_NS) if due.tick]
    gaps = [(b.at_ns - a.at_ns) / TICK_NS for a, b in itertools.pairwise(after)]
    assert gaps[:2] == pytest.approx([1 / HURRY] * 2, rel=1e-6)
    assert gaps[6:] == pytest.approx([1.0] * len(gaps[6:]), rel=1e-6)


def test_after_a_sleep_the_song_begins_anew() -> None:
    source = ClockSource()
    source.follow(120.0, 0, 0)
    run(source, BEAT_NS)
    source.wake(now_ns := BEAT_NS + 3 * ASLEEP_NS)
    due = source.due()
    assert due is not None
    assert now_ns - TICK_NS < due.at_ns <= now_ns + TICK_NS
    assert due.number <= 0


def test_a_port_that_comes_later_is_told_where_the_song_is() -> None:
    system, ports = FakeSystem(), ClockPorts(["drum"])
    ports.follow(120.0, 0, 0)
    assert [ports.tick(3 * BEAT_NS), ports.tick(5 * BEAT_NS)] == [None, None]  # nobody listens, and the ticks pass
    system.lights = ["Drum:Drum in 20:0", "Synth:Synth in 24:0"]
    ports.scan(system, [], 5 * BEAT_NS)
    for at_ns in range(5 * BEAT_NS, 9 * BEAT_NS, NS_PER_MS):
        ports.tick(at_ns)
    sent = [message.hex() for message in system.sent]
    assert sent.index("f21000") == 3 * 24 - 1  # from the tick after the fifth beat to the one before the bar
    assert sent[sent.index("f21000") + 1] == "fb"
    assert set(sent) == {"f8", "f21000", "fb"}
    assert [(one.name, one.state) for one in ports.statuses()] == [
        ("Drum in", ClockPortState.SENDING),
        ("Synth in", ClockPortState.OFF),
    ]
    system.sent.clear()
    ports.follow(120.0, 9 * BEAT_NS + 2 * BEAT_NS, 9 * BEAT_NS)  # the bar begins elsewhere
    for at_ns in range(9 * BEAT_NS, 12 * BEAT_NS, NS_PER_MS):
        ports.tick(at_ns)
    assert [message.hex() for message in system.sent if message != b"\xf8"] == ["fc", "fa"]
    system.sent.clear()
    ports.close()
    assert system.sent == [b"\xfc"]


def test_the_clock_is_never_sent_back_and_troubles_are_told() -> None:
    system, ports = FakeSystem(), ClockPorts(["drum", "absent"])
    system.lights = ["Drum:Drum in 20:0"]
    ports.scan(system, ["Drum:Drum out 20:1"], 0)
    followed = ClockPortStatus("Drum in", ClockPortState.FOLLOWED)
    assert ports.statuses() == (followed, ClockPortStatus("absent", ClockPortState.ABSENT))
    ports.scan(system, [], 0)
    assert ports.statuses()[0].state is ClockPortState.WAITING
    ports.follow(120.0, 0, 0)
    system.mute = True
    ports.tick(NS_PER_SECOND)
    busy = ClockPortStatus("Drum in", ClockPortState.BUSY, True, "The MIDI output takes nothing")
    assert ports.statuses()[0] == busy
    assert all(one.sentence.startswith(f"{one.name}: ") for one in ports.statuses())


@pytest.mark.parametrize(
    ("one", "other", "api", "same"),
    [
        ("Drum:Drum out 20:1", "Drum:Drum in 20:0", Api.ALSA, True),
        ("Drum:a 20:1", "Synth:a 24:0", Api.ALSA, False),
        ("Drum:out", "Drum-01:in", Api.JACK, True),
        ("system:midi_capture_1", "system:midi_playback_1", Api.JACK, True),
        ("system:midi_capture_1", "system:midi_playback_2", Api.JACK, False),
        ("IAC Driver Bus 1", "IAC Driver Bus 1", Api.CORE_MIDI, True),
        ("Drum Out 1", "Drum In 2", Api.WINDOWS_MM, True),
    ],
)
def test_both_directions_of_a_device_are_known_as_one(one: str, other: str, api: Api, same: bool) -> None:
    assert (device(one, api) == device(other, api)) is same


def test_what_is_set_is_acted_on(tmp_path: Path) -> None:
    system = FakeSystem()
    system.lights = ["Drum:Drum in 20:0"]
    school = School(tmp_path, system)
    school.store.send(SendClock("Drum in", True, ("Drum in",)), Origin.WINDOW)
    school.pass_time()
    school.take(TempoChanged(at_ns=0, bpm=120.0, beat_ns=0))
    school.pass_time()
    assert b"\xf8" in system.sent
    assert school.states[-1].clock.ports[0].state is ClockPortState.SENDING
    school.store.send(SendClock("Drum in", False, ("Drum in",)), Origin.WINDOW)
    school.pass_time()
    assert school.states[-1].clock.ports[0].state is ClockPortState.OFF


@given(
    st.sets(st.sampled_from(["Drum", "Drum 1", "Drum 10", "Synth"])),
    st.lists(st.sampled_from(["drum", "Drum 1", "1", "synth", "absent"]), max_size=3),
    st.sampled_from(["Drum", "Drum 1", "Drum 10", "Synth", "gone"]),
    st.booleans(),
)
def test_one_port_is_switched_and_no_other(names: set[str], texts: list[str], port: str, send: bool) -> None:
    names |= {port}
    before = ClockSettings(tuple(texts), LinkMode.JOIN)
    after = with_port(before, port, send, names)
    assert is_named(port, after.send_to, names) is send
    for other in names - {port}:
        assert is_named(other, after.send_to, names) is is_named(other, texts, names)
    assert after.link is LinkMode.JOIN
