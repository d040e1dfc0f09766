"""The whole engine with Wan: it dreams, cuts, morphs, and a generator that cannot be built leaves the show standing."""

from collections.abc import Iterator

import pytest

from engine.engine import Engine, EngineConfig
from engine.errors import GeneratorError
from engine.messages.commands import HardCut, SelectGenerator, SetParameter, SetPrompt
from engine.messages.events import (
    CacheReset,
    CommandRefused,
    Committed,
    ComponentState,
    CutShown,
    GeneratorChanged,
    Notice,
)
from engine.messages.stats import Stats
from engine.output.client import NULL_SINK, OutputConfig
from tests.show.conftest import Show


@pytest.fixture(name="wan_show")
def _wan_show() -> Iterator[Show]:
    output = OutputConfig(name="Wan under test", sinks=(NULL_SINK,))
    running = Show(EngineConfig(generator="wan-tiny", output=output))
    running.engine.start()
    try:
        running.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        yield running
    finally:
        running.engine.stop()


def test_it_dreams_cuts_and_morphs(wan_show: Show) -> None:
    stats = wan_show.flowing()
    assert stats.first_frame_ns > 0 and stats.cache_resets == 0
    ready = next(e for e in wan_show.told if isinstance(e, GeneratorChanged) and e.state is ComponentState.READY)
    assert [choice.component for choice in ready.backends] == [
        "wan model",
        "wan attention",
        "wan row kernels",
        "wan linear layers",
        "wan compiler",
        "wan graphs",
        "wan decode path",
        "wan codec",
        "wan text",
    ]
    assert all(choice.chosen and choice.reason for choice in ready.backends)
    wan_show.post(SelectGenerator, name="wan-1.3b")
    refused = wan_show.wait_for(CommandRefused)  # of the same family, and its files are not there
    assert "files of this model are not there (wan-1.3b)" in refused.text
    wan_show.post(HardCut, scene="Deep Reef")
    reset = wan_show.wait_for(CacheReset)
    shown = wan_show.wait_for(CutShown)
    assert (shown.epoch, shown.scene) == (reset.epoch, "Deep Reef")
    wan_show.post(SetParameter, parameter="wan.strength", value=0.3)
    wan_show.post(SetPrompt, text="silver storm", chunks=2)
    wan_show.wait_for(Committed, lambda event: event.prompt == "silver storm" and event.prompt_progress == 1.0)
    after = wan_show.wait_for(Stats)
    assert after.cache_resets == 1
    _, picture = wan_show.engine.preview()
    assert picture.std() > 10


def test_a_model_without_its_files_is_told_and_the_built_in_plays() -> None:
    output = OutputConfig(name="Wan under test", sinks=(NULL_SINK,))
    running = Show(EngineConfig(generator="wan-1.3b", output=output))
    running.engine.start()
    try:
        notice = running.wait_for(Notice, lambda event: "cannot play here" in event.text)
        assert "5 of its 5 files are not there: hardcut models fetch wan-1.3b" in notice.text
        ready = running.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        assert ready.name == "field" and ready.detail.startswith("In place of wan-1.3b: ")
        running.flowing()
    finally:
        running.engine.stop()


def test_without_room_for_it_the_built_in_generator_plays_its_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.generators.wan.assembly.free_bytes", lambda _: 1000)
    output = OutputConfig(name="Wan under test", sinks=(NULL_SINK,))
    running = Show(EngineConfig(generator="wan-tiny", output=output))
    running.engine.start()
    try:
        notice = running.wait_for(Notice, lambda event: "no room" in event.text)
        assert "and 0.0 GiB are free (wan-tiny, cpu). Close other programs" in notice.text
        assert notice.text.endswith(
            "stays on air. It plays the nearest of its own scenes; the knobs of wan-tiny do not reach it."
        )
        ready = running.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        assert ready.name == "field" and ready.detail.startswith("In place of wan-tiny: This model needs")
        running.flowing()
        running.post(HardCut, scene="Deep Reef")
        assert running.wait_for(CutShown).scene == "Deep Reef"
        _, picture = running.engine.preview()
        assert picture.std() > 10
    finally:
        running.engine.stop()


def test_an_unknown_generator_is_refused() -> None:
    with pytest.raises(GeneratorError, match="wan-tiny"):
        Engine(EngineConfig(generator="wan-9b"))
