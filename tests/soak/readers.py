"""Every reader of files that people or other programs write, with an honest file of each kind to begin from."""

import json
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch

from app.report_schema import decode_report
from engine.errors import EngineError
from engine.messages.emergency import load_emergency
from engine.output.clip import read_clip, write_clip
from tests.cli.test_hostile_files import READERS as TEXT_READERS
from tests.session.shows import Show as RecordedShow
from tests.wan.test_reader_fuzz import every_reader

CORPUS: Final = Path(__file__).parent / "corpus"
"""A folder for each kind, with what was once read wrongly."""

Reader = Callable[[Path], object]


def _session() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        show = RecordedShow(Path(folder) / "a.session")
        show.chunk()
        show.end()
        return show.path.read_bytes()


def _clip() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.clip"
        write_clip(path, [np.zeros((448, 448, 3), np.uint8)] * 3, 25.0)
        return path.read_bytes()


def _safetensors() -> bytes:
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
            "a.bias": {"dtype": "BF16", "shape": [4], "data_offsets": [16, 24]},
        }
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(24)


def _torch() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pt"
        torch.save({"state_dict": {"a.weight": torch.zeros(2, 2), "a.bias": torch.zeros(4)}}, path)
        return path.read_bytes()


BINARY: Final[dict[str, tuple[Reader, Callable[[], bytes], str]]] = {
    "clip": (read_clip, _clip, ".clip"),
    "safetensors": (every_reader, _safetensors, ".safetensors"),
    "torch": (every_reader, _torch, ".pt"),
}
"""Reader, what makes an honest file, and the suffix that leads to the reader."""

TEXT: Final[dict[str, tuple[Reader, Callable[[], str]]]] = {
    **{name: (read, lambda text=text: text) for name, (read, text) in TEXT_READERS.items() if text},
    "session": (TEXT_READERS["session"][0], lambda: _session().decode()),
    "emergency": (load_emergency, lambda: 'shows = "black:2.5"\n'),
    "report": (
        lambda path: decode_report(path.read_text(encoding="utf-8", errors="replace"), path.name),
        lambda: json.dumps({"version": 2, "hardcut": "0", "options": {}, "machine": None, "samples": []}, indent=0),
    ),
}
"""The same for text; each is read as any.toml."""

KINDS: Final = (*TEXT, *BINARY)


def read_hostile(kind: str, content: bytes, folder: Path) -> None:
    """Read a file of a kind: it is read, or refused in a sentence, and stays as it was.

    Raises:
        Exception: whatever else the reader raises.
    """
    read, suffix = (BINARY[kind][0], BINARY[kind][2]) if kind in BINARY else (TEXT[kind][0], ".toml")
    file = folder / f"any{suffix}"
    file.write_bytes(content)
    try:
        read(file)
    except EngineError as error:
        assert str(error).encode("utf-8", "backslashreplace")
    assert file.read_bytes() == content
    for one in folder.iterdir():
        one.unlink()
