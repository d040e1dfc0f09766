"""The shared memory: what one side writes, the other reads, whole and in order."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import OutputError
from engine.output.layout import FILE_BYTES, LAYOUT_VERSION, SLOTS, RingGoneError, SharedMemory, Word
from engine.output.playout import FrameHeader
from engine.output.ring import Preview, RingReader, RingWriter
from engine.output.status import OutputStatus, read_status, write_status
from tests.output.parts import flat, frame


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ring"


def test_a_chunk_arrives_whole_with_its_headers_and_pixels(path: Path) -> None:
    host, engine = SharedMemory.create(path), SharedMemory.attach(path)
    writer, reader = RingWriter(engine), RingReader(host)
    frames = [frame(flat(index, 2, 3), epoch=4, chunk=9, position=index) for index in range(12)]
    writer.publish(frames, now_ns=77)
    headers = reader.poll()
    assert [(h.sequence, h.epoch, h.chunk_index, h.position) for h in headers] == [(i, 4, 9, i) for i in range(12)]
    assert [h.capture_ns for h in headers] == [f.capture_ns for f in frames]
    assert {(h.period_ns, h.published_ns) for h in headers} == {(33_333_333, 77)}
    for header, sent in zip(headers, frames, strict=True):
        assert np.array_equal(reader.picture(header), sent.image)
    assert reader.poll() == []
    engine.close()
    host.close()


def test_slots_come_back_when_released_and_the_ring_goes_round(path: Path) -> None:
    memory = SharedMemory.create(path)
    writer, reader = RingWriter(memory), RingReader(memory)
    for lap in range(9):
        writer.publish([frame(flat(lap, 0, 0), chunk=lap)] * 12, now_ns=lap)
        headers = reader.poll()
        assert [h.sequence for h in headers] == list(range(lap * 12, lap * 12 + 12))
        assert all(reader.picture(h)[0, 0, 0] == lap for h in headers)
        reader.release(headers[11])
        assert (writer.queued, writer.free_slots) == (1, SLOTS - 1)
        reader.release(None)
        assert (writer.queued, writer.free_slots) == (0, SLOTS)
    memory.close()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8)), max_size=20))
def test_pictures_lie_at_the_first_free_places_and_stay_until_released(steps: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as folder:
        memory = SharedMemory.create(Path(folder) / "ring")
        writer, reader = RingWriter(memory), RingReader(memory)
        queue: list[FrameHeader] = []
        number, most = 0, 0
        for come, go in steps:
            count = min(come, writer.free_slots)
            if count:
                writer.publish([frame(flat((number + one) % 256, 0, 0)) for one in range(count)], now_ns=0)
            number += count
            queue += reader.poll()
            most = max(most, len(queue))
            assert [int(reader.picture(one)[0, 0, 0]) for one in queue] == [one.sequence % 256 for one in queue]
            queue = queue[go:]
            reader.release(queue[0] if queue else None)
        assert not memory.pictures[most:, :4].any()
        memory.close()


def test_what_does_not_fit_is_refused_as_a_whole(path: Path) -> None:
    memory = SharedMemory.create(path)
    writer, reader = RingWriter(memory), RingReader(memory)
    writer.publish([frame(flat(1, 1, 1))] * 24, now_ns=0)
    with pytest.raises(OutputError, match="room for 8 frames, not for 12"):
        writer.publish([frame(flat(2, 2, 2))] * 12, now_ns=0)
    with pytest.raises(OutputError, match=r"must be uint8 \[448, 448, 4\] or .*, not float32 \[4\]"):
        writer.publish([frame(flat(2, 2, 2)), frame(np.zeros(4, np.float32))], now_ns=0)
    with pytest.raises(OutputError, match="period 0 ns"):
        writer.publish([frame(flat(2, 2, 2), period_ns=0)], now_ns=0)
    assert len(reader.poll()) == 24
    memory.close()


def test_a_second_writer_goes_on_where_the_first_died(path: Path) -> None:
    host, first = SharedMemory.create(path), SharedMemory.attach(path)
    RingWriter(first).publish([frame(flat(1, 1, 1), epoch=6)] * 3, now_ns=0)
    first.pictures[3][...] = 99  # it died while writing the next
    first.close()
    second = SharedMemory.attach(path)
    writer = RingWriter(second)
    assert (writer.last_epoch, writer.queued) == (6, 3)
    writer.publish([frame(flat(2, 2, 2), epoch=7)], now_ns=0)
    reader = RingReader(host)
    headers = reader.poll()
    assert [(h.sequence, h.epoch) for h in headers] == [(0, 6), (1, 6), (2, 6), (3, 7)]
    assert reader.picture(headers[3])[0, 0].tolist() == [2, 2, 2, 255]
    second.close()
    host.close()


def test_the_preview_never_shows_a_half_written_picture(path: Path) -> None:
    memory = SharedMemory.create(path)
    preview = Preview(memory)
    assert preview.read()[0] == 0
    preview.back()[...] = 5
    assert preview.read()[0] == 0
    preview.flip()
    preview.back()[...] = 6
    out = np.empty((448, 448, 4), np.uint8)
    sequence, picture = preview.read(out)
    assert (sequence, picture is out, (out == 5).all()) == (1, True, True)
    memory.close()


def test_a_status_is_read_as_it_was_written(path: Path) -> None:
    memory = SharedMemory.create(path)
    status = OutputStatus(
        ndi_name="MASCHINE (Grün)", detail="x" * 400, ticks=2**60, level=0.3, tally=True, shown_epoch=-1
    )
    write_status(memory, status)
    got = read_status(memory)
    assert got is not None
    assert (got.ndi_name, len(got.detail), got.ticks, got.level, got.tally) == (
        "MASCHINE (Grün)",
        320,
        2**60,
        0.3,
        True,
    )
    memory.close()


def test_a_status_whose_writer_died_half_way_is_none(path: Path) -> None:
    memory = SharedMemory.create(path)
    memory.words[Word.STATUS_SEQUENCE] = 7
    assert read_status(memory) is None
    memory.close()


def test_attaching_to_another_version_is_a_sentence(path: Path) -> None:
    memory = SharedMemory.create(path)
    memory.words[Word.VERSION] = 99
    with pytest.raises(OutputError, match=f"The running output has layout 99, this program has {LAYOUT_VERSION}"):
        SharedMemory.attach(path)
    memory.close()


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * FILE_BYTES])
def test_attaching_to_something_else_is_a_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(OutputError, match="not a frame ring"):
        SharedMemory.attach(path)


def test_attaching_to_nothing_is_a_sentence(path: Path) -> None:
    with pytest.raises(RingGoneError, match="The frame ring is gone"):
        SharedMemory.attach(path)
