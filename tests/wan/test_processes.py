"""Several real processes dream what one dreams, and the loss of one is a fault that is told and got over."""

import dataclasses
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.engine import EngineConfig
from engine.errors import GeneratorError
from engine.folders import cards_folder
from engine.generators.base import Chunk, ChunkAbortedError
from engine.generators.ranks import Ranks
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.components import COMPILER, GRAPHS
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.model.blocks import BlockStages
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.parallel import crew
from engine.generators.wan.parallel.hand import Hand
from engine.generators.wan.parallel.led import Lead
from engine.generators.wan.parallel.muster import Muster, muster
from engine.generators.wan.parallel.orders import Ask, Speak
from engine.generators.wan.parallel.standstill import LEADING, Place, last_of
from engine.generators.wan.recipes import LONGLIVE, STREAMDIFFUSION_V2, Recipe
from engine.messages.commands import HardCut
from engine.messages.events import Component, ComponentState, CutShown, GeneratorChanged, Notice
from engine.messages.picture_format import PictureFormat
from engine.output.client import NULL_SINK, OutputConfig
from engine.steps import drive
from tests.show import conftest
from tests.show.conftest import Show
from tests.wan.cards import lora_card, recomputing, small_card
from tests.wan.models import CPU, relative
from tests.wan.shows import REPLAYING, after, ask, never, run, same

pytestmark = pytest.mark.timeout(400)

Build = Callable[..., WanGenerator]

PAIR = """
label = "Tiny, for two"
dims = "tiny"
recipe = "self-forcing"
steps = [1000, 500]
window = 6
edge = 64
random_weights = true
depth_branch = false
"""

RENEWING = dataclasses.replace(STREAMDIFFUSION_V2, steps=(700, 400), window=5)
"""Its window rolls within the chunks of a show."""

RECACHED = dataclasses.replace(LONGLIVE, steps=(1000, 500), window=9)
"""Its sink is made anew in the fifth chunk of a show."""


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


def compared(several: WanGenerator, one: WanGenerator, card: ModelCard) -> list[Chunk]:
    """A show of several processes, held against that of one."""
    ours, expected = clean_latents(several), clean_latents(one)
    chunks, chunks_of_one = show(several, card), show(one, card)
    assert len(ours) == len(expected) == 7
    assert max(relative(a, b) for a, b in zip(ours, expected, strict=True)) < 1e-5
    for a, b in zip(chunks, chunks_of_one, strict=True):
        assert max(int(np.abs(x.astype(int) - y).max()) for x, y in zip(a.images, b.images, strict=True)) <= 1
    return chunks


def processes_told(generator: WanGenerator) -> tuple[str, str]:
    choice = next(one for one in generator.backends() if one.component == "wan processes")
    return choice.chosen, choice.shapes


def test_two_processes_dream_what_one_dreams(build: Build, tmp_path: Path) -> None:
    card = lora_card(tmp_path, live=True)
    two, one = build(card, 2, tmp_path, replaying=True), build(card, 1, tmp_path)
    assert processes_told(two)[0] == "2: cpu, cpu"
    assert processes_told(two)[1].startswith("8+8 of 16 tokens a frame, 2 of 4 heads each; ")
    chunks = compared(two, one, card)
    kept = two.snapshot()  # bit by bit the same from here on
    straight = run(two, card, range(2, 4), 1)
    opening = drive(two.prepare(ask(card, 0, 8, prompt="sea")))
    two.reset()
    run(two, card, range(1), 9)
    two.restore(kept)
    assert same(straight, run(two, card, range(2, 4), 1))
    two.reset()
    fresh = [two.generate(ask(card, index, 8, "sea"), never) for index in range(2)]
    two.restore(opening.after)
    assert same(fresh, [opening.chunk, two.generate(ask(card, 1, 8, "sea"), never)])
    two.reset()
    assert same(run(two, card, range(2)), chunks[:2])  # a cut is a fresh start, in every process


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [recomputing(), RENEWING, RECACHED], ids=lambda recipe: str(recipe.name))
def test_four_processes_dream_what_one_dreams(build: Build, recipe: Recipe) -> None:
    card = small_card(edge=48, recipe=recipe, depth_branch=False)
    four, one = build(card, 4), build(card)
    assert processes_told(four) == (
        "4: cpu, cpu, cpu, cpu",
        "3+2+2+2 of 9 tokens a frame, 1 of 4 heads each; plain launches",
    )
    chunks = compared(four, one, card)
    four.reset()
    assert same(run(four, card, range(2)), chunks[:2])


