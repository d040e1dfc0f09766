"""Keeps the pads' pictures from one start to the next, so that a scene is shown as what it is."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QImageWriter

from app.models.window_models import WindowModels
from app.widgets.pictures import ScenePictures
from engine.files import all_but_newest
from engine.messages.scenes import Scene

MOST: Final = 600
"""Pictures that are kept; those seen longest ago go first."""
QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class Album:
    """Where pictures are kept, and what is about to play.

    Attributes:
        folder: None: nothing is kept; generator, scene: "" where they are not known yet.
    """

    folder: Path | None = None
    generator: str = ""
    scene: str = ""


def picture_key(generator: str, scene: Scene) -> str:
    """What a picture is of: the generator and all that the scene holds but its name."""
    held = [generator, scene.prompt, sorted(scene.prompts.items()), sorted(scene.parameters.items())]
    held.append(sorted((target, repr(moved)) for target, moved in scene.modulation.items()))
    return blake2b(json.dumps(held).encode(), digest_size=12).hexdigest()


class SceneAlbum(QObject):
    """Fills the scenes' pictures from a folder, and keeps there what is taken anew. Files wait on a thread of its own.

    Args:
        album: the folder, a cache: it may be deleted at any time; and the generator that is about to play.
    """

    _found = Signal(str, str, QImage)

    def __init__(self, show: WindowModels, pictures: ScenePictures, album: Album) -> None:
        super().__init__(pictures)
        self._show = show
        self._pictures = pictures
        self._folder = album.folder
        self._first = album
        self._asked: dict[str, str] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="hardcut-album")
        self._found.connect(self._take)
        pictures.kept.connect(self._keep)
        show.pads.changed.connect(self.look)
        show.chain.changed.connect(self.look)
        self.look()

    @property
    def _generator(self) -> str:
        generator = self._show.chain.generator
        return generator.name if generator is not None else self._first.generator

    def look(self) -> None:
        """Look for the pictures of scenes that are new, or hold something else now."""
        if self._folder is None or not self._generator:
            return
        for name, scene in self._show.pads.scenes.items():
            key = picture_key(self._generator, scene)
            if self._asked.get(name) != key:
                if name in self._asked:  # edited, or played on another generator: its picture is of something else
                    self._pictures.forget(name)
                self._asked[name] = key
                self._worker.submit(self._load, name, key, self._folder / f"{key}.jpg")

    def close(self) -> None:
        """Wait until what was taken is kept; what is taken from now on is not."""
        self._folder = None
        self._worker.shutdown(cancel_futures=False)

    def _load(self, scene: str, key: str, path: Path) -> None:
        if path.is_file():
            picture = QImage(str(path))
            if not picture.isNull() and picture.width() <= 2 * ScenePictures.EDGE:
                self._found.emit(scene, key, picture)
                with suppress(OSError):
                    path.touch()

    def _take(self, scene: str, key: str, picture: QImage) -> None:
        if self._asked.get(scene) == key and self._pictures.picture(scene) is None:
            self._pictures.put(scene, picture)

    def _keep(self, scene: str) -> None:
        found, picture = self._show.pads.find(scene), self._pictures.picture(scene)
        if self._folder is not None and found is not None and picture is not None and self._generator:
            key = picture_key(self._generator, found)
            self._asked[scene] = key
            self._worker.submit(_write, picture, self._folder / f"{key}.jpg")


def _as_jpeg(picture: QImage, path: Path) -> bool:
    """Write a picture; when this returns, the file is closed."""
    writer = QImageWriter(str(path), b"JPEG")
    writer.setQuality(QUALITY)
    return writer.write(picture)


def _write(picture: QImage, path: Path) -> None:
    """Write one picture, and drop the oldest of too many. A cache that cannot be written is no news for a performer."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        if _as_jpeg(picture, draft):
            draft.replace(path)
        for old in all_but_newest(path.parent.glob("*.jpg"), MOST, path):
            old.unlink(missing_ok=True)
