"""The engine thread: warms up once, survives whatever a generator raises, and lets another play in its place."""

import dataclasses
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from engine.errors import GeneratorError, NotEnoughMemoryError
from engine.generators.base import Chunk, ChunkNote, ChunkRequest
from engine.generators.registry import GeneratorEntry
from engine.loop.fallback import nearest
from engine.loop.plan import SHORTEST_REST_NS
from engine.loop.supervisor import Supervisor
from engine.messages.commands import Command, HardCut, Origin, Panic, SelectGenerator, SetParameter
from engine.messages.events import (
    BackendChoice,
    CacheReset,
    CommandRefused,
    ComponentState,
    GeneratorChanged,
    Level,
    Notice,
)
from engine.messages.parameters import ParameterSpec, ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.scheduling.commit_scheduler import CommitScheduler
from tests.engine.fakes import SCENES, SPEC, TABLE, Bench, ToyGenerator

PATIENCE_S = 20.0


def supervise(
    bench: Bench,
    others: dict[str, ToyGenerator] | None = None,
    name: str = "toy",
    build: Callable[[], ToyGenerator] | None = None,
) -> Supervisor:
    """The bench's generator, built in a way of its own or not, and others that may take its place."""
    toys = {bench.generator.spec.name: bench.generator, **(others or {})}

    def find(name: str) -> GeneratorEntry:
        if name not in toys:
            raise GeneratorError("There is no such generator", where=name)
        made = build if build is not None and toys[name] is bench.generator else lambda: toys[name]
        return GeneratorEntry(id=name, label=name, describe=lambda: toys[name].spec, build=made)

    entry = find(name)
    return Supervisor(
        bench.rooms,
        entry,
        lambda: CommitScheduler(TABLE, SCENES, "One", first_epoch=1),
        bench.source,
        seed=0,
        find=find,
    )


def run_until(
    bench: Bench,
    enough: int,
    others: dict[str, ToyGenerator] | None = None,
    build: Callable[[], ToyGenerator] | None = None,
) -> None:
    """Let the supervisor work until so many frames are out, or it stands still."""
    reached = threading.Event()
    publish = bench.output.publish_chunk

    def watch(frames: object) -> None:
        publish(frames)  # type: ignore[arg-type]
        if len(bench.output.published) >= enough:
            reached.set()

    bench.output.publish_chunk = watch  # type: ignore[method-assign]
    supervisor = supervise(bench, others, build=build)
    supervisor.start()
    assert reached.wait(PATIENCE_S)
    supervisor.stop()


def told(bench: Bench) -> tuple[list[str], list[tuple[str, ComponentState, str]]]:
    """The notices, and what became of the generators."""
    changes = [event for event in bench.events if isinstance(event, GeneratorChanged)]
    return (
        [event.text for event in bench.events if isinstance(event, Notice)],
        [(event.name, event.state, event.detail) for event in changes],
    )


class Hungry(ToyGenerator):
    """Has no room: in its warm-up, or from a chunk on."""

    def __init__(self, bench: Bench, instead: tuple[str, ...], name: str = "toy", chunks: int | None = None) -> None:
        super().__init__(bench.clock)
        self.spec = dataclasses.replace(SPEC, name=name)
        self._lack = NotEnoughMemoryError("It is too large", where=name, remedy="Choose less.", instead=instead)
        self._chunks = chunks

    def warm_up(self) -> Iterator[float]:
        if self._chunks is None:
            raise self._lack
        return super().warm_up()

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self._chunks is not None and len(self.requests) >= self._chunks:
            raise self._lack
        return super().generate(request, aborted)


def toy(bench: Bench, name: str, parameter: str = "g.a") -> ToyGenerator:
    made = ToyGenerator(bench.clock)
    table = ParameterTable([ParameterSpec(id=parameter, label="A", minimum=0, maximum=1, default=0.7, help="a")])
    made.spec = dataclasses.replace(SPEC, name=name, parameters=table, family="toy" if parameter == "g.a" else "")
    return made


def test_where_there_is_no_room_a_smaller_one_takes_its_place() -> None:
    bench = Bench()
    bench.generator = Hungry(bench, ("small",))
    small = toy(bench, "small")
    run_until(bench, 4, {"small": small})
    why = "It is too large (toy). Choose less."
    instead, stays = f"In place of toy: {why}", "the last picture stays on air."
    assert told(bench) == (
        [f"There is no room for the generator toy. {why} small is started in its place; {stays}"],
        [
            ("small", ComponentState.STARTING, instead),
            ("small", ComponentState.STARTING, instead),
            ("small", ComponentState.READY, instead),
        ],
    )
    assert bench.generator.log == ["close"]
    assert small.requests[0].values == {"g.a": 0.2}