def keep_waiting(lead: Lead, card: ModelCard) -> None:
    """Come too late to what the others were told to do with this process: they are in no fault."""
    (hand,) = lead.crew._hands
    lead.tell(Speak(0))
    until = time.monotonic() + 60
    while (hand.stands is None or hand.stands.number < 2) and time.monotonic() < until:
        time.sleep(0.05)
    lead.crew.transport.broadcast(torch.zeros(1, card.dims.text_len, card.dims.text_dim))
    lead.crew.settle()
    assert hand.stands is not None and hand.stands.number >= 2


def test_a_process_that_hangs_is_ended_told_and_left_out(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "HUNG_NS", 1_500_000_000)
    card, ranks = small_card(), Ranks(2)
    two = WanGenerator(card, device="cpu", ranks=ranks)
    for _ in two.warm_up():
        """It takes its time."""
    lead = two.lead
    assert lead is not None
    (pid,) = lead.crew.pids
    run(two, card, range(2))
    kept = two.snapshot()
    keep_waiting(lead, two.parts.card)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(GeneratorError, match=r"one has not answered for \d s and is ended"):
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
    assert re.fullmatch(
        "The picture is made by one process now: that on process 1 has not answered for . s and is ended."
        " Restart Hardcut to use all again.",
        note.text,
    )
    assert processes_told(again) == ("1, on its own", "")
    with pytest.raises(GeneratorError, match="cache of"):
        again.restore(kept)
    again.close()


def test_who_is_left_alone_goes_on_at_once(build: Build) -> None:
    """A show stands still: nothing is compiled, tried or rehearsed before it goes on, and that is told."""
    used: list[str] = []

    def compiled(model: CausalWan) -> None:
        def noted(stage: Callable[..., object]) -> Callable[..., object]:
            return lambda *given: (used.append("compiled"), stage(*given))[1]

        for block in model.all_blocks():
            block.stages = BlockStages(*map(noted, block.plain_stages()))

    card, ranks = small_card(), Ranks(2)
    tools = dataclasses.replace(REPLAYING, compile_blocks=compiled)

    def made(card: ModelCard) -> WanGenerator:
        generator = WanGenerator(card, device="cpu", tools=tools, ranks=ranks)
        list(generator.warm_up())
        return generator

    def told(generator: WanGenerator, component: Component) -> str:
        return next(one.chosen for one in generator.backends() if one.component == component)

    two = made(card)
    assert two.lead is not None and used
    (pid,) = two.lead.crew.pids
    run(two, card, range(1))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(GeneratorError, match="was ended by signal 9"):
        run(two, card, range(1, 9))
    two.close()
    used.clear()
    one, apart = made(card), build(card, replaying=True)
    assert told(one, COMPILER) == "off" and told(one, GRAPHS) == "replayed: each pass and codec push from its first on"
    chunks, expected = ([asked.generate(ask(card, at), never) for at in range(4)] for asked in (one, apart))
    for a, b in zip(chunks, expected, strict=True):
        assert max(int(np.abs(x.astype(int) - y).max()) for x, y in zip(a.images, b.images, strict=True)) <= 1
    assert [len(chunk.notes) for chunk in chunks] == [1, 0, 0, 0]  # who was lost
    assert not used
    one.leave()
    wide = made(dataclasses.replace(card, format=PictureFormat.WIDE))
    assert told(wide, COMPILER).startswith("regional") and used  # somebody asked for that, and waits
    wide.close()


def stop(hand: Hand) -> None:
    os.kill(hand.process.pid, signal.SIGSTOP)


