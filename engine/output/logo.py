"""A logo or still with alpha over all that goes out, drawn at the canvas's own size.

A thread of its own reads the file and brings it to the size and layout of pixels that it has on each canvas, so that
the pacer only lays it over: two multiplications of its area a frame. What cannot be read is told, and nothing is shown.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND
from engine.colour import NDI
from engine.mailbox import Latest
from engine.messages.frame import RgbxImage
from engine.messages.placement import Fit
from engine.output.canvas import place
from engine.output.colour import YuvConverter
from engine.output.layout import SharedMemory, Word
from engine.output.logo_controls import LogoControls, read_logo
from engine.output.over import Stamp, lay_over, stamped
from engine.output.realtime import step_behind
from engine.output.settings import VideoFormat, WireFormat, WireImage

LARGEST_EDGE: Final = 2048
"""Of the picture that is kept: larger ones are made smaller."""

MOST_CANVASES: Final = 8
"""Formats for which it is kept ready; with more, those of before are let go."""

Array = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LogoCanvas:
    """What the logo is laid over: a canvas, or a picture as it lies on one.

    Attributes:
        wire: of what it is laid over; width, height: of the canvas.
        picture: the height and width of a picture that is seen without what lies beside it; None: all of the canvas.
        fit: how that picture meets the canvas.
    """

    wire: WireFormat
    width: int
    height: int
    picture: tuple[int, int] | None = None
    fit: Fit = Fit.FIT


@dataclass(frozen=True, slots=True)
class _Wish:
    """Which file, at which size and place, for which canvases."""

    file: str
    size: float
    x: float
    y: float
    canvases: frozenset[LogoCanvas] = frozenset()


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of a wish; trouble: a sentence where nothing did."""

    wish: _Wish
    stamps: Mapping[LogoCanvas, Stamp] = field(default_factory=dict)
    trouble: str = ""


