"""Lights of controllers that come and go, under a manual clock: exact bytes."""

from app.midi.controller_manager import RETRY_NS, SYSEX_GAP_NS
from engine.messages.events import CacheReset, CutQueued
from tests.midi.core_parts import FakeSystem
from tests.midi.test_core import A_AGAIN, GENERIC, LIT, A, Booth, committed, output


def test_lights_follow_the_show_and_go_out_at_the_end() -> None:
    booth = Booth(system := FakeSystem([A]), LIT, GENERIC)
    system.lights = ["Else:Else 12:0", "Desk:Desk one 20:0"]
    booth.take()
    assert system.log == [f"open {A}", f"open lights {A}"]
    assert booth.sent() == ["F0 01 F7"]
    booth.pass_time(SYSEX_GAP_NS - 1)
    assert booth.sent() == []
    booth.pass_time(1)
    assert booth.sent()[:4] == ["90 24 01", "90 25 01", "90 26 01", "90 27 00"]
    booth.take(committed("Tide"), CutQueued(at_ns=0, scene="Moss", due_ns=5), output(freeze=True, blackout=False))
    assert booth.sent() == ["90 25 04", "92 26 02", "90 28 7F"]
    booth.take(CacheReset(at_ns=0, epoch=1, reason="cut"))
    assert booth.sent() == []
    booth.desk.close()
    assert booth.sent() == ["90 24 00", "90 25 00", "90 26 00", "90 28 00", "F0 00 F7"]
    assert system.log[-2:] == [f"close {A}", f"close lights {A}"]
    assert system.closed


def test_lights_are_all_written_again_after_a_replug() -> None:
    booth = Booth(system := FakeSystem([A]), LIT, GENERIC)
    system.lights = [A]
    booth.take(committed("Tide"))
    booth.pass_time(SYSEX_GAP_NS)
    first = booth.sent()
    assert len(first) == 10
    system.plugged = system.lights = [A_AGAIN]
    booth.pass_time()
    booth.pass_time(SYSEX_GAP_NS)
    assert booth.sent() == first


def test_lights_without_a_port_or_that_fail_are_told_beside_the_name() -> None:
    booth = Booth(system := FakeSystem([A]), LIT, GENERIC)
    booth.take()
    assert booth.states[-1].ports[0].sentence == "Desk one: connected as Test desk (its lights have no port)."
    other = Booth(system := FakeSystem([A]), LIT, GENERIC)
    system.lights, system.mute = [A], True
    other.take()
    sentence = "Desk one: connected as Test desk (its lights cannot be set: The MIDI output takes nothing)."
    assert other.states[-1].ports[0].sentence == sentence
    assert system.log == [f"open {A}", f"open lights {A}", f"close lights {A}"]
    system.play(A, [0x90, 36, 1])
    other.take()
    assert len(other.posted) == 1
    system.mute = False
    other.pass_time(RETRY_NS)
    assert other.sent()[0] == "F0 01 F7"
    assert other.states[-1].ports[0].lights


def test_lights_whose_port_comes_late_are_lit_at_the_next_look() -> None:
    booth = Booth(system := FakeSystem([A]), LIT)
    booth.take()
    system.lights = [A]
    booth.pass_time()
    assert booth.sent()[0] == "F0 01 F7"
    assert booth.states[-1].sentence == "Desk one: connected."