def leave_out(hand: Hand) -> None:
    """It lives, answers, and never comes to what the others do."""
    hand.write = lambda order: isinstance(order, Ask) and Hand.write(hand, order)  # type: ignore[method-assign]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hang", "how"),
    [(stop, "has not answered for . s and is ended"), (leave_out, "has kept the others waiting for . s and is ended")],
)
def test_of_four_the_one_that_hangs_is_ended(
    hang: Callable[[Hand], None], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "HUNG_NS", 1_500_000_000)
    card, ranks = small_card(depth_branch=False), Ranks(4)
    four = WanGenerator(card, device="cpu", ranks=ranks)
    list(four.warm_up())
    assert four.lead is not None
    pids = four.lead.crew.pids
    run(four, card, range(2))
    hang(four.lead.crew._hands[2])
    with pytest.raises(GeneratorError, match=f"one {how}") as told:
        run(four, card, range(2, 9))
    assert told.value.where == "rank 3, cpu"
    four.leave()
    assert [psutil.pid_exists(pid) for pid in pids] == [True, True, False]
    ((lost, why),) = ranks.lost
    assert lost == 3 and re.fullmatch(how, why)
    two = WanGenerator(card, device="cpu", ranks=ranks)
    list(two.warm_up())
    assert two.lead is not None and two.lead.crew.pids == pids[:1]
    run(two, card, range(1))
    two.close()


PLACES = st.dictionaries(
    st.integers(0, 7), st.builds(Place, st.none() | st.integers(0, 5), st.integers(0, 3)), min_size=1
)


@given(PLACES)
def test_who_is_blamed_is_behind_all_others(places: dict[int, Place]) -> None:
    rank = last_of(places)
    found = places[rank].turns
    for place in places.values():
        assert found is None or (place.turns is not None and found <= place.turns)
    if rank == LEADING and found is not None:  # alone behind, so that nobody is ended for what it does
        assert all(place.turns != found or not place.pending for one, place in places.items() if one != LEADING)


@pytest.mark.slow
def test_those_that_are_left_keep_their_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of four is killed in the middle of a show: of the three left two can share, one of which followed before."""
    card, ranks = small_card(depth_branch=False), Ranks(4)
    four = WanGenerator(card, device="cpu", ranks=ranks)
    list(four.warm_up())
    assert four.lead is not None
    first, second, third = four.lead.crew.pids
    run(four, card, range(2))
    os.kill(second, signal.SIGKILL)
    with pytest.raises(GeneratorError, match="one was ended by signal 9"):
        run(four, card, range(2, 9))
    model = four.parts.model
    four.close()
    assert psutil.pid_exists(first) and not psutil.pid_exists(second)
    two = WanGenerator(card, device="cpu", ranks=ranks)
    list(two.warm_up())
    assert two.lead is not None and two.lead.crew.pids == (first,) and two.parts.model is model
    assert not psutil.pid_exists(third)  # three do not split four heads
    shown = run(two, card, range(3))
    two.leave()  # another format, with the same process
    wide = dataclasses.replace(card, format=PictureFormat.WIDE)
    other = WanGenerator(wide, device="cpu", ranks=ranks)
    list(other.warm_up())
    assert other.lead is not None and other.lead.crew.pids == (first,) and other.parts.model is model
    run(other, wide, range(2))
    other.leave()
    monkeypatch.setattr(crew, "_RETURNING_NS", 300_000_000)
    os.kill(first, signal.SIGSTOP)
    again = WanGenerator(card, device="cpu", ranks=ranks)  # with another in its place, since it does not come round
    list(again.warm_up())
    assert again.lead is not None and again.lead.crew.pids != (first,) and not psutil.pid_exists(first)
    assert same(shown, run(again, card, range(3)))
    again.close()


def test_what_cannot_be_split_so_far_is_told(tmp_path: Path) -> None:
    card = load_card("wan-1.3b")
    mustered = muster(card, tmp_path, CPU, torch.float32, Ranks(8))  # nothing is started yet
    assert mustered.crew is not None and mustered.crew.share.size == 6
    assert mustered.warnings == (
        "8 processes cannot share this model: 12 heads cannot be split evenly by that. It plays on 6.",
    )
    assert muster(card, tmp_path, CPU, torch.float32, Ranks()) == Muster()


def test_a_killed_process_never_stops_the_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "PATIENCE_NS", 180_000_000_000)  # two processes start, on a machine that tests
    cards_folder().mkdir(parents=True)
    (cards_folder() / "wan-pair.toml").write_text(PAIR, encoding="utf-8")
    output = OutputConfig(name="Wan of two", sinks=(NULL_SINK,))
    running = Show(EngineConfig(generator="wan-pair", output=output, gpus=2))
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
        assert ready.name == "wan-pair"
        assert next(one for one in ready.backends if one.component == "wan processes").chosen == "1, on its own"
        running.wait_for(Notice, lambda event: "made by one process now" in event.text)
        assert running.flowing().cache_resets == 2
    finally:
        running.engine.stop()
