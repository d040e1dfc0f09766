"""Replayed frames: the same bytes as plain launches through everything a show does; tried first; told if not taken."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from engine.generators.base import ChunkAbortedError, ChunkKey, ChunkRequest, PromptBlend
from engine.generators.field import parameters as p
from engine.generators.field.choice import Method
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.lattice import Lattice
from engine.generators.field.painter import LAUNCHES
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.launches import Launches
from engine.generators.field.reference.raster import CpuRaster, Raster, TorchRaster
from engine.generators.field.reference.trial import make_trial
from engine.generators.field.trunk import Trunk
from engine.generators.graph_capture import CallAgain, Recorder, Replay
from engine.messages.events import BackendChoice
from engine.messages.frame import InputFrame, RgbxImage
from tests.field.runs import CHUNK_FRAMES, Film, never, run

CPU = torch.device("cpu")

WAITS = ("_local_scalar_dense", "item", "nonzero", "lift_fresh")
"""Operations that a host and its device wait for each other in, or that take a number of the host's."""


class Counting(CallAgain):
    """Counts what it recorded and how often that was replayed."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def record(self, work: Callable[[], None]) -> Replay:
        work()
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


class Refusing(CallAgain):
    def record(self, work: Callable[[], None]) -> Replay:
        work()
        raise RuntimeError("operation not permitted when stream is capturing\nand more")


class Forgetful(CallAgain):
    """Its replays do nothing."""

    def record(self, work: Callable[[], None]) -> Replay:
        work()
        return lambda: None


class Halting(CallAgain):
    """Its replays leave out the last part of a frame."""

    def record(self, work: Callable[[], None]) -> Replay:
        return _without_the_last(work)


def _without_the_last(work: Callable[[], None]) -> Replay:

    parts = work.__closure__
    assert parts is not None
    (listed,) = (cell.cell_contents for cell in parts)

    def replay() -> None:
        for part in listed[:-1]:
            part()

    return replay


def warm(width: int, height: int, recorder: Callable[[], Recorder | None]) -> FieldGenerator:
    field = FieldGenerator(
        "cpu",
        method=Method.TORCH,
        width=width,
        height=height,
        record=lambda _: recorder(),
        chunk_frames=CHUNK_FRAMES,
    )
    for _ in field.warm_up():
        pass
    return field


def told(field: FieldGenerator) -> BackendChoice:
    (choice,) = (choice for choice in field.backends() if choice.component == LAUNCHES)
    return choice


@pytest.fixture(scope="module", params=[(448, 448), (592, 336), (61, 83)], ids=lambda size: f"{size[0]}x{size[1]}")
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[FieldGenerator, FieldGenerator]]:
    """A field that replays, and one that launches anew."""
    width, height = request.param
    recorders: list[Counting] = []

    def make() -> Recorder:
        recorders.append(Counting())
        return recorders[-1]

    replaying, plain = warm(width, height, make), warm(width, height, lambda: None)
    assert told(replaying).chosen == "one replayed graph a frame"
    assert all(choice.component != LAUNCHES for choice in plain.backends())
    yield replaying, plain
    assert len(recorders) == 2  # openings are made in memory of their own
    for recorder in recorders:
        assert recorder.recorded == 1
        assert recorder.replayed > 3
    replaying.close()
    plain.close()


Pair = tuple[FieldGenerator, FieldGenerator]


def fitted(field: FieldGenerator, request: ChunkRequest) -> ChunkRequest:
    """The request with its input as large as the field's pictures."""
    size = field._size

    def fit(frame: InputFrame) -> InputFrame:
        return replace(frame, image=np.ascontiguousarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)))

    return replace(request, frames=tuple(fit(frame) for frame in request.frames))


def show(film: Film, field: FieldGenerator) -> list[ChunkRequest]:
    """Looks, materials and tables change, the input goes, feedback and glow stop and begin again."""
    morph = PromptBlend((("amber liquid waves", 0.4), ("neon circuit", 0.6)))
    requests = [
        film.request(0),
        film.request(1, {p.HUE: 120.0, p.SYMMETRY: 5.0}),
        film.request(2, {p.GLOW: 0.0, p.FEEDBACK: 0.0}, morph),
        replace(film.request(3, {p.SYMMETRY: 0.6}, "frozen jade"), frames=(), control=None),
        film.request(4, {p.FEEDBACK: 1.0, p.GRAIN: 1.0}, "frozen jade"),
    ]
    return [fitted(field, request) for request in requests]


def same(one: tuple[RgbxImage, ...] | list[RgbxImage], other: tuple[RgbxImage, ...] | list[RgbxImage]) -> None:
    for mine, wanted in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_a_show_is_the_same_bit_for_bit(pair: Pair, film: Film) -> None:
    replaying, plain = pair
    requests = show(film, plain)
    mine = run(replaying, requests)  # compared only now: no later replay has touched what was handed out
    same(mine, run(plain, requests))
    same(mine[:4], run(replaying, requests[:2]))


def aborted_after(pauses: int) -> Callable[[], bool]:
    left = iter(range(pauses))
    return lambda: next(left, None) is None


def test_an_abort_leaves_the_committed_picture(pair: Pair, film: Film) -> None:
    replaying, plain = pair
    requests = show(film, plain)
    expected = run(plain, requests[:3])
    run(replaying, requests[:2])
    for limit in range(8):
        with pytest.raises(ChunkAbortedError):
            replaying.generate(requests[3], aborted_after(limit))
    same(replaying.generate(requests[2], never).images, expected[4:])


def test_a_snapshot_is_gone_on_from(pair: Pair, film: Film) -> None:
    replaying, plain = pair
    requests = show(film, plain)
    expected = run(plain, requests[:4])
    run(replaying, requests[:2])
    kept = replaying.snapshot()
    for _ in range(2):
        run(replaying, requests[3:])
        replaying.restore(kept)
        same([image for request in requests[2:4] for image in replaying.generate(request, never).images], expected[4:])


