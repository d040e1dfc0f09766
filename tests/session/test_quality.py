"""Changes of quality in a session: what the governor decided is played again, whatever the machine of the replay."""

from dataclasses import replace
from pathlib import Path

from engine.clock import ManualClock
from engine.generators.base import Chunk, ChunkRequest, QualityStep
from engine.generators.field import PARAMETERS
from engine.messages.commands import HardCut
from engine.messages.quality import HoldQuality, QualityRule, SetQuality, TakeSteps
from engine.messages.scenes import load_library
from engine.session.reader import Session
from engine.session.records import ChunkRecord
from tests.session.shows import PERIOD_NS, SPEC, ChainGenerator, Show, replay
from tests.session.test_field import Film, warm

STEPS = (QualityStep("toy.soft", "softer", 0.3), QualityStep("toy.few", "fewer", 0.2))


class SlowGenerator(ChainGenerator):
    """Takes as long as it is told, less what its steps save."""

    spec = replace(SPEC, quality_steps=STEPS)

    def __init__(self) -> None:
        super().__init__()
        self.clock: ManualClock | None = None
        self.load = 0.5

    def generate(self, request: ChunkRequest, aborted: object) -> Chunk:
        if self.clock is not None:
            share = self.load
            for step in STEPS:
                share *= 1.0 - step.saving * (step.id in request.quality)
            self.clock.advance(round(share * 2 * PERIOD_NS))
        return super().generate(request, aborted)  # type: ignore[arg-type]


def chunks_of(path: Path) -> list[ChunkRecord]:
    return [one for one in Session(path).records() if isinstance(one, ChunkRecord)]


def test_what_the_governor_took_is_replayed(tmp_path: Path) -> None:
    generator = SlowGenerator()
    show = Show(tmp_path / "a.session", generator=generator)
    generator.clock = show.clock
    for index in range(170):
        generator.load = 1.7 if index < 60 else 0.4
        show.chunk(*([HardCut(stamp_ns=0, scene="Two")] if index == 50 else []))
    show.end()
    records = chunks_of(show.path)
    taken = [record.quality for record in records]
    assert taken[0] == () and taken[59] == ("toy.soft", "toy.few") and taken[-1] == ("toy.soft",)
    changes = [record for before, record in zip(taken, records[1:], strict=False) if record.quality != before]
    assert len(changes) == 3
    assert all(any(isinstance(one, TakeSteps) for one in record.commands) for record in changes)
    assert len({record.epoch for record in records}) == 2  # the cut's alone
    result, ending = replay(show.path, SlowGenerator())
    assert (result.first, ending) == (None, "")
    assert result.identical == result.chunks == 170


def test_a_performer_rules_at_the_next_boundary(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session", generator=SlowGenerator())
    show.chunk()
    show.chunk(HoldQuality(stamp_ns=1, steps=1))
    show.chunk(SetQuality(stamp_ns=1, step="toy.few", rule=QualityRule.PINNED))
    show.chunk(SetQuality(stamp_ns=1, rule=QualityRule.FORBIDDEN))
    show.chunk(SetQuality(stamp_ns=1, step="nothing", rule=QualityRule.PINNED))
    show.chunk(HoldQuality(stamp_ns=1, steps=None))
    show.end()
    assert [record.quality for record in chunks_of(show.path)] == [
        (),
        ("toy.soft",),
        ("toy.soft", "toy.few"),
        (),
        (),
        (),
    ]
    refused = [event for event in show.events if type(event).__name__ == "CommandRefused"]
    assert len(refused) == 1 and "no step of quality 'nothing'" in refused[0].text  # type: ignore[attr-defined]
    assert replay(show.path, SlowGenerator())[0].first is None


def test_the_field_makes_the_same_bytes_again(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session", generator=warm(), scenes=load_library("field", PARAMETERS))
    film = Film(show.clock)
    show.rooms.source, show.rooms.depth = film, film
    for steps in (None, 1, 3, 2, 0):
        show.chunk(HoldQuality(stamp_ns=0, steps=steps))
        show.chunk()
    show.end()
    show.generator.reset()
    result, _ = replay(show.path, show.generator)
    show.generator.close()
    assert {record.quality for record in chunks_of(show.path)} == {
        (),
        ("field.soft",),
        ("field.soft", "field.lattice"),
        ("field.soft", "field.lattice", "field.softer"),
    }
    assert result.first is None
    assert result.identical == result.chunks == 10
