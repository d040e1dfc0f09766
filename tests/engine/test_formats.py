"""A show changes its format between cuts: the same generator is started again in it, or the one before goes on."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.errors import GeneratorError
from engine.generators.base import Chunk, ChunkKey, ChunkRequest
from engine.generators.registry import GeneratorEntry, build_generator
from engine.loop.chunk_check import check_chunk
from engine.loop.plan import Plan, mark_started, reformat, select
from engine.loop.supervisor import Supervisor
from engine.map_input import MapInput
from engine.messages.commands import Origin, SelectFormat
from engine.messages.control_map import MapSettings
from engine.messages.events import CommandRefused, ComponentState, GeneratorChanged, Notice
from engine.messages.picture_format import PictureFormat
from engine.scheduling.commit_scheduler import CommitScheduler
from tests.engine.fakes import SCENES, SPEC, TABLE, Bench, ToyGenerator
from tests.output.parts import eventually

SQUARE, WIDE, TALL = PictureFormat
PATIENCE_S = 20.0


class FormatToy(ToyGenerator):
    """Makes pictures of a format; does not start in those that it lacks."""

    def __init__(
        self, bench: Bench, picture_format: PictureFormat, lacks: tuple[PictureFormat, ...], ends: list[str]
    ) -> None:
        super().__init__(bench.clock)
        self.format = picture_format
        self._lacks = lacks
        self._ends = ends

    def warm_up(self) -> Iterator[float]:
        if self.format in self._lacks:
            raise GeneratorError("It does not start", where=self.format.value)
        return super().warm_up()

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        made = super().generate(request, aborted)
        return Chunk(made.key, (np.zeros((*self.format.shape, 4), np.uint8),) * SPEC.chunk_frames)

    def leave(self) -> None:
        self._ends.append(f"{self.format.value} leaves")

    def close(self) -> None:
        super().close()
        self._ends.append(f"{self.format.value} ends")


def ask(bench: Bench, picture_format: PictureFormat) -> None:
    bench.commands.put(SelectFormat(stamp_ns=0, origin=Origin.CLI, format=picture_format))


def play(
    bench: Bench,
    frames: int,
    *,
    begin: PictureFormat = SQUARE,
    lacks: tuple[PictureFormat, ...] = (),
    square_alone: bool = False,
    later: dict[int, PictureFormat] | None = None,
    ends: list[str] | None = None,
) -> list[PictureFormat]:
    """Play until so many frames are out, asking for formats once so many are; return what the rooms were brought to."""
    used: list[PictureFormat] = []
    ended = ends if ends is not None else []
    bench.rooms.use_format = used.append
    entry = GeneratorEntry(
        id="toy",
        label="toy",
        describe=lambda: SPEC,
        build=lambda: FormatToy(bench, SQUARE, lacks, ended),
        build_in=None if square_alone else lambda one: FormatToy(bench, one, lacks, ended),
    )
    reached, publish = threading.Event(), bench.output.publish_chunk

    def watch(published: object) -> None:
        publish(published)  # type: ignore[arg-type]
        count = len(bench.output.published)
        if later and count in later:
            ask(bench, later[count])
        if count >= frames:
            reached.set()

    bench.output.publish_chunk = watch  # type: ignore[method-assign]
    supervisor = Supervisor(
        bench.rooms,
        entry,
        lambda: CommitScheduler(TABLE, SCENES, "One", first_epoch=1),
        bench.source,
        seed=0,
        picture_format=begin,
    )
    supervisor.start()
    assert reached.wait(PATIENCE_S)
    supervisor.stop()
    return used


def shown(bench: Bench) -> list[tuple[int, tuple[int, ...]]]:
    """Epoch and shape of each published frame, without repeats."""
    seen = [(one.epoch, one.image.shape[:2]) for one in bench.output.published]
    return list(dict.fromkeys(seen))


def test_each_change_starts_the_generator_again_in_a_new_epoch() -> None:
    bench, ends = Bench(), list[str]()
    used = play(bench, 14, begin=WIDE, later={4: TALL, 8: SQUARE}, ends=ends)
    tried = {"tall ends", "square ends"}  # built beside the one that plays, to see whether they can be
    assert [end for end in ends if end not in tried] == ["wide leaves", "tall leaves"] and ends[-1] == "square ends"
    assert shown(bench) == [(1, WIDE.shape), (2, TALL.shape), (3, SQUARE.shape)]
    assert used == [WIDE, TALL, SQUARE]
    ready = [e.format for e in bench.events if isinstance(e, GeneratorChanged) and e.state is ComponentState.READY]
    assert ready == [WIDE, TALL, SQUARE]


def test_asking_for_the_format_that_plays_changes_nothing() -> None:
    bench = Bench()
    assert play(bench, 10, later={4: SQUARE}) == [SQUARE]
    assert shown(bench) == [(1, SQUARE.shape)]


def test_what_does_not_start_in_a_format_goes_on_in_the_one_before() -> None:
    bench = Bench()
    used = play(bench, 10, lacks=(WIDE,), later={4: WIDE})
    assert used == [SQUARE, WIDE, SQUARE]
    assert {shape for _, shape in shown(bench)} == {SQUARE.shape}
    (notice,) = [event.text for event in bench.events if isinstance(event, Notice)]
    assert "could not be started" in notice and "started again" in notice


def test_a_generator_of_squares_refuses_other_formats_while_it_plays_on() -> None:
    bench = Bench()
    assert play(bench, 10, square_alone=True, later={4: WIDE}) == [SQUARE]
    (refused,) = [event.text for event in bench.events if isinstance(event, CommandRefused)]
    assert (
        refused == "This generator makes square pictures alone (toy). Choose the format square, or another generator."
    )
    assert shown(bench) == [(1, SQUARE.shape)]


def test_a_picture_of_another_format_is_no_chunk() -> None:
    def chunk(picture_format: PictureFormat) -> Chunk:
        return Chunk(ChunkKey(0, 0, 0), (np.zeros((*picture_format.shape, 4), np.uint8),))

    assert check_chunk(chunk(TALL), 1, "toy", TALL)
    with pytest.raises(GeneratorError, match=r"uint8 \[448, 448, 4\], not uint8 \[592, 336, 4\]"):
        check_chunk(chunk(SQUARE), 1, "toy", TALL)


def test_the_plan_keeps_its_format_through_other_changes() -> None:
    plan = reformat(Plan(shown="a", playing="a"), WIDE)
    assert (plan.format, plan.former and plan.former.format) == (WIDE, SQUARE)
    chosen = select(mark_started(plan), "b")
    assert (chosen.playing, chosen.format) == ("b", WIDE)


def test_the_field_and_every_card_can_be_built_in_every_format() -> None:
    from engine.generators.registry import GENERATORS, find_generator

    for name in GENERATORS.ids():
        entry = find_generator(name)
        assert entry.build_in is not None
    for picture_format in PictureFormat:
        build_generator(find_generator("wan-tiny"), picture_format).close()
        build_generator(find_generator("field"), picture_format).close()


def test_a_second_source_gives_maps_of_the_format_alone() -> None:
    maps = MapInput(SystemClock(), lambda event: None, lambda command: None)
    try:
        maps.build("external:stage", MapSettings)
        for wanted in (WIDE, TALL, SQUARE):
            maps.frame_in(wanted)
            eventually(lambda: maps.newest() is not None, "a map")
            newest = maps.newest()
            assert newest is not None and newest.image.shape[:2] == wanted.shape
    finally:
        maps.close()
