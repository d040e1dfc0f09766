"""The real engine, played for some seconds: threads, source, depth, output process, and everything on top."""

from pathlib import Path

import pytest

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.engine import Engine, EngineConfig
from engine.generators.field import make_field
from engine.mailbox import Mailbox
from engine.messages.commands import (
    Command,
    HardCut,
    Panic,
    RecallSnapshot,
    SetParameter,
    SetPrompt,
    SoftCut,
    StoreSnapshot,
    Tap,
)
from engine.messages.events import Committed, Event
from engine.messages.transitions import Launch
from engine.output.client import OutputConfig
from engine.output.settings import NULL_SINK
from engine.session.recorder import SessionConfig
from tests.session.shows import replay

GAP_NS = 150 * NS_PER_MS
PATIENCE_NS = 60 * NS_PER_SECOND


def gestures(number: int, now_ns: int) -> tuple[Command, ...]:
    """Twenty gestures, some of them in the middle of a chunk."""
    scenes = ("Neon Rain", "Molten Gold", "Crystal Cathedral")
    scene = scenes[number % 3]
    match number % 10:
        case 0:
            return (HardCut(stamp_ns=now_ns, scene=scene),)
        case 1 | 6:
            return (Tap(stamp_ns=now_ns), SetPrompt(stamp_ns=now_ns, text="glass smoke", chunks=4))
        case 2:
            return (
                StoreSnapshot(stamp_ns=now_ns, slot=1),
                SetParameter(stamp_ns=now_ns, parameter="field.hue", value=90),
            )
        case 3:
            return (SoftCut(stamp_ns=now_ns, scene=scene, chunks=3),)
        case 5:
            return (RecallSnapshot(stamp_ns=now_ns, slot=1),)
        case 7:
            return (HardCut(stamp_ns=now_ns, scene=scene, launch=Launch.BEAT),)
        case 8:
            return (Panic(stamp_ns=now_ns), SetParameter(stamp_ns=now_ns, parameter="field.nothing", value=0.1))
        case _:
            return (SetParameter(stamp_ns=now_ns, parameter="field.zoom", value=number / 20 - 0.5),)


@pytest.mark.slow
def test_a_live_show_is_identical_when_replayed(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    config = EngineConfig(
        seed=11,
        output=OutputConfig(name="Session test", sinks=(NULL_SINK,)),
        session=SessionConfig(path=path, keep_inputs=True),
    )
    engine = Engine(config)
    heard: Mailbox[Event] = Mailbox()
    engine.subscribe(heard.put)
    engine.start()
    try:
        deadline_ns = engine.now_ns() + PATIENCE_NS
        while engine.now_ns() < deadline_ns and not any(isinstance(event, Committed) for event in heard.drain()):
            heard.wait(GAP_NS)
        for number in range(20):
            for command in gestures(number, engine.now_ns()):
                engine.post(command)
            until_ns = engine.now_ns() + GAP_NS
            while (left_ns := until_ns - engine.now_ns()) > 0:
                heard.wait(left_ns)
                heard.drain()
    finally:
        engine.stop()
    field = make_field(device="cpu", threads=1)
    for _ in field.warm_up():
        continue
    result, ending = replay(path, field)
    field.close()
    assert (result.first, ending) == (None, "")
    assert result.identical == result.chunks > 0
    assert result.boundaries > 5
