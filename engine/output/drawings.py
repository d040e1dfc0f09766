"""The picture on air in each layout of pixels that a sink wants, drawn once however many sinks want it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from engine.clock import NS_PER_SECOND, Clock
from engine.messages.placement import Upscale
from engine.output.alpha_canvas import canvas_for
from engine.output.meters import SlidingWindow
from engine.output.programme import Shown
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.shared_images import shared

IDLE_FRAMES = 300
"""A layout that no sink has wanted for so long gives its buffers back."""

LONGEST_SHARE = 0.4
"""Of the time between two frames, for all the drawing: deadlines come before clean edges."""

SLOW_FRAMES = 30
"""More slow frames than quick ones by so many, and edges are let go."""

SIMPLIFIED = "Edges are enlarged smoothly, for clean ones take too long here at this size."


class Overlay(Protocol):
    """What lies over the picture; version: how often it has changed."""

    @property
    def version(self) -> int: ...

    def draw(self, image: WireImage, video: VideoFormat, /) -> None:
        """Lay it over a picture of this format."""
        ...


class _Nothing:
    """Nothing lies over it."""

    version = 0

    def draw(self, _image: WireImage, _video: VideoFormat, /) -> None:
        """Do nothing."""


class _Drawing:
    """One layout: its canvas, its buffers, and which of them holds what.

    Where the shape of the picture changes, it begins anew: other parts of the canvas are black then.
    """

    def __init__(self, video: VideoFormat) -> None:
        self.video = video
        self._canvas = canvas_for(video)
        self._buffers: list[WireImage] = []
        self._drawn: WireImage | None = None
        self._version = (0, 0)
        self.idle = 0

    def update(self, programme: Shown, over: Overlay, in_use: Callable[[WireImage], bool]) -> tuple[WireImage, bool]:
        """Return the picture on air, and whether it had to be drawn for that."""
        self.idle = 0
        version = programme.version, over.version
        if self._drawn is not None and self._version == version:
            return self._drawn, False
        shape = programme.picture.shape[0], programme.picture.shape[1]
        if shape != self._canvas.shape:
            self._canvas = canvas_for(self.video, shape)
            self._buffers, self._drawn = [], None
        image = next((one for one in self._buffers if one is not self._drawn and not in_use(one)), None)
        if image is None:
            image = self._canvas.black(shared)
            self._buffers.append(image)
        self._canvas.draw(programme.picture, programme.gain, image)
        over.draw(image, self.video)
        self._drawn, self._version = image, version
        return image, True


class Drawings:
    """Draw the programme. A one-thread object.

    Args:
        video: the size to begin with.
        in_use: tells which buffers must not be drawn into now. There are as many as that makes necessary: one drawn
            last (it is sent again if nothing changes), one being drawn, and for each sink one waiting and one being
            sent.
        over: what lies over all of it.
    """

    def __init__(
        self,
        video: VideoFormat,
        clock: Clock,
        in_use: Callable[[WireImage], bool],
        over: Overlay | None = None,
    ) -> None:
        self._video = video
        self._over = over or _Nothing()
        self._clock = clock
        self._in_use = in_use
        self._drawings: dict[WireFormat, _Drawing] = {}
        self._slow = 0
        self.remark = ""
        """A sentence where the picture is drawn more simply than was asked for, else ""."""

    def start_format(self, video: VideoFormat) -> None:
        """Draw in another size from now on; all buffers are made anew."""
        self._video = video
        self._drawings.clear()
        self._slow, self.remark = 0, ""

    def draw(
        self, wires: Iterable[WireFormat], programme: Shown, conversions: SlidingWindow
    ) -> Mapping[WireFormat, tuple[WireImage, VideoFormat]]:
        """Return the picture on air in each of these layouts, with its format.

        Args:
            conversions: is given how long all the drawing took, in ns, if anything had to be drawn.
        """
        start_ns = self._clock.now_ns()
        drawn = False
        images: dict[WireFormat, tuple[WireImage, VideoFormat]] = {}
        for wire in wires:
            drawing = self._drawings.get(wire)
            if drawing is None:
                drawing = self._drawings[wire] = _Drawing(replace(self._video, wire=wire))
            image, changed = drawing.update(programme, self._over, self._in_use)
            images[wire] = (image, drawing.video)
            drawn |= changed
        if drawn:
            took_ns = self._clock.now_ns() - start_ns
            conversions.add(took_ns)
            self._economise(took_ns)
        self._drop_idle()
        return images

    def _economise(self, took_ns: int) -> None:
        """Let clean edges go, until another format is asked for, where they endanger deadlines."""
        if self._video.upscale is not Upscale.EDGES:
            return
        slow = took_ns * self._video.rate > LONGEST_SHARE * NS_PER_SECOND
        self._slow = max(0, self._slow + (1 if slow else -1))
        if self._slow >= SLOW_FRAMES:
            self._video = replace(self._video, upscale=Upscale.SMOOTH)
            self._drawings.clear()
            self.remark = SIMPLIFIED

    def _drop_idle(self) -> None:
        for drawing in self._drawings.values():
            drawing.idle += 1
        self._drawings = {wire: one for wire, one in self._drawings.items() if one.idle <= IDLE_FRAMES}
