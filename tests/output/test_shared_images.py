"""Pictures in memory that a sink's process maps: handed over whole, told once, let go of with the picture."""

import gc
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.output.settings import SinkSpec, VideoFormat, WireFormat, WireImage
from engine.output.shared_images import SharedImage, share
from engine.output.sinks.exchange import MOST_KNOWN, Answer, Known, Order, Verb
from engine.output.sinks.isolated import COPIED, IsolatedSink
from engine.output.sinks.null import NullSink
from engine.output.sinks.worker import serve

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's")
FORMS = tuple(VideoFormat(width=width, height=32, wire=WireFormat.BGRX) for width in (32, 64))


class Keeper(NullSink):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__("Keeper")
        self.kept: list[WireImage] = []

    def send(self, image: WireImage, _video: VideoFormat) -> None:
        self.kept.append(image.copy())


def picture(level: int, video: VideoFormat = FORMS[0]) -> WireImage:
    return np.full((video.height, video.width, 4), level, np.uint8)


def answers(sink: Keeper, *orders: Order) -> list[Answer]:
    """What the sink's process answers."""
    out = io.BytesIO()
    serve(sink, io.BytesIO(b"".join(one.line() for one in orders)), out)
    return [Answer.parse(line) for line in out.getvalue().splitlines()]


@LINUX
def test_a_picture_is_seen_there_as_it_is_here_and_told_once() -> None:
    first, second, wide = share(picture(1)), share(picture(2)), share(picture(3, FORMS[1]))
    assert isinstance(first, SharedImage) and isinstance(second, SharedImage) and isinstance(wide, SharedImage)
    sink = Keeper()
    found = answers(
        sink,
        Order(Verb.SEND, FORMS[0], first.name, first.path),
        Order(Verb.SEND, FORMS[0], second.name, second.path),
        Order(Verb.SEND, FORMS[0], first.name),
        Order(Verb.SEND, FORMS[1], wide.name, wide.path),
    )
    assert not [one for one in found if one.error or one.unmapped]
    assert [(one.shape[1], int(one[0, 0, 0])) for one in sink.kept] == [(32, 1), (32, 2), (32, 1), (64, 3)]


def test_what_cannot_be_reached_is_told_and_the_next_is_taken(tmp_path: Path) -> None:
    there, sink = tmp_path / "picture", Keeper()
    there.write_bytes(picture(7).tobytes())
    found = answers(
        sink,
        Order(Verb.SEND, FORMS[0], "a", str(tmp_path / "nowhere")),
        Order(Verb.SEND, FORMS[0], "b", str(there)),
    )
    assert [one.unmapped for one in found] == [True, False]
    assert "cannot be reached" in found[0].error
    assert [int(one[0, 0, 0]) for one in sink.kept] == [7]


@LINUX
def test_a_sink_that_is_given_copies_tells_it(tmp_path: Path) -> None:
    sink, form = IsolatedSink(SinkSpec("record", str(tmp_path / "a.mkv")), "Test"), VideoFormat(width=32, height=32)
    image = np.full((32, 32, 2), 128, np.uint8)
    gone = share(image)
    assert isinstance(gone, SharedImage)
    gone.path = str(tmp_path / "nowhere")
    sink.open()
    try:
        remarks = []
        for one in (share(image), image, share(image), gone, share(image)):
            sink.send(one, form)
            remarks.append(COPIED in sink.status().remark)
        assert remarks == [False, True, False, True, True]  # what could not be mapped once is not tried again
    finally:
        sink.close()


@LINUX
def test_it_goes_with_the_picture_and_parts_are_none() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    shared = share(picture(5))
    assert isinstance(shared, SharedImage) and shared.name and (shared == 5).all()
    part = shared[8:16]
    assert isinstance(part, SharedImage) and not part.name
    assert share(picture(5)).name != shared.name  # type: ignore[attr-defined]
    del shared, part
    gc.collect()
    assert set(Path("/proc/self/fd").iterdir()) <= before


@given(st.lists(st.tuples(st.sampled_from(FORMS), st.integers(0, 2 * MOST_KNOWN)), max_size=120))
def test_both_sides_know_the_same_pictures(sent: list[tuple[VideoFormat, int]]) -> None:
    here, there = Known[bool](), Known[str]()
    for video, number in sent:
        name = f"{video.width} {number}"
        told = not here.find(video, name)
        if told:
            here.add(name, True)
        assert (there.find(video, name) is None) == told
        if told:
            there.add(name, name)
        assert there.find(video, name) == name
