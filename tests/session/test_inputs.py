"""Inputs come back bit for bit, or not at all."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame
from engine.session.errors import SessionError
from engine.session.inputs import InputNotes, InputReader, InputWriter, checksum


def frame(number: int, seed: int) -> InputFrame:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (FRAME_SIZE, FRAME_SIZE, 3), dtype=np.uint8)
    image[: FRAME_SIZE // 2] = rng.integers(0, 256, 3)  # what QOI packs best, and what it packs worst
    return InputFrame(number, number * 10, 2, image)


anything = hnp.arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(width=32))


@settings(max_examples=30)
@given(depth=anything, seed=st.integers(0, 9))
def test_inputs_come_back_bit_for_bit(depth: np.ndarray, seed: int) -> None:
    flow = np.stack([depth, -depth], axis=-1)
    drawing = np.random.default_rng(seed).integers(0, 256, (2, 3, 3), dtype=np.uint8) if seed % 2 else None
    control = ControlMap(3, 30, 35, depth, flow, drawing)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inputs"
        writer = InputWriter(path)
        notes = InputNotes(writer)
        pictures = [frame(1, seed), frame(2, seed + 1), frame(1, seed)]
        frames, map_note = [notes.frame(one) for one in pictures], notes.control(control)
        writer.close()
        assert map_note is not None and frames[0] == frames[2]
        reader = InputReader(path)
        for note, one in zip(reversed(frames), reversed(pictures), strict=True):
            back = reader.frame(note)
            assert (back.frame_id, back.capture_ns, back.source_serial) == (one.frame_id, one.capture_ns, 2)
            assert back.image.tobytes() == one.image.tobytes() and checksum(back.image) == note.crc
        found = reader.control(map_note)
        reader.close()
    assert (found.frame_id, found.capture_ns, found.ready_ns) == (3, 30, 35)
    assert found.depth.shape == depth.shape and found.depth.tobytes() == depth.tobytes()
    assert (found.drawing is None) is (drawing is None)
    assert drawing is None or np.array_equal(found.drawing, drawing)
    assert found.flow.shape == flow.shape and found.flow.tobytes() == flow.tobytes()


def test_one_wrong_bit_is_found(tmp_path: Path) -> None:
    path = tmp_path / "inputs"
    writer = InputWriter(path)
    note = InputNotes(writer).frame(frame(1, 0))
    writer.close()
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(bytes(data))
    reader = InputReader(path)
    with pytest.raises(SessionError, match="damaged or ends before byte 20"):
        reader.frame(note)
    reader.close()


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "inputs"
    with pytest.raises(SessionError, match="cannot be read: No such file"):
        InputReader(path)
    path.write_text("something else")
    with pytest.raises(SessionError, match="These are no inputs of a session"):
        InputReader(path)
