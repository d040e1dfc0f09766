"""What went into the chunks, beside the session file: append-only, bit for bit.

Frames are QOI (qoiformat.org): on this size about 3 ms a frame whatever the picture, where FFV1 takes 12 to 18,
and it needs no memory of earlier frames. Maps are float32 with their bytes sorted by significance, then zlib at
level 1: half the size at 5 ms a map. Each piece carries a checksum; a killed program leaves a file whose last
piece may be incomplete, and no record refers to that one.
"""

import struct
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.messages.frame import ControlMap, InputFrame, RgbImage
from engine.session.errors import SessionError
from engine.session.records import ControlNote, FrameNote

STORED_AS: Final = "frames as QOI, maps as float32, both lossless"
"""For the header."""

MAGIC: Final = b"HCINPUT1"
_PIECE: Final = struct.Struct("<4sII")
"""Kind, length and CRC-32 of what follows."""

_FRAME: Final = b"QOI "
_MAP: Final = b"MAP "
_DRAWN_MAP: Final = b"MAPD"
_SHAPE: Final = struct.Struct("<HHI")
"""Height, width, length of the packed depth; the packed flow is the rest. Of a drawn map two of them stand first, the
second of its drawing, whose packed bytes are the rest, and of the packed flow."""

_KEPT: Final = 64
"""Frames and maps remembered, so that one used again is stored once; the source's window holds 48."""


def inputs_path(session: Path) -> Path:
    """Return the path of a session's inputs."""
    return session.with_name(session.name + ".inputs")


def checksum(*arrays: npt.NDArray[np.generic]) -> int:
    """Return the CRC-32 of all bytes.

    It finds what computing differently changes, at 0.2 ms a picture where BLAKE2b takes 1.1; it is no defence
    against forgery, and needs to be none.
    """
    crc = 0
    for array in arrays:
        crc = zlib.crc32(np.ascontiguousarray(array).data, crc)
    return crc


def _pack(array: npt.NDArray[np.float32]) -> bytes:
    octets = np.ascontiguousarray(array, np.float32).reshape(-1).view(np.uint8).reshape(-1, 4)
    return zlib.compress(np.ascontiguousarray(octets.T).data, 1)