def test_an_opening_between_chunks_disturbs_nothing(pair: Pair, film: Film) -> None:
    replaying, plain = pair
    requests = show(film, plain)
    scene = [replace(request, key=ChunkKey(3, 9, index)) for index, request in enumerate(requests[1:3])]
    shown, cut_to = run(plain, requests), run(plain, scene)
    replaying.reset()
    work, images = replaying.prepare(scene[0]), []
    opening = None
    for request in requests:
        images += replaying.generate(request, never).images
        for _ in range(4):
            try:
                next(work)
            except StopIteration as done:
                opening = done.value
                break
        if opening is not None:
            break
    assert opening is not None
    same(images, shown[: len(images)])
    replaying.restore(opening.after)
    same([*opening.chunk.images, *replaying.generate(scene[1], never).images], cut_to)


@pytest.mark.parametrize(
    ("recorder", "why"),
    [
        (Refusing, "failed: operation not permitted when stream is capturing"),
        (Forgetful, "wrong: off by inf of 1"),
        (Halting, "wrong: off by"),
    ],
)
def test_what_cannot_be_recorded_is_launched_and_told(film: Film, recorder: type[CallAgain], why: str) -> None:
    field, plain = warm(64, 48, recorder), warm(64, 48, lambda: None)
    choice = told(field)
    assert choice.chosen == "plain launches"
    ((_, reason),) = choice.rejected
    assert reason.startswith(why)
    requests = show(film, plain)[:2]
    same(run(field, requests), run(plain, requests))
    field.close()
    plain.close()


@given(st.lists(st.sampled_from(["nothing", "table", "tile", "both"]), max_size=8))
@settings(deadline=None, max_examples=20)
def test_what_changed_is_sent_and_the_rest_stays(changes: list[str]) -> None:
    lattice = Lattice(32, 24)
    inputs, tried = Inputs(lattice, CPU), make_trial(lattice, Trunk())
    scheme = tried.schemes[0]
    for turn, change in enumerate(changes):
        fresh = tried.schemes[turn % 4]
        scheme = replace(
            fresh,
            table=fresh.table.copy() if change in ("table", "both") else scheme.table,
            tile=fresh.tile.copy() if change in ("tile", "both") else scheme.tile,
        )
        inputs.see(tried.image if turn % 3 else None)
        inputs.send(scheme)
        for sent, wanted in (
            (inputs.table, scheme.table),
            (inputs.tile, scheme.tile),
            (inputs.depth, scheme.senses.depth),
            (inputs.near, scheme.senses.near),
            (inputs.flow, scheme.senses.flow),
            (inputs.light, scheme.light),
            (inputs.biases, scheme.shape.biases),
        ):
            np.testing.assert_array_equal(sent.numpy(), wanted)


class Listing(TorchDispatchMode):
    """Writes down what is launched: operations, and every argument that is not a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, object]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        def plain(value: Any) -> Any:
            if isinstance(value, torch.Tensor):
                return tuple(value.shape), value.stride()
            return [plain(item) for item in value] if isinstance(value, list | tuple) else value

        named = kwargs or {}
        self.calls.append((str(func), (plain(args), {name: plain(value) for name, value in named.items()})))
        return func(*args, **named)


@pytest.mark.parametrize(("width", "height"), [(448, 448), (592, 336), (61, 83)])
def test_what_a_gpu_would_record_depends_on_no_number_and_paints_the_same(width: int, height: int) -> None:
    """The launches of the devices' raster, listed: the same with all inputs, and nothing brought back to the host."""
    lattice, trunk = Lattice(width, height), Trunk()
    tried = make_trial(lattice, trunk)
    rasters: list[Raster] = [TorchRaster(lattice, CPU), CpuRaster(lattice)]
    lists: list[list[tuple[str, object]]] = []
    painters = []
    for raster in rasters:
        inputs = Inputs(lattice, CPU)
        painters.append((inputs, Launches(lattice, trunk, inputs, raster)))
    for scheme in tried.schemes:
        images = []
        for inputs, launches in painters:
            last = torch.zeros(tried.picture.shape)
            if scheme.carry is not None:
                last.copy_(torch.from_numpy(cv2.GaussianBlur(tried.picture, (0, 0), 3.0)))
            smooth = [cv2.GaussianBlur(plane, (0, 0), 4.0) for plane in (scheme.tile, scheme.table)]
            inputs.see(tried.image)
            inputs.send(replace(scheme, tile=smooth[0], table=smooth[1]))
            with Listing() as listing:
                for part in launches.parts(last, torch.zeros_like(last)):
                    part()
            lists.append(listing.calls)
            images.append(launches.image.clone())
        assert float((images[0].float() - images[1].float()).abs().mean()) < 2.0
    ours = lists[::2]
    names = [name for name, _ in ours[0]]
    assert not [name for name in names if any(waits in name for waits in WAITS)]
    for other in ours[1:]:
        assert other == ours[0]


def test_nothing_of_a_frame_is_computed_on_the_host() -> None:
    """On a device without values: whatever mixed it with the host, or asked for one, would raise."""
    lattice, trunk, device = Lattice(64, 48), Trunk(), torch.device("meta")
    inputs, tried = Inputs(lattice, device), make_trial(lattice, trunk)
    launches = Launches(lattice, trunk, inputs, TorchRaster(lattice, device))
    inputs.see(tried.image)
    inputs.send(tried.schemes[1])
    last, out = (torch.zeros(tried.picture.shape, device=device) for _ in range(2))
    for part in launches.parts(last, out):
        part()
    assert launches.image.shape == (48, 64, 4)