def test_when_room_runs_out_in_a_chunk_the_show_goes_on_in_a_new_epoch() -> None:
    bench = Bench()
    bench.generator = Hungry(bench, ("small", "smaller"), chunks=2)
    small, smaller = Hungry(bench, ("smaller",), "small"), toy(bench, "smaller")
    small.spec = dataclasses.replace(small.spec, family="toy")
    run_until(bench, 8, {"small": small, "smaller": smaller})
    notices, states = told(bench)
    assert len(notices) == 2 and "smaller is started in its place" in notices[1]
    assert states[-1] == ("smaller", ComponentState.READY, "In place of toy: It is too large (small). Choose less.")
    assert [event.reason for event in bench.events if isinstance(event, CacheReset)] == ["the generator was restarted"]
    epochs = [frame.epoch for frame in bench.output.published]
    assert (epochs[:4], set(epochs[4:])) == ([1] * 4, {2})


def test_without_a_smaller_one_the_built_in_plays_at_its_defaults() -> None:
    bench = Bench()
    bench.generator = Hungry(bench, ())
    field = toy(bench, "field", "f.x")
    run_until(bench, 4, {"field": field})
    notices, _ = told(bench)
    assert notices[0].endswith("It plays the nearest of its own scenes; the knobs of toy do not reach it.")
    assert field.requests[0].values == {"f.x": 0.7} and field.requests[0].prompt.text == "red"


def test_with_nothing_smaller_left_the_last_picture_stays() -> None:
    bench = Bench()
    bench.generator = Hungry(bench, ())
    run_to_the_end(bench, {"field": Hungry(bench, ("toy",), "field")})
    notices, states = told(bench)
    by_hand = "A pad, Panic or the generator menu tries field again, and it is tried by itself at once."
    assert notices[-1].endswith(f"Nothing smaller is left; the last picture stays on air. {by_hand}")
    assert states[-1] == ("field", ComponentState.FAILED, "It is too large (field). Choose less.")
    assert bench.output.published == []


def test_a_performer_may_choose_any_that_plays_the_same_show() -> None:
    bench = Bench()
    other, strange = toy(bench, "small"), toy(bench, "field", "f.x")
    for name in ("toy", "field", "nothing", "small"):
        bench.commands.put(SelectGenerator(stamp_ns=0, origin=Origin.CLI, name=name))
    run_until(bench, 8, {"small": other, "field": strange})
    start = "Start Hardcut with --generator field."
    refused = [event.text for event in bench.events if isinstance(event, CommandRefused)]
    assert refused == [
        f"This generator has other knobs and scenes than the show is played on (field). {start}",
        "There is no such generator (nothing).",
    ]
    assert bench.generator.log == ["warm up", "chunk One 0", "close"]
    assert other.log[:4] == ["close", "warm up", "reset", "chunk One 1"]


def test_what_was_chosen_and_does_not_start_gives_way_to_the_one_before() -> None:
    bench = Bench()
    large = Hungry(bench, ("small",), "large")
    large.spec = dataclasses.replace(large.spec, family="toy")
    bench.commands.put(SelectGenerator(stamp_ns=0, origin=Origin.CLI, name="large"))
    run_until(bench, 8, {"large": large})
    notices, states = told(bench)
    assert notices == [
        "The generator large could not be started. It is too large (large). Choose less. toy is started again."
    ]
    assert [(name, state) for name, state, _ in states if state is ComponentState.READY] == [
        ("toy", ComponentState.READY)
    ] * 2
    assert large.log == ["close", "close"]