def _unpack(data: bytes, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    planes = np.frombuffer(zlib.decompress(data), np.uint8).reshape(4, -1)
    return np.ascontiguousarray(planes.T).view(np.float32).reshape(shape)


class InputWriter:
    """Append frames and maps. One thread owns it; OSError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)
        try:
            self._file.write(MAGIC)
        except OSError:
            self._file.close()
            path.unlink()
            raise
        self._end = len(MAGIC)
        from engine.session.qoi import QoiEncoder

        self._encoder = QoiEncoder()

    def add_frame(self, frame: InputFrame) -> int:
        """Store the picture; return its offset in bytes."""
        return self._append(_FRAME, self._encoder.encode(frame.image))

    def add_map(self, control: ControlMap) -> int:
        """Store depth, flow and drawing; return their offset in bytes."""
        depth, flow = _pack(control.depth), _pack(control.flow)
        head = _SHAPE.pack(*control.depth.shape, len(depth))
        if control.drawing is None:
            return self._append(_MAP, head + depth + flow)
        height, width, _ = control.drawing.shape
        drawing = zlib.compress(np.ascontiguousarray(control.drawing).data, 1)
        return self._append(_DRAWN_MAP, head + _SHAPE.pack(height, width, len(flow)) + depth + flow + drawing)

    def fileno(self) -> int:
        """Return the file descriptor, for fsync."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, kind: bytes, payload: bytes) -> int:
        at = self._end
        piece = memoryview(_PIECE.pack(kind, len(payload), zlib.crc32(payload)) + payload)
        while piece:
            piece = piece[self._file.write(piece) or 0 :]
        self._end = self._file.tell()
        return at


class InputReader:
    """Read what was stored.

    Raises:
        SessionError: the file is missing, is none of these, or a piece of it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise SessionError(
                f"The session's inputs cannot be read: {error.strerror}",
                where=str(path),
                remedy="They belong beside the session, under its name with .inputs.",
            ) from error
        if self._file.read(len(MAGIC)) != MAGIC:
            self._file.close()
            raise SessionError("These are no inputs of a session", where=str(path))
        from engine.session.qoi import QoiDecoder

        self._decoder = QoiDecoder()
        self._frames: dict[int, RgbImage] = {}
        self._maps: dict[int, ControlMap] = {}

    def frame(self, note: FrameNote) -> InputFrame:
        """Read the frame of this note; note.at is not None."""
        assert note.at is not None
        if note.at not in self._frames:
            image = self._decoder.decode(self._piece(note.at, _FRAME))
            if image is None:
                raise self._damaged(note.at)
            _keep(self._frames, note.at, image)
        return InputFrame(note.id, note.capture_ns, note.serial, self._frames[note.at])

    def control(self, note: ControlNote) -> ControlMap:
        """Read the map of this note; note.at is not None."""
        assert note.at is not None
        if note.at not in self._maps:
            try:
                depth, flow, drawing = _unpacked_map(*self._read(note.at, _MAP, _DRAWN_MAP))
            except (ValueError, MemoryError, struct.error, zlib.error) as error:  # its checksum may be right
                raise self._damaged(note.at) from error
            control = ControlMap(note.frame_id, note.capture_ns, note.ready_ns, depth, flow, drawing)
            _keep(self._maps, note.at, control)
        return self._maps[note.at]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _piece(self, at: int, kind: bytes) -> bytes:
        return self._read(at, kind)[1]

    def _read(self, at: int, *kinds: bytes) -> tuple[bytes, bytes]:
        """Return the kind of a piece, one of these, and what is in it."""
        self._file.seek(at)
        head = self._file.read(_PIECE.size)
        if len(head) < _PIECE.size:
            raise self._damaged(at)
        found, length, crc = _PIECE.unpack(head)
        payload = self._file.read(length)
        if found not in kinds or len(payload) != length or zlib.crc32(payload) != crc:
            raise self._damaged(at)
        return found, payload

    def _damaged(self, at: int) -> SessionError:
        return SessionError(
            f"the file of inputs is damaged or ends before byte {at + _PIECE.size}", where=str(self._path)
        )


class InputNotes:
    """Convert inputs to notes, storing each once if there is a file for them."""

    def __init__(self, writer: InputWriter | None) -> None:
        self._writer = writer
        self._frames: dict[int, FrameNote] = {}
        self._maps: dict[tuple[int, int], ControlNote] = {}

    def frame(self, frame: InputFrame) -> FrameNote:
        """Return the note of a frame; a frame without pixels has no checksum."""
        known = self._frames.get(frame.frame_id)
        if known is not None:
            return known
        bare = FrameNote(frame.frame_id, frame.capture_ns, frame.source_serial, None, None)
        if not frame.image.size:
            return bare
        at = self._writer.add_frame(frame) if self._writer is not None else None
        note = FrameNote(frame.frame_id, frame.capture_ns, frame.source_serial, checksum(frame.image), at)
        _keep(self._frames, frame.frame_id, note)
        return note

    def control(self, control: ControlMap | None) -> ControlNote | None:
        """Return the note of a map."""
        if control is None:
            return None
        key = control.frame_id, control.ready_ns
        known = self._maps.get(key)
        if known is not None:
            return known
        stamps = control.frame_id, control.capture_ns, control.ready_ns
        if not control.depth.size:
            return ControlNote(*stamps, None, None)
        at = self._writer.add_map(control) if self._writer is not None else None
        note = ControlNote(*stamps, checksum(*arrays_of(control)), at)
        _keep(self._maps, key, note)
        return note


def arrays_of(control: ControlMap) -> tuple[npt.NDArray[np.generic], ...]:
    """Return what of a map its checksum covers."""
    drawn = () if control.drawing is None else (control.drawing,)
    return (control.depth, control.flow, *drawn)


def _unpacked_map(
    kind: bytes, payload: bytes
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], RgbImage | None]:
    """Return depth, flow and drawing."""
    height, width, length = _SHAPE.unpack_from(payload)
    begin, end, drawing = _SHAPE.size, len(payload), None
    if kind == _DRAWN_MAP:
        high, wide, flow_length = _SHAPE.unpack_from(payload, begin)
        begin += _SHAPE.size
        end = begin + length + flow_length
        drawing = np.frombuffer(zlib.decompress(payload[end:]), np.uint8).reshape(high, wide, 3)
    middle = begin + length
    return _unpack(payload[begin:middle], (height, width)), _unpack(payload[middle:end], (height, width, 2)), drawing


_Key = int | tuple[int, int]


def _keep(memory: dict[Any, Any], key: _Key, item: object) -> None:
    memory[key] = item
    if len(memory) > _KEPT:
        del memory[next(iter(memory))]
