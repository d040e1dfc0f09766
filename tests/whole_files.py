"""Files of weights that are whole by a glance, and hold noise."""

import json
import os
import random
from pathlib import Path

from engine.generators.wan.cards import ModelCard
from engine.model_files import ModelFile

_END = b"PK\x05\x06" + bytes(18)


def noise(name: str, size: int) -> bytes:
    """The content of a file of this name: about `size` bytes, of a file of weights exactly."""
    if name.endswith(".json"):
        return b"{}"
    if name.endswith(".safetensors"):
        header = json.dumps({"x": {"dtype": "U8", "shape": [size - 200], "data_offsets": [0, size - 200]}})
        header = header.ljust(192)
        return (192).to_bytes(8, "little") + header.encode() + random.Random(name).randbytes(size - 200)
    return b"PK\x03\x04" + random.Random(name).randbytes(size - 4 - len(_END)) + _END


def contents(file: ModelFile, size: int) -> dict[str, bytes]:
    """What a repository holds of a card's file or folder, by path."""
    if not file.needs:
        return {file.file: noise(file.file, size)}
    return {f"{file.file}/{names[0]}": noise(names[0], size) for names in file.needs}


def put_whole(card: ModelCard, folder: Path) -> None:
    """Every file of a card, as it may be by a glance."""
    for file in card.files:
        for path, content in contents(file, 1000).items():
            place = folder / file.repo / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        if file.size:  # sparse, and its end where it belongs
            place = file.path(folder)
            os.truncate(place, file.size - len(_END))
            with place.open("ab") as out:
                out.write(_END)
