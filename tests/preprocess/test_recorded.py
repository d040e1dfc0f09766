"""A recorded network gives what the plain one gives, and one that does not is refused and told."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from bench.probes.random_depth import MODELS, PICTURES, moving_pictures, tiny_config, written
from engine.device_turn import device_turn
from engine.errors import DepthError
from engine.preprocess.learned.device import DepthDevice
from engine.preprocess.learned.recorded import RecordedWork, Recorder, Replay, Tensors
from engine.preprocess.learned.temporal import WINDOW
from engine.preprocess.learned.video import VideoDepth

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class CallAgain:
    """Does the work again at each replay, as a graph does, and counts."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def record(self, work: Callable[[], None]) -> Replay:
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


class Stale:
    """A recording that never looks at its inputs again."""

    def record(self, work: Callable[[], None]) -> Replay:
        work()
        return lambda: None


class Breaks:
    """A device that refuses to record, from one time on."""

    def __init__(self, well: int = 0) -> None:
        self._well = well

    def record(self, work: Callable[[], None]) -> Replay:
        self._well -= 1
        if self._well < 0:
            raise RuntimeError("operation not permitted when stream is capturing\nmore")
        return work


def doubled(inputs: Tensors) -> Tensors:
    return (2 * inputs[0], inputs[0] + inputs[1])


def numbers(count: int) -> Tensors:
    return (torch.arange(1.0, 1 + count), torch.ones(count))


def test_one_that_gives_the_same_serves_until_other_shapes_come() -> None:
    again = CallAgain()
    work = RecordedWork(doubled, again)
    assert work.describe() == ""
    for count, recorded in ((3, 1), (3, 1), (5, 2), (5, 2), (3, 3)):
        given = numbers(count)
        found = work(given)
        assert all(torch.equal(one, right) for one, right in zip(found, doubled(given), strict=True))
        assert (again.recorded, work.describe()) == (recorded, "one graph a frame")
    assert again.replayed == 3 * 2 + 2


@pytest.mark.parametrize(
    ("recorder", "why"),
    [(Stale(), "gave other numbers, by 66.7%"), (Breaks(), "failed: operation not permitted when stream is capturing")],
)
def test_one_that_is_wrong_or_fails_is_told_and_never_asked_again(recorder: Recorder, why: str) -> None:
    work = RecordedWork(doubled, recorder)
    for _ in range(2):
        assert torch.equal(work(numbers(3))[0], doubled(numbers(3))[0])
        assert work.describe().startswith("kernels launched one by one: ")
        assert why in work.describe()


def test_one_that_fails_after_others_served_is_told_once() -> None:
    work = RecordedWork(doubled, Breaks(well=1))
    work(numbers(3))
    with pytest.raises(DepthError, match=r"goes on with kernels launched one by one: .*not permitted"):
        work(numbers(5))
    assert torch.equal(work(numbers(5))[0], doubled(numbers(5))[0])


def test_numbers_that_are_none_decide_nothing() -> None:
    again = CallAgain()
    work = RecordedWork(doubled, again)
    work((torch.full((3,), float("nan")), torch.ones(3)))
    assert (again.recorded, work.describe()) == (0, "")
    work(numbers(3))
    assert (again.recorded, work.describe()) == (1, "one graph a frame")


def test_while_a_generator_has_the_device_nothing_is_recorded() -> None:
    again = CallAgain()
    work = RecordedWork(doubled, again)
    work(numbers(3))

    def play(count: int) -> None:
        found = [work(numbers(count))[0].tolist()]
        seen.append((found == [doubled(numbers(count))[0].tolist()], again.recorded))

    seen: list[tuple[bool, int]] = []
    with device_turn():
        for count in (5, 3):  # what is recorded already serves on
            thread = threading.Thread(target=play, args=(count,))
            thread.start()
            thread.join()
    play(5)
    assert seen == [(True, 1), (True, 1), (True, 2)] and again.replayed == 2 + 1 + 2


@pytest.mark.parametrize("kind", MODELS)
def test_a_network_sees_the_same_recorded(kind: str) -> None:
    again, pictures = CallAgain(), moving_pictures(28)
    with written(tiny=True) as models:
        plain, recorded = (
            models[kind].open(DepthDevice(CPU, recorder=lambda _, one=one: one)) for one in (None, again)
        )
    begun = 0 if kind == PICTURES else WINDOW - 1  # only a full past has shapes that stay
    tries, first = 2, int(kind == PICTURES)  # the first picture is seen while the recording is tried
    count = 0
    for scene in (WINDOW + 2, WINDOW + 1):
        for number in range(scene):
            image = pictures[number % len(pictures)]
            np.testing.assert_array_equal(plain.see(image), recorded.see(image))
        count += scene - begun
        assert again.replayed == tries + count - first
        plain.forget()
        recorded.forget()
    assert (again.recorded, recorded.describe()) == (1, f"{plain.describe()}, one graph a frame")


class StaysOnTheDevice(TorchDispatchMode):
    """Refuses what a recording cannot hold: numbers brought to the host, and tensors of another device."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert func is not torch.ops.aten._local_scalar_dense.default
        found = func(*args, **(kwargs or {}))
        devices = {one.device.type for one in tree_leaves((args, kwargs, found)) if isinstance(one, Tensor)}
        assert devices <= {"meta"}, func
        return found


def test_the_work_of_a_frame_never_leaves_the_device() -> None:
    with torch.device("meta"):
        model = VideoDepth(tiny_config()).eval()
        picture = torch.zeros(1, 3, 42, 56)
    with torch.inference_mode():
        _, kept = model(picture)
        past = tuple(tuple(cast(Tensor, one).repeat(1, WINDOW - 1, 1) for one in module) for module in kept)
        with StaysOnTheDevice():
            model(picture, past)
            model.spatial(pixel_values=picture)
