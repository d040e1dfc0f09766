"""Several real processes dream what one dreams, and the loss of one is a fault that is told and got over."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from torch import Tensor

from engine.engine import EngineConfig
from engine.errors import GeneratorError
from engine.generators.base import Chunk, ChunkAbortedError
from engine.generators.ranks import Ranks
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.parallel import crew
from engine.messages.commands import HardCut
from engine.messages.events import ComponentState, CutShown, GeneratorChanged, Notice
from engine.output.client import NULL_SINK, OutputConfig
from tests.show.conftest import Show
from tests.wan.cards import lora_card, recomputing, small_card
from tests.wan.models import relative
from tests.wan.shows import REPLAYING, after, ask, never, run, same

Build = Callable[..., WanGenerator]


@pytest.fixture(name="build")
def _build() -> Iterator[Build]:
    made: list[WanGenerator] = []

    def build(card: ModelCard, processes: int = 1, folder: Path | None = None, replaying: bool = False) -> WanGenerator:
        tools = REPLAYING if replaying else None
        made.append(WanGenerator(card, folder=folder, device="cpu", tools=tools, ranks=Ranks(processes)))
        for _ in made[-1].warm_up():
            """It takes its time."""
        return made[-1]

    yield build
    for generator in made:
        generator.close()


def clean_latents(generator: WanGenerator) -> list[Tensor]:
    """Of every chunk of the show from now on."""
    found: list[Tensor] = []
    launch = generator.video.side_stream.launch

    def launched(work: Callable[[Tensor], object], x: Tensor) -> object:
        found.append(x.clone())
        return launch(work, x)

    generator.video.side_stream.launch = launched  # type: ignore[method-assign,assignment]
    return found


def show(generator: WanGenerator, card: ModelCard) -> list[Chunk]:
    """Chunks past the point where the window rolls, another prompt, no depth, a soft cut, a cut."""
    chunks = run(generator, card, range(3))
    chunks.append(generator.generate(ask(card, 3, prompt="sea", depth=0.0), never))
    chunks.append(generator.generate(ask(card, 4, prompt="sea", past=0.3, lora=0.4), never))
    with pytest.raises(ChunkAbortedError):
        generator.generate(ask(card, 60, prompt="never seen"), after(3))
    generator.reset()
    return chunks + run(generator, card, range(2), 1)


def processes_told(generator: WanGenerator) -> tuple[str, str]:
    choice = next(one for one in generator.backends() if one.component == "wan processes")
    return choice.chosen, choice.shapes


@pytest.mark.parametrize(
    ("processes", "changes", "shares"),
    [
        (2, {}, "8+8 of 16 tokens a frame, 2 of 4 heads each"),
        (4, {"edge": 48, "recipe": recomputing(), "depth_branch": False}, "3+2+2+2 of 9 tokens a frame, 1 of 4 heads"),
    ],
    ids=["two", "four, uneven, the context recomputed"],
)
def test_several_processes_dream_what_one_dreams(
    build: Build, processes: int, changes: dict[str, object], shares: str
) -> None:
    card = small_card(**changes)
    several, one = build(card, processes), build(card)
    assert processes_told(several)[0] == f"{processes}: {', '.join(['cpu'] * processes)}"
    assert processes_told(several)[1].startswith(shares)
    ours, expected = clean_latents(several), clean_latents(one)
    chunks, chunks_of_one = show(several, card), show(one, card)
    assert len(ours) == len(expected) == 7
    assert max(relative(a, b) for a, b in zip(ours, expected, strict=True)) < 1e-5
    for a, b in zip(chunks, chunks_of_one, strict=True):
        assert max(int(np.abs(x.astype(int) - y).max()) for x, y in zip(a.images, b.images, strict=True)) <= 1
    kept = several.snapshot()  # bit by bit the same from here on
    straight = run(several, card, range(2, 5), 1)
    work = several.prepare(ask(card, 0, 8, prompt="sea"))
    opening = None
    while opening is None:  # chunks of the show between its steps
        try:
            next(work)
        except StopIteration as done:
            opening = done.value
    several.reset()
    run(several, card, range(1), 9)
    several.restore(kept)
    assert same(straight, run(several, card, range(2, 5), 1))
    several.reset()
    fresh = [several.generate(ask(card, index, 8, "sea"), never) for index in range(2)]
    several.restore(opening.after)
    assert same(fresh, [opening.chunk, several.generate(ask(card, 1, 8, "sea"), never)])
    several.reset()
    assert same(show(several, card), chunks)  # a cut is a fresh start, in every process
    del kept, opening
    assert several.lead is not None
    several.snapshot()  # and what nobody holds is let go


def test_a_live_lora_is_turned_in_every_process(build: Build, tmp_path: Path) -> None:
    card = lora_card(tmp_path, live=True)
    two, one = build(card, 2, tmp_path, True), build(card, 1, tmp_path)
    ours, expected = clean_latents(two), clean_latents(one)
    for generator in (two, one):
        for index, scale in enumerate((1.0, 0.0, 1.5)):
            generator.generate(ask(card, index, lora=scale), never)
    assert max(relative(a, b) for a, b in zip(ours, expected, strict=True)) < 1e-5
    assert relative(expected[2], expected[1]) > 1e-3


def test_a_process_that_hangs_is_ended_told_and_left_out(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "HUNG_NS", 700_000_000)
    card, ranks = small_card(), Ranks(2)
    two = WanGenerator(card, device="cpu", ranks=ranks)
    for _ in two.warm_up():
        """It takes its time."""
    lead = two.lead
    assert lead is not None
    (pid,) = lead.crew.pids
    run(two, card, range(2))
    kept = two.snapshot()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(GeneratorError, match="one has not answered for 1 s and is ended"):
        run(two, card, range(2, 4))
    with pytest.raises(GeneratorError, match="rank 1, cpu"):
        two.snapshot()
    model = two.parts.model
    two.close()
    assert not psutil.pid_exists(pid)
    again = WanGenerator(card, device="cpu", ranks=ranks)  # on what is left
    for _ in again.warm_up():
        """It takes its time."""
    assert again.parts.model is model  # whose weights were there
    chunk = again.generate(ask(card, 0), never)
    (note,) = chunk.notes
    assert note.text == (
        "The picture is made by one process now: that on process 1 has not answered for 1 s and is ended."
        " Restart Hardcut to use all again."
    )
    assert processes_told(again) == ("1, on its own", "")
    with pytest.raises(GeneratorError, match="cache of"):
        again.restore(kept)
    again.close()


def test_heads_that_cannot_be_split_so_far_are_told(build: Build) -> None:
    three = build(small_card(), 3)
    (note,) = three.generate(ask(small_card(), 0), never).notes
    assert note.text == "3 processes cannot share this model: 4 heads cannot be split evenly by that. It plays on 2."


def test_a_killed_process_never_stops_the_show() -> None:
    output = OutputConfig(name="Wan of two", sinks=(NULL_SINK,))
    running = Show(EngineConfig(generator="wan-tiny", output=output, gpus=2))
    running.engine.start()
    try:
        ready = running.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        assert next(one for one in ready.backends if one.component == "wan processes").chosen == "2: cpu, cpu"
        running.flowing()
        (follower,) = [
            one for one in psutil.Process().children() if "engine.generators.wan.parallel.follower" in one.cmdline()
        ]
        running.post(HardCut, scene="Deep Reef")
        running.wait_for(CutShown)
        follower.kill()
        at_ns = running.engine.now_ns()
        notice = running.wait_for(Notice, lambda event: "was ended by signal 9 (rank 1, cpu)" in event.text)
        assert "It is started again; the last picture stays on air." in notice.text
        ready = running.wait_for(
            GeneratorChanged, lambda event: event.state is ComponentState.READY and event.at_ns > at_ns
        )
        assert ready.name == "wan-tiny"
        assert next(one for one in ready.backends if one.component == "wan processes").chosen == "1, on its own"
        running.wait_for(Notice, lambda event: "made by one process now" in event.text)
        assert running.flowing().cache_resets == 2
    finally:
        running.engine.stop()
