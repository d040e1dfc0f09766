"""What goes out in place of the programme while nothing comes, or while the performer asks for it.

It lives in the output process and needs nobody else: the engine may be dead. Freeze, blackout and level stand above
it: what is frozen by hand stays, and black is black.
"""

import math
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import OutputError
from engine.messages.emergency import EmergencyKind
from engine.messages.frame import RgbxImage
from engine.output.canvas import dim
from engine.output.clip import Clip, read_clip
from engine.output.emergency_controls import EmergencyControls, read_emergency
from engine.output.layout import SharedMemory, Word
from engine.output.programme import Programme, render
from engine.output.reshape import black, reshaped

AFTER_NS: Final = 2 * NS_PER_SECOND
"""Nothing new for so long is an emergency; a chunk takes a second at worst."""

BREATH_S: Final = 6.0
BREATH_DEPTH: Final = 0.45
"""At its darkest the picture has this much less light: seen as alive, not as a fault of the lamp."""

ENTER_NS: Final = 500 * NS_PER_MS
RETURN_NS: Final = 300 * NS_PER_MS
"""The clip fades in, and the show fades in again."""


class EmergencyPicture:
    """The emergency at this output frame. One thread calls it.

    Attributes:
        version: counts the changes of what it shows.
        trouble: why the clip cannot be shown, a sentence or "".

    Args:
        memory: where the request stands.
        since_ns: an earlier process showed it until it ended: it goes on, as far as it had come; None: all was well.
    """

    def __init__(self, memory: SharedMemory, since_ns: int | None = None) -> None:
        self._memory = memory
        self._sequence = -1
        self._controls = EmergencyControls()
        self._clip: Clip | None = None
        self._decoded = -1
        self._came_ns = since_ns
        self._began_ns: int | None = None
        self._ticked_ns = 0
        self._share = 0.0 if since_ns is None else 1.0
        self._painted: tuple[object, ...] = ()
        self._still, self._own, self._out = black(), black(), black()
        self.version = 0
        self.trouble = ""

    @property
    def shown(self) -> bool:
        """Return whether it is an emergency now."""
        return self._began_ns is not None

    def tick(self, programme: RgbxImage, now_ns: int, *, starved: bool, frozen: bool) -> None:
        """Decide and paint, once per output frame, before `picture` is asked for.

        Args:
            programme: its picture, uint8 [h, w, 4]; what is painted has its shape.
            starved: a new picture was due and there was none; frozen: the picture is held by hand.
        """
        self._read()
        self._follow_shape(programme)
        if not starved or self._came_ns is None:
            self._came_ns = now_ns
        elapsed_ns, self._ticked_ns = now_ns - self._ticked_ns, now_ns
        wanted = self._controls.on or (not frozen and now_ns - self._came_ns >= AFTER_NS)
        if self._began_ns is None:
            if not wanted:
                self._share = 0.0
                return
            elapsed_ns = 0
            self._began_ns = now_ns if not self._share else self._came_ns
            np.copyto(self._still, programme)
        self._fade(wanted, elapsed_ns)
        if self._share <= 0.0 and not wanted:
            self._began_ns, self._painted = None, ()
            self.version += 1
            return
        self._paint(programme, (now_ns - self._began_ns) / NS_PER_SECOND)

    def picture(self, programme: RgbxImage) -> RgbxImage:
        """Return what viewers see before level and blackout; the programme's picture where all is well."""
        return programme if self._began_ns is None else self._out

    def move(self, memory: SharedMemory) -> None:
        """Continue with another memory that holds the same request."""
        self._memory, self._sequence = memory, -1

    def _follow_shape(self, programme: RgbxImage) -> None:
        """Paint in the shape of the programme's picture, which changes with the format of the show."""
        if programme.shape != self._out.shape:
            self._still = reshaped(self._still, programme.shape)
            self._own, self._out = np.zeros_like(programme), np.zeros_like(programme)
            self._painted, self._decoded = (), -1

    def _fade(self, wanted: bool, elapsed_ns: int) -> None:
        """Move its share of the picture, 0..1. Only the clip fades in: the others begin as the picture on air."""
        if wanted:
            whole = self._controls.kind is not EmergencyKind.LOOP or self._clip is None
            self._share = 1.0 if whole else min(self._share + elapsed_ns / ENTER_NS, 1.0)
        else:
            at_once = self._controls.kind is EmergencyKind.HOLD
            self._share = 0.0 if at_once else max(self._share - elapsed_ns / RETURN_NS, 0.0)

    def _paint(self, programme: RgbxImage, seconds: float) -> None:
        number, gain = -1, 1.0
        match self._controls.kind:
            case EmergencyKind.LOOP if self._clip is not None:
                number = self._clip.number(seconds)
            case EmergencyKind.BREATHE | EmergencyKind.LOOP:  # a clip that is lost is no reason to stand still
                gain = 1.0 - BREATH_DEPTH * (1.0 - math.cos(2.0 * math.pi * seconds / BREATH_S)) / 2.0
            case EmergencyKind.BLACK:
                gain = max(1.0 - seconds / self._controls.fade_s, 0.0) if self._controls.fade_s > 0.0 else 0.0
        key = number, gain
        if self._share >= 1.0 and key == self._painted:
            return
        own = self._decoded_picture(number) if number >= 0 else self._still
        if gain < 1.0:
            dim(own, gain, self._own)
            own = self._own
        if self._share < 1.0:
            cv2.addWeighted(own, self._share, programme, 1.0 - self._share, 0.0, dst=self._out)
        else:
            np.copyto(self._out, own)
        self._painted = key if self._share >= 1.0 else ()
        self.version += 1

    def _decoded_picture(self, number: int) -> RgbxImage:
        if number != self._decoded and self._clip is not None:
            self._decoded = number
            try:
                self._clip.picture(number, self._own)
            except OutputError as error:
                self.trouble = str(error)
        return self._own

    def _read(self) -> None:
        sequence = self._memory.words[Word.EMERGENCY_SEQUENCE]
        if sequence == self._sequence:
            return
        self._sequence = sequence
        before, self._controls = self._controls, read_emergency(self._memory)
        if self._controls.clip == before.clip:
            return
        self._clip, self._decoded, self._painted, self.trouble = None, -1, (), ""
        if self._controls.clip:
            try:
                self._clip = read_clip(Path(self._controls.clip))
            except OutputError as error:
                self.trouble = f"{error} The last picture breathes in its place."


class OnAir:
    """What viewers see: the programme, or the emergency's picture in its place; under the programme's gain."""

    def __init__(self, programme: Programme, emergency: EmergencyPicture) -> None:
        self._programme = programme
        self._emergency = emergency

    @property
    def picture(self) -> RgbxImage:
        """Return the picture before level and blackout, uint8 [h, w, 4]."""
        return self._emergency.picture(self._programme.picture)

    @property
    def gain(self) -> float:
        """Return the factor 0..1 for the picture."""
        return self._programme.gain

    @property
    def version(self) -> int:
        """Return how often what is seen has changed."""
        return self._programme.version + self._emergency.version

    def render(self, out: RgbxImage) -> None:
        """Write exactly what viewers see, at the picture's size."""
        render(self.picture, self.gain, out)
