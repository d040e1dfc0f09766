"""The material's tiles, made once on a machine and kept: making them takes half a second of every start."""

import platform
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engine.files import ARCHIVE_FAULTS, all_but_newest
from engine.generators.field import materials
from engine.generators.field.lattice import Plane
from engine.generators.field.materials import TILE, make_tile
from engine.generators.field.traits import TEXTURES, Trait
from engine.jit.library import cache_folder

_MEMBER: Final = "tiles.npy"
"""As np.savez names its argument `tiles`."""


def tiles() -> Iterator[tuple[float, list[Plane]]]:
    """Pairs of progress 0..1 and the tiles so far; the last has all of them. They are read where they are kept."""
    path = _path()
    kept = read_tiles(path)
    if kept is not None:
        yield 1.0, kept
        return
    made: list[Plane] = []
    for index in range(TEXTURES):
        made.append(make_tile(Trait(index)))
        if len(made) == TEXTURES:
            _keep(path, made)
        yield len(made) / TEXTURES, made


def _path() -> Path:
    """Another one for other code: sums and transforms may round differently."""
    digest = blake2b(Path(materials.__file__).read_bytes(), digest_size=8)
    for part in (np.__version__, cv2.__version__, platform.machine(), platform.system()):
        digest.update(part.encode() + b"\0")
    return cache_folder() / f"tiles-{digest.hexdigest()}.npz"


def read_tiles(path: Path, shape: tuple[int, int, int] = (TEXTURES, TILE, TILE)) -> list[Plane] | None:
    """Return an archive's tiles, float32 of this shape; None: they are not there, or damaged (it has a checksum)."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_MEMBER) as file:
            found = np.lib.format.read_array(file, allow_pickle=False)
    except ARCHIVE_FAULTS:
        return None
    return list(found) if found.shape == shape and found.dtype == np.float32 else None


def _keep(path: Path, made: Sequence[Plane]) -> None:
    """Where it cannot be written, the next start makes them again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.savez(file, tiles=np.stack(made))
        Path(file.name).replace(path)
    except OSError:
        return
    for old in all_but_newest(path.parent.glob("tiles-*.npz"), 4, path):
        old.unlink(missing_ok=True)