def test_what_comes_with_a_chunk_is_told() -> None:
    bench = Bench()
    made = bench.generator.generate

    def noting(request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        notes = (ChunkNote(Level.WARNING, "A word was left out."),) if not bench.generator.requests else ()
        return dataclasses.replace(made(request, aborted), notes=notes)

    bench.generator.generate = noting  # type: ignore[method-assign]
    run_until(bench, 4)
    notices = [(event.level, event.text) for event in bench.events if isinstance(event, Notice)]
    assert notices == [(Level.WARNING, "A word was left out.")]


def test_what_is_computed_otherwise_from_now_on_is_told_again() -> None:
    bench = Bench()
    late = BackendChoice(component="toy", chosen="snake", reason="it woke up")
    first = bench.generator.backends()
    bench.generator.backends = lambda: (late,) if bench.generator.requests else first  # type: ignore[method-assign]
    run_until(bench, 8)
    ready = [event for event in bench.events if isinstance(event, GeneratorChanged)][1:]
    assert [(event.state, event.backends) for event in ready] == [
        (ComponentState.READY, first),
        (ComponentState.READY, (late,)),
    ]


def test_it_warms_up_before_the_first_chunk_and_closes_at_the_end() -> None:
    bench = Bench()
    run_until(bench, 4)
    assert bench.generator.log[:2] == ["warm up", "chunk One 0"]
    assert bench.generator.log[-1] == "close"
    states = [event.state for event in bench.events if isinstance(event, GeneratorChanged)]
    assert states == [ComponentState.STARTING, ComponentState.READY]


def test_a_failure_is_told_and_the_show_resumes_in_a_new_epoch() -> None:
    bench = Bench()
    bench.generator.fail_next = 1
    run_until(bench, 4)
    notices = [event.text for event in bench.events if isinstance(event, Notice)]
    assert notices == ["The generator failed. The toy broke (toy). It is started again; the last picture stays on air."]
    assert [event.reason for event in bench.events if isinstance(event, CacheReset)] == ["the generator was restarted"]
    assert {frame.epoch for frame in bench.output.published} == {2}


class _Circle:
    """Memory that knows itself, as recorded graphs do."""

    def __init__(self) -> None:
        self.itself = self


class _Circular(ToyGenerator):
    """Holds such memory from its warm-up to its end, and tells what has become of that of those before."""

    held: ClassVar[list[weakref.ref[_Circle]]] = []
    left: ClassVar[list[int]] = []

    def warm_up(self) -> Iterator[float]:
        self.left.append(sum(one() is not None for one in self.held))
        self.circle: _Circle | None = _Circle()
        self.held.append(weakref.ref(self.circle))
        yield from super().warm_up()

    def close(self) -> None:
        self.circle = None
        super().close()


def test_what_a_failed_generator_held_is_gone_before_the_next_is_warmed_up() -> None:
    bench = Bench()
    toys = [_Circular(bench.clock), _Circular(bench.clock)]
    toys[0].fail_next = 1
    run_until(bench, 4, build=iter(toys).__next__)
    assert _Circular.left == [0, 0]
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("fault", [GeneratorError("It broke"), MemoryError(), SystemExit(3), KeyboardInterrupt("x")])
def test_whatever_a_generator_raises_the_built_in_plays_on_after_the_fourth(fault: BaseException) -> None:
    bench = Bench()
    bench.generator = Broken(bench, fault, times=4)
    field = toy(bench, "field", "f.x")
    run_until(bench, 4, {"field": field})
    notices, states = told(bench)
    assert len(notices) == 4 and all(text.startswith("The generator failed. ") for text in notices)
    assert "It is started again; the last picture stays on air." in notices[2]
    assert "field is started in its place" in notices[3]
    assert notices[3].endswith("A pad, Panic or the generator menu tries toy again.")
    assert states[-1][:2] == ("field", ComponentState.READY) and states[-1][2].startswith("In place of toy: ")
    assert len(field.requests) >= 2


@pytest.mark.parametrize(
    "gesture",
    [
        Panic(stamp_ns=0),
        HardCut(stamp_ns=0, scene="Two"),
        SelectGenerator(stamp_ns=0, name="toy"),
    ],
    ids=["panic", "pad", "menu"],
)
def test_a_gesture_tries_what_has_failed_again(gesture: Command) -> None:
    bench = Bench()
    bench.generator = Broken(bench, GeneratorError("It broke"), times=4)
    field = toy(bench, "field", "f.x")

    def played() -> None:
        bench.clock.advance(SHORTEST_REST_NS)  # a pad leaves it alone for a while
        bench.commands.put(gesture)

    field.during = played
    run_until(bench, 10, {"field": field})
    _, states = told(bench)
    ready = [name for name, state, _ in states if state is ComponentState.READY]
    assert ready[-2:] == ["field", "toy"]
    assert len(bench.generator.requests) >= 2
    assert not any(isinstance(event, CommandRefused) for event in bench.events)


def test_what_plays_in_anothers_place_stays_if_it_is_chosen() -> None:
    bench = Bench()
    bench.generator = Broken(bench, GeneratorError("It broke"), times=4)
    field = toy(bench, "field", "f.x")

    def chosen() -> None:
        bench.clock.advance(SHORTEST_REST_NS)
        bench.commands.put(SelectGenerator(stamp_ns=0, name="field"))
        field.during = lambda: bench.commands.put(Panic(stamp_ns=0))

    field.during = chosen
    run_until(bench, 10, {"field": field})
    notices, states = told(bench)
    assert notices[-1] == "field stays, by your choice; toy is tried again only if you choose it in the generator menu."
    assert states[-1] == ("field", ComponentState.READY, "")
    assert field.log.count("warm up") == 1 and bench.generator.log.count("warm up") == 4
    assert not any(isinstance(event, CommandRefused) for event in bench.events)


def test_a_pad_leaves_it_alone_for_a_while_and_what_cannot_be_built_is_not_waited_for() -> None:
    bench = Bench()
    bench.generator = Broken(bench, GeneratorError("It broke"), times=4)
    field = toy(bench, "field", "f.x")
    builds = 0

    def no_longer() -> ToyGenerator:
        nonlocal builds
        builds += 1
        if builds > 4:
            raise OSError("no such file")
        return bench.generator

    field.during = lambda: bench.commands.put(HardCut(stamp_ns=0, scene="Two"))
    run_until(bench, 6, {"field": field}, build=no_longer)
    assert builds == 4  # it rests
    bench.events.clear()

    bench, builds = Bench(), 0
    bench.generator = Broken(bench, GeneratorError("It broke"), times=4)
    field = toy(bench, "field", "f.x")
    field.during = lambda: bench.commands.put(Panic(stamp_ns=0))
    run_until(bench, 6, {"field": field}, build=no_longer)
    assert builds == 5
    assert told(bench)[0][-1].startswith("The generator toy cannot be tried again yet. ")
    assert field.log.count("warm up") == 1  # it played on


@pytest.mark.parametrize("gesture", [Panic(stamp_ns=0), HardCut(stamp_ns=0, scene="Two")], ids=["panic", "pad"])
def test_where_nothing_can_take_its_place_a_gesture_tries_it_again(gesture: Command) -> None:
    bench = Bench()
    bench.generator = Broken(bench, SystemExit(), times=4, name="field")
    remember, waiting = bench.rooms.emit, threading.Event()

    def emit(event: object) -> None:
        remember(event)  # type: ignore[arg-type]
        if isinstance(event, GeneratorChanged) and event.state is ComponentState.FAILED:
            bench.commands.put(SetParameter(stamp_ns=0, parameter="g.a", value=0.9))
            waiting.set()

    bench.rooms.emit = emit  # type: ignore[assignment]
    enough = threading.Event()
    publish = bench.output.publish_chunk
    bench.output.publish_chunk = lambda frames: (publish(frames), enough.set())  # type: ignore[method-assign]
    supervisor = supervise(bench, name="field")
    supervisor.start()
    assert waiting.wait(PATIENCE_S)
    assert not enough.wait(1.0)  # a knob does not try it again
    bench.commands.put(gesture)
    assert enough.wait(PATIENCE_S)
    supervisor.stop()
    assert told(bench)[0][-1].endswith(
        "SystemExit. The last picture stays on air. A pad, Panic or the generator menu tries field again, and it is"
        " tried by itself at once."
    )
    wanted = SCENES["Two"].parameters["g.a"] if isinstance(gesture, HardCut) else SCENES["One"].parameters["g.a"]
    assert bench.generator.requests[0].values == {"g.a": wanted}  # in their order: the knob, then the cut


class Broken(ToyGenerator):
    """Raises in so many of its first chunks."""

    def __init__(self, bench: Bench, fault: BaseException, times: int, name: str = "toy") -> None:
        super().__init__(bench.clock)
        self.spec = dataclasses.replace(SPEC, name=name)
        self._fault, self._times = fault, times

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self._times:
            self._times -= 1
            raise self._fault
        return super().generate(request, aborted)


def test_the_nearest_scene_is_the_one_of_the_same_name_or_words() -> None:
    def scene(name: str, prompt: str) -> Scene:
        return Scene(name=name, generator="x", prompt=prompt)

    library = SceneLibrary({one.name: one for one in (scene("Gold", "molten amber"), scene("Sea", "deep blue water"))})
    for asked, expected in (
        (scene("GOLD", "deep blue water"), "Gold"),
        (scene("Other", "the water of a deep lake"), "Sea"),
        (scene("Other", "Molten lava"), "Gold"),
    ):
        found = nearest(asked, library)
        assert found is not None and found.name == expected
    assert nearest(scene("Other", "nothing alike"), library) is None
    assert nearest(scene("Other", "nothing alike"), SceneLibrary({})) is None


def run_to_the_end(bench: Bench, others: dict[str, ToyGenerator] | None = None) -> None:
    """Let the supervisor work until it gives up."""
    given_up = threading.Event()
    remember = bench.rooms.emit

    def emit(event: object) -> None:
        remember(event)  # type: ignore[arg-type]
        if isinstance(event, GeneratorChanged) and event.state is ComponentState.FAILED:
            given_up.set()

    bench.rooms.emit = emit  # type: ignore[assignment]
    supervisor = supervise(bench, others)
    supervisor.start()
    assert given_up.wait(PATIENCE_S)
    supervisor.stop()
