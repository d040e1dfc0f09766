"""The surface of the instrument: its sections, and where each of them lies."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.models.console import Console
from app.models.figures import FIGURES
from app.models.targets import Targets
from app.models.window_models import WindowModels
from app.views.geometry import arrange
from app.views.learnables import Learnables
from app.views.requests import Request
from app.views.sections.album import Album, SceneAlbum
from app.views.sections.chain import ChainView
from app.views.sections.knobs import KnobsView
from app.views.sections.lists import ListsView
from app.views.sections.pads import PadsView
from app.views.sections.photographer import ScenePhotographer
from app.views.sections.pictures import PicturesView
from app.views.sections.section import Section
from app.views.sections.strip import StripView
from app.views.sections.transport import TransportView
from app.widgets.pictures import ScenePictures
from engine.messages.audio import AudioFeatures
from engine.messages.frame import ControlMap, InputFrame

NEARLY: Final = 0.02
"""Shapes of pictures that differ by less are the same: sizes are rounded."""


class PerformanceView(QWidget):
    """Everything of the window below its menus.

    Signals:
        asked: what is to be opened, and the part beside which.
        learn_asked: learn controls for these targets, a tuple of Slot, beside a part.
        pad_menu_asked: the menu of the pad at this place, 0..15.
        macro_asked: what this macro moves, beside its knob; knob_menu_asked: what moves a knob by itself.
        typing: a number is being typed where a menu may lie.
    """

    asked = Signal(Request, QWidget)
    learn_asked = Signal(tuple, QWidget)
    pad_menu_asked = Signal(int, QWidget)
    macro_asked = Signal(str, QWidget)
    knob_menu_asked = Signal(str, QWidget)
    typing = Signal()

    def __init__(self, models: WindowModels, console: Console, album: Album) -> None:
        super().__init__()
        self._models = models
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.scene_pictures = ScenePictures(self)
        self.chain = ChainView(self, models)
        self.pictures = PicturesView(self, models.chain, models.transport, models.pads, models.recording, models.sinks)
        self.knobs = KnobsView(self, models, console)
        self.pads = PadsView(self, models.pads, models.transport, console, self.scene_pictures)
        self.lists = ListsView(self, models.lists, console)
        self.transport = TransportView(self, models, console)
        self.strip = StripView(
            self, models.health, models.stats, models.slowness, models.log, models.chain, models.autopilot
        )
        self.scene_pictures.changed.connect(lambda scene: self._show_still(scene) if scene == album.scene else None)
        self.album = SceneAlbum(models, self.scene_pictures, album)
        self._photographer = ScenePhotographer(models, self.pictures.programme, self.scene_pictures)
        self._aspect = 1.0
        self.pictures.programme.reshaped.connect(self._follow_shape)
        self._learnables = Learnables(self.learn_asked.emit, lambda slot: Targets(models).label(slot))
        for learnable in (self.chain, self.pictures, self.knobs, self.pads, self.lists, self.transport):
            learnable.add_learnables(self._learnables)
        for asking in (self.chain, self.pictures, self.transport, self.strip):
            asking.asked.connect(self.asked)
        for section in self.findChildren(Section):
            section.hinted.connect(self.strip.show_hint)
        self.chain.record.pressed.connect(console.output.toggle_recording)
        self.knobs.macro_asked.connect(self.macro_asked)
        self.knobs.menu_asked.connect(self.knob_menu_asked)
        self.pads.menu_asked.connect(self.pad_menu_asked)
        self.transport.typing.connect(self.typing)

    def _show_still(self, scene: str) -> None:
        """What the show is about to play stands there until its first picture comes."""
        picture = self.scene_pictures.picture(scene)
        if picture is not None:
            self.pictures.programme.show_still(picture)

    @property
    def unit(self) -> float:
        """The scale in force, 1.0 at 1280x800."""
        return theme.unit_for(self.width(), self.height())

    @property
    def pictures_area(self) -> QRect:
        """Where the pictures lie."""
        return self.pictures.geometry()

    @property
    def play_area(self) -> QRect:
        """Where knobs and pads lie."""
        return self.knobs.geometry().united(self.pads.geometry())

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show the next picture of the programme, an RgbxImage."""
        self.pictures.show_pixels(pixels)

    def show_sound(self, heard: AudioFeatures | None) -> None:
        """Show how loud it is."""
        self.chain.show_level(heard.level if heard is not None else None)

    def show_input(self, frame: InputFrame | None, control: ControlMap | None) -> None:
        """Show the newest input and the newest depth."""
        self.pictures.show_input(frame, control)

    def tick(self, now_ns: int) -> None:
        """Show what moves by itself: the beat, the wait of a queued cut, what a line of the log gives way to."""
        for section in (self.pictures, self.pads, self.lists, self.transport, self.strip):
            section.tick(now_ns)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        part = self.childAt(event.pos())
        if part is not None:
            self._learnables.open(part, part.mapFrom(self, event.pos()))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._arrange()

    def _follow_shape(self) -> None:
        """A wide programme gets a wide place."""
        if abs(self.pictures.programme.aspect - self._aspect) > NEARLY:
            self._arrange()

    def _arrange(self) -> None:
        unit = self.unit
        self._aspect = self.pictures.programme.aspect
        boxes = arrange(self.width(), self.height(), unit, len(FIGURES), self._aspect)
        self.chain.place(boxes.chain, unit)
        self.pictures.place(boxes.pictures, unit)
        self.knobs.place(boxes.knobs, unit)
        self.pads.place(boxes.pads, unit)
        self.lists.place(boxes.lists, unit)
        self.transport.place(boxes.transport, unit)
        self.strip.place(boxes.strip, unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.GROUND)
        painter.end()
