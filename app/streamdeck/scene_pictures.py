"""What scenes look like: their picture once they were seen, their colours until then."""

from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from app.control.swatch import Swatch
from app.streamdeck.system import Picture
from engine.clock import NS_PER_MS
from engine.errors import EngineError

EDGE: Final = 144
"""Pixels: a picture kept is no smaller than the largest key."""

SETTLE_NS: Final = 1000 * NS_PER_MS
"""A generator needs a few chunks after a cut before a scene looks like itself."""


class KeyScenePictures:
    """The pictures of scenes.

    Args:
        colours: a scene's colours, by its name.
        programme: the picture on air, uint8 [height, width, 3 or more], RGB first; EngineError where there is none.

    Attributes:
        versions: which picture of a scene is the newest, counted from 1; not there while it has none.
    """

    def __init__(self, colours: Callable[[str], Swatch], programme: Callable[[], Picture]) -> None:
        self._colours = colours
        self._programme = programme
        self._pictures: dict[str, Image.Image] = {}
        self.versions: dict[str, int] = {}
        self._scene = ""
        self._due_ns: int | None = None

    def shown(self, scene: str, at_ns: int) -> None:
        """A scene is on air anew: its picture is taken once it has settled."""
        self._scene, self._due_ns = scene, at_ns + SETTLE_NS

    def tick(self, now_ns: int, *, covered: bool) -> int | None:
        """Take the picture that is due; later where the scene is covered, or the output is just being renewed.

        Returns:
            When to ask again, None while nothing waits.
        """
        if self._due_ns is None or now_ns < self._due_ns:
            return self._due_ns
        self._due_ns = now_ns + SETTLE_NS
        if covered:
            return self._due_ns
        try:
            shown = self._programme()
        except EngineError:
            return self._due_ns
        self._due_ns = None
        edge = min(shown.shape[:2])
        top, left = (shown.shape[0] - edge) // 2, (shown.shape[1] - edge) // 2
        picture = Image.fromarray(np.ascontiguousarray(shown[top : top + edge, left : left + edge, :3]))
        self._pictures[self._scene] = picture.resize((EDGE, EDGE), Image.Resampling.BOX)
        self.versions[self._scene] = self.versions.get(self._scene, 0) + 1
        return None

    def rename(self, old: str, new: str) -> None:
        """A scene has another name; its picture goes along."""
        if old in self._pictures:
            self._pictures[new] = self._pictures.pop(old)
            self.versions[new] = self.versions.pop(old)

    def picture(self, scene: str, width: int, height: int) -> Image.Image:
        """What a scene looks like, filling a key."""
        kept = self._pictures.get(scene)
        if kept is None:
            return Image.fromarray(gradient(self._colours(scene), width, height))
        edge = max(width, height)
        left, top = (edge - width) // 2, (edge - height) // 2
        return kept.resize((edge, edge), Image.Resampling.LANCZOS).crop((left, top, left + width, top + height))


def gradient(colours: Swatch, width: int, height: int) -> Picture:
    """A scene's colours as a picture."""
    down, along = np.mgrid[0:height, 0:width]
    x, y = along / max(width - 1, 1), down / max(height - 1, 1)
    angle = np.radians(colours.angle)
    share = np.clip((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.5, 0.0, 1.0)[..., None]
    ground = (1.0 - share) * np.array(colours.deep) + share * np.array(colours.bright)
    distance = np.hypot(x - colours.glow_at[0], y - colours.glow_at[1])
    glow = (0.75 * np.clip(1.0 - distance / 0.55, 0.0, 1.0))[..., None]
    mixed: Picture = ((1.0 - glow) * ground + glow * np.array(colours.glow)).round().astype(np.uint8)
    return mixed