class LogoLayer:
    """What lies over all. The pacer's thread calls it, once per output frame.

    Attributes:
        version: counts the changes of what it shows.
        trouble: why the logo cannot be shown, a sentence or "".
    """

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._sequence = -1
        self._controls = LogoControls()
        self._worker: _LogoWorker | None = None
        self._wish: _Wish | None = None
        self._made = _Made(_Wish("", 1.0, 0.0, 0.0))
        self._seen: frozenset[LogoCanvas] = frozenset()
        self._share = 0.0
        self._gain = 1.0
        self._begun = False
        self._dimmed: dict[LogoCanvas, tuple[int, Stamp]] = {}
        self.version = 0
        self.trouble = ""

    @property
    def shown(self) -> bool:
        """Return whether anything of it is seen."""
        return self._seen_share > 0.0 and bool(self._made.stamps)

    @property
    def _seen_share(self) -> float:
        return self._share * self._controls.opacity * self._gain

    def tick(self, fade_ns: int, passed_ns: int, gain: float) -> None:
        """Take in what is asked, and fade on.

        Args:
            gain: of the programme, 0..1: black is black, whatever lies over it.
            fade_ns: how long it takes to come and to go; 0: no time. What is shown at first is shown at once.
            passed_ns: since the call before.
        """
        self._follow()
        made = self._worker.made() if self._worker is not None else None
        if made is not None and made.wish.file == self._controls.file:
            self._made, self.trouble = made, made.trouble
            self.version += 1
        wanted = self._controls.on and bool(self._made.stamps)
        step = passed_ns / fade_ns if fade_ns > 0 and self._begun else 1.0
        share = min(self._share + step, 1.0) if wanted else max(self._share - step, 0.0)
        if (share, gain) != (self._share, self._gain):
            self._share, self._gain = share, gain
            self.version += 1
        self._begun = self._begun or wanted or not self._controls.on

    def draw(self, image: WireImage, video: VideoFormat) -> None:
        """Lay it over a picture of this format, as soon as it is ready for that."""
        self._draw(image, video, LogoCanvas(video.wire, video.width, video.height))

    def draw_preview(self, image: RgbxImage, video: VideoFormat) -> None:
        """Lay it over the picture in the window, uint8 [h, w, 4], as it stands on the canvas of what is sent.

        What of it lies beside the picture is not seen.
        """
        height, width = image.shape[:2]
        seen = VideoFormat(width=width, height=height, wire=WireFormat.RGBX)
        self._draw(image, seen, LogoCanvas(seen.wire, video.width, video.height, (height, width), video.fit))

    def _draw(self, image: WireImage, video: VideoFormat, canvas: LogoCanvas) -> None:
        if not self._controls.on and self._share <= 0.0:
            return
        if canvas not in self._seen:
            self._seen = frozenset({canvas}) if len(self._seen) >= MOST_CANVASES else self._seen | {canvas}
            self._ask()
        stamp = self._made.stamps.get(canvas)
        if stamp is None or not self.shown:
            return
        known = self._dimmed.get(canvas)
        if known is None or known[0] != self.version:
            known = self._dimmed[canvas] = self.version, stamp.dimmed(self._seen_share)
        lay_over(known[1], image, video)

    def move(self, memory: SharedMemory) -> None:
        """Continue with another memory that holds the same request."""
        self._memory, self._sequence = memory, -1

    def close(self) -> None:
        """End the thread, if there is one. Idempotent."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _follow(self) -> None:
        sequence = int(self._memory.words[Word.LOGO_SEQUENCE])
        if sequence == self._sequence or sequence % 2:
            return
        self._sequence = sequence
        before, self._controls = self._controls, read_logo(self._memory)
        if self._controls == before:
            return
        self.version += 1
        if self._controls.file != before.file:
            self._made, self.trouble, self._share = _Made(_Wish("", 1.0, 0.0, 0.0)), "", 0.0
        self._ask()

    def _ask(self) -> None:
        one = self._controls
        wish = _Wish(one.file, one.size, one.x, one.y, self._seen)
        if not one.on or not one.file or wish == self._wish:
            return
        self._wish = wish
        if self._worker is None:
            self._worker = _LogoWorker()
        self._worker.ask(wish)


class _LogoWorker:
    """The thread that makes stamps; the newest wish replaces those before."""

    def __init__(self) -> None:
        self._wishes: Latest[_Wish | None] = Latest()
        self._made: Latest[_Made] = Latest()
        self._closing = threading.Event()
        self._file = ""
        self._image: Array | None = None
        self._thread = threading.Thread(target=self._run, name="hardcut-logo", daemon=True)
        self._thread.start()

    def ask(self, wish: _Wish) -> None:
        self._wishes.put(wish)

    def made(self) -> _Made | None:
        """Return what was made since the last call; None if nothing was."""
        return self._made.take(0)

    def close(self) -> None:
        self._closing.set()
        self._wishes.put(None)
        self._thread.join()

    def _run(self) -> None:
        step_behind()
        while not self._closing.is_set():
            wish = self._wishes.take(NS_PER_SECOND)
            if wish is not None:
                self._made.put(self._work(wish))

    def _work(self, wish: _Wish) -> _Made:
        try:
            if self._image is None or wish.file != self._file:
                self._image = None
                self._image, self._file = read_logo_file(Path(wish.file)), wish.file
            stamps = {canvas: stamp_of(self._image, wish.size, wish.x, wish.y, canvas) for canvas in wish.canvases}
            return _Made(wish, {canvas: stamp for canvas, stamp in stamps.items() if stamp is not None})
        except BaseException as error:  # noqa: BLE001 - the top of the thread: told, and nothing is shown
            return _Made(wish, trouble=f"The logo {Path(wish.file).name} cannot be shown: {error}.")


def read_logo_file(path: Path) -> Array:
    """Read a picture: R G B A, uint8 [h, w, 4], straight alpha, no edge above LARGEST_EDGE.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no picture.
    """
    try:
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:  # empty, or said to be larger than any picture
        raise ValueError("it is damaged or too large") from error
    if found is None:
        raise ValueError("it is no picture that can be read")
    deep: npt.NDArray[Any] = np.asarray(found)
    if deep.dtype not in (np.uint8, np.uint16):
        raise ValueError("its numbers are of a kind that is not shown")
    image: Array = (deep >> 8).astype(np.uint8) if deep.dtype == np.uint16 else deep
    if image.ndim == 2:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    order = cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    image = np.asarray(cv2.cvtColor(image, order), np.uint8)
    share = LARGEST_EDGE / max(image.shape[:2])
    if share < 1.0:
        image = _sized(image, max(round(image.shape[1] * share), 1), max(round(image.shape[0] * share), 1))
    return image


def stamp_of(image: Array, size: float, x: float, y: float, canvas: LogoCanvas) -> Stamp | None:
    """Return the logo for a canvas; None where nothing of it is seen there.

    Args:
        image: R G B A, uint8 [h, w, 4], straight alpha.
        size: its share of the canvas across or down, whichever it fills first, 0..1.
        x, y: where it stands in what it leaves free, 0..1.
    """
    left, top, across, down = _box(image, size, x, y, canvas)
    if canvas.picture is None:
        pixels = _sized(image, across, down)
        return stamped(_in_layout(pixels, canvas.wire), np.ascontiguousarray(pixels[..., 3]), top, left)
    height, width = canvas.picture
    lies = place(canvas.width, canvas.height, canvas.fit, canvas.picture)
    share_x, share_y = (width - 2 * lies.crop_x) / lies.width, (height - 2 * lies.crop_y) / lies.height
    left, top = lies.crop_x + round((left - lies.left) * share_x), lies.crop_y + round((top - lies.top) * share_y)
    pixels = _sized(image, max(round(across * share_x), 1), max(round(down * share_y), 1))
    seen = pixels[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    if not seen.size:
        return None
    alpha = np.ascontiguousarray(seen[..., 3])
    return stamped(_in_layout(np.ascontiguousarray(seen), canvas.wire), alpha, max(top, 0), max(left, 0))


def _box(image: Array, size: float, x: float, y: float, canvas: LogoCanvas) -> tuple[int, int, int, int]:
    """Return where the logo stands on a canvas: left, top, width and height; left and width are even."""
    high, wide = image.shape[:2]
    scale = size * min(canvas.width / wide, canvas.height / high)
    across = min(max(round(wide * scale / 2) * 2, 2), canvas.width)
    down = min(max(round(high * scale), 1), canvas.height)
    return round((canvas.width - across) * x / 2) * 2, round((canvas.height - down) * y), across, down


def _sized(image: Array, width: int, height: int) -> Array:
    """Resize straight alpha without letting what it hides bleed."""
    shrinks = width <= image.shape[1] and height <= image.shape[0]
    straight = image.astype(np.float32)
    straight[..., :3] *= straight[..., 3:] / np.float32(255)
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(straight, (width, height), interpolation=way), np.float32)
    small: npt.NDArray[np.float32] = resized.reshape(height, width, 4)
    alpha = np.clip(small[..., 3:], 0.0, 255.0)
    small[..., :3] *= np.float32(255) / np.maximum(alpha, np.float32(1e-3))
    small[..., 3:] = alpha
    return np.asarray(np.clip(small + np.float32(0.5), 0.0, 255.0), np.uint8)


def _in_layout(pixels: Array, wire: WireFormat) -> Array:
    """Return the colours of R G B A in a layout, uint8 [h, w, 2 or 4]; a fourth byte is 255."""
    if wire in (WireFormat.UYVY, WireFormat.UYVA):
        height, width = pixels.shape[:2]
        converter = YuvConverter(height, width, NDI)
        converter.convert(pixels, 1.0)
        chroma = np.asarray(cv2.resize(converter.chroma, (width // 2, height), interpolation=cv2.INTER_AREA))
        return np.asarray(cv2.merge([chroma.reshape(height, width), converter.luma]))
    colour = pixels.copy()
    if wire in (WireFormat.BGRX, WireFormat.BGRA):
        colour[..., :3] = pixels[..., 2::-1]
    colour[..., 3] = 255
    return colour
