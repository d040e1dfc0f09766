"""Readers of pictures, and of binary files that the program keeps or glances at, with an honest file of each kind."""

import io
import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engine.errors import GeneratorError, SourceError
from engine.generators.field.tile_store import read_tiles
from engine.generators.wan.files.tensor_file import TensorFile
from engine.jit.library import Library
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame
from engine.output.logo import read_logo_file
from engine.preprocess.learned.network import form_in
from engine.reference_file import read_reference
from engine.session.inputs import MAGIC, InputReader, InputWriter
from engine.session.records import ControlNote, FrameNote
from engine.wholeness import fault_at

_TILES: Final = (2, 4, 4)
"""Few, as small as a file of them can be."""

_PIECE: Final = struct.Struct("<4sII")
"""Kind, length and checksum in front of each piece of a session's inputs."""

_SHARD_NAME: Final = "a.safetensors"
_HEADER: Final = json.dumps({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
_SHARD: Final = struct.pack("<Q", len(_HEADER)) + _HEADER + bytes(8)


class _Kept(Library):
    """Kernels that are kept in a given file."""

    def __init__(self, path: Path) -> None:
        super().__init__("any", "any", (), lambda: None)
        self._path = path

    def path(self) -> Path:
        return self._path


def _logo(path: Path) -> object:
    try:
        return read_logo_file(path)
    except ValueError as error:  # its word for what is no picture
        raise SourceError(str(error)) from error


def _whole(path: Path) -> object:
    fault = fault_at(path)
    if fault:
        raise GeneratorError(fault)
    return path


def _shards(path: Path) -> object:
    path.with_name(_SHARD_NAME).write_bytes(_SHARD)
    TensorFile.open(path).close()
    return path


def _form(path: Path) -> object:
    path.with_name("preprocessor_config.json").write_bytes(path.read_bytes())
    return form_in(path.parent, 14, None)


def _png() -> bytes:
    image = np.zeros((9, 16, 4), np.uint8)
    image[2:7, 3:12] = (40, 200, 90, 160)
    return cv2.imencode(".png", image)[1].tobytes()


def _session_inputs() -> bytes:
    """A map and a drawn one, as pieces with places of their own; the frame's picture is QOI."""
    depth, flow = np.zeros((3, 4), np.float32), np.zeros((3, 4, 2), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.inputs"
        writer = InputWriter(path)
        image = np.zeros((FRAME_SIZE, FRAME_SIZE, 3), np.uint8)
        places = [writer.add_frame(InputFrame(0, 0, 1, image))]
        for drawing in (None, np.zeros((3, 4, 3), np.uint8)):
            places.append(writer.add_map(ControlMap(0, 0, 0, depth, flow, drawing)))
        writer.close()
        assert tuple(places[:1]) == (len(MAGIC),)
        return path.read_bytes()


def _inputs(path: Path) -> object:
    """Read every piece, as what it says to be and as the other; its checksum is made right, as a stranger would."""
    data, at, kinds = bytearray(path.read_bytes()), len(MAGIC), []
    while at + _PIECE.size <= len(data):
        kind, length, _ = _PIECE.unpack_from(data, at)
        payload = bytes(data[at + _PIECE.size : at + _PIECE.size + length])
        _PIECE.pack_into(data, at, kind, len(payload), zlib.crc32(payload))
        kinds.append((at, kind))
        at += _PIECE.size + len(payload)
    mended = path.with_name("mended.inputs")
    mended.write_bytes(data)
    reader = InputReader(mended)
    try:
        for at, kind in kinds or [(len(MAGIC), b"")]:
            if kind == b"QOI ":
                reader.frame(FrameNote(0, 0, 1, None, at))
            else:
                reader.control(ControlNote(0, 0, 0, None, at))
    finally:
        reader.close()
    return path


def _tiles() -> bytes:
    file = io.BytesIO()
    np.savez(file, tiles=np.zeros(_TILES, np.float32))
    return file.getvalue()


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("one", "two"):
            archive.writestr(name, name.encode() * 40)
    return file.getvalue()


KEPT_BINARY: Final[dict[str, tuple[Callable[[Path], object], Callable[[], bytes], str]]] = {
    "tiles": (lambda path: read_tiles(path, _TILES), _tiles, ".npz"),
    "kernels": (lambda path: _Kept(path).kept() or None, _archive, ".zip"),
    "logo": (_logo, _png, ".png"),
    "reference": (read_reference, _png, ".png"),
    "inputs": (_inputs, _session_inputs, ".inputs"),
    "glance": (_whole, _archive, ".pt"),
    "glance-json": (_whole, lambda: b'{"model_type": "umt5", "d_model": 64}', ".json"),
    "shards": (_shards, lambda: json.dumps({"weight_map": {"x": _SHARD_NAME}}).encode(), ".safetensors.index.json"),
}
"""As in tests.soak.readers."""

KEPT_TEXT: Final[dict[str, tuple[Callable[[Path], object], Callable[[], str]]]] = {
    "picture-form": (
        _form,
        lambda: json.dumps({"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "ensure_multiple_of": 14}),
    ),
}
