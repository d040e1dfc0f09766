"""Pictures: the programme, the thumbnails, and what scenes look like."""

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRadialGradient,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.swatch import swatch
from app.widgets.control import LEFT, RIGHT, Control, line, paragraph, wrapped


def rgbx_image(pixels: npt.NDArray[np.uint8]) -> QImage:
    """A view of an RgbxImage, without a copy: it is valid while the array lives and is not written."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGBX8888)


def within(width: int, height: int, picture: QImage) -> tuple[int, int]:
    """Width and height of a picture in a place that a square one fills: less of one of them, by its proportions."""
    longer = max(picture.width(), picture.height())
    if not longer:
        return width, height
    return round(width * picture.width() / longer), round(height * picture.height() / longer)


def rgb_image(pixels: npt.NDArray[np.uint8]) -> QImage:
    """A view of an RgbImage, without a copy."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888)


class ScenePictures(QObject):
    """What each scene looks like: its programme picture once it was played, a swatch until then.

    Signals:
        changed: the scene that looks otherwise now; kept: the scene whose picture was taken.
    """

    changed = Signal(str)
    kept = Signal(str)

    EDGE = 224

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: dict[str, QImage] = {}

    def picture(self, scene: str) -> QImage | None:
        """The scene's picture, if it was taken."""
        return self._pictures.get(scene)

    def keep(self, scene: str, picture: QImage) -> None:
        """Take a picture for a scene; it is copied with its shorter edge at EDGE."""
        self._pictures[scene] = picture.scaled(
            self.EDGE,
            self.EDGE,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.changed.emit(scene)
        self.kept.emit(scene)

    def put(self, scene: str, picture: QImage) -> None:
        """Take a picture for a scene that was taken before, at its size."""
        self._pictures[scene] = picture
        self.changed.emit(scene)

    def forget(self, scene: str) -> None:
        """The scene's picture is of something else."""
        if self._pictures.pop(scene, None) is not None:
            self.changed.emit(scene)

    def paint(self, painter: QPainter, rect: QRectF, scene: str, prompt: str) -> None:
        """Fill a rectangle with the scene's picture and darken the foot for its name."""
        picture = self._pictures.get(scene)
        if picture is None:
            self._paint_swatch(painter, rect, scene, prompt)
        else:
            across = min(picture.width(), picture.height() * rect.width() / rect.height())
            band = min(picture.height(), picture.width() * rect.height() / rect.width())
            left, top = (picture.width() - across) * 0.5, (picture.height() - band) * 0.4
            painter.drawImage(rect, picture, QRectF(left, top, across, band))
        scrim = QLinearGradient(rect.topLeft(), rect.bottomLeft())
        scrim.setColorAt(0.0, theme.faded(theme.GROUND, 0.25))
        scrim.setColorAt(0.35, theme.faded(theme.GROUND, 0.0))
        scrim.setColorAt(1.0, theme.faded(theme.GROUND, 0.72))
        painter.fillRect(rect, scrim)

    @staticmethod
    def _paint_swatch(painter: QPainter, rect: QRectF, scene: str, prompt: str) -> None:
        colours = swatch(scene, prompt)
        angle = math.radians(colours.angle)
        reach = QPointF(math.cos(angle) * rect.width() / 2, math.sin(angle) * rect.height() / 2)
        slope = QLinearGradient(rect.center() - reach, rect.center() + reach)
        slope.setColorAt(0.0, QColor(*colours.deep))
        slope.setColorAt(1.0, QColor(*colours.bright))
        painter.fillRect(rect, slope)
        place = QPointF(rect.x() + rect.width() * colours.glow_at[0], rect.y() + rect.height() * colours.glow_at[1])
        glow = QRadialGradient(place, rect.width() * 0.55)
        glow.setColorAt(0.0, theme.faded(QColor(*colours.glow), 0.75))
        glow.setColorAt(1.0, theme.faded(QColor(*colours.glow), 0.0))
        painter.fillRect(rect, glow)


class ProgrammeView(QWidget):
    """What viewers see, in its proportions and as large as the window lets it.

    The frame around it tells on air and blackout in red, freeze in the accent.

    Signals:
        reshaped: what is shown may have other proportions from now on.
    """

    double_clicked = Signal()
    reshaped = Signal()

    EDGE = 3

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Programme")
        self._pixels: npt.NDArray[np.uint8] | None = None
        self._image = QImage()
        self._still = QImage()
        self._frame: QColor = theme.LINE
        self._overlay = ""
        self.paints = 0

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show the next picture; the array is kept alive as long as it is shown."""
        before = self._shown.size()
        new = self._image.isNull()
        self._image = rgbx_image(pixels)
        self._pixels = pixels
        if self._image.size() == before and not new:
            self.update(self.picture_rect)
        else:
            self.update()
            self.reshaped.emit()

    def show_still(self, picture: QImage) -> None:
        """What stands there until the first picture comes."""
        self._still = picture
        if self._image.isNull():
            self.update()
            self.reshaped.emit()

    def show_frame(self, colour: QColor, overlay: str) -> None:
        """The colour of the frame, and a word in the middle of a picture that would be plain black."""
        if (colour, overlay) != (self._frame, self._overlay):
            self._frame, self._overlay = colour, overlay
            self.update()

    @property
    def picture_rect(self) -> QRect:
        """What the picture fills inside the frame: as much as has its proportions; a square before there is one."""
        wide, high = self.width() - 2 * self.EDGE, self.height() - 2 * self.EDGE
        width = min(wide, round(high * self.aspect))
        height = min(high, round(width / self.aspect))
        return QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    @property
    def aspect(self) -> float:
        """Width by height of what is shown; 1.0 before there is a picture."""
        return self._shown.width() / self._shown.height() if not self._shown.isNull() else 1.0

    @property
    def _shown(self) -> QImage:
        return self._still if self._image.isNull() else self._image

    @property
    def image(self) -> QImage:
        """The picture that is shown (a view of the engine's memory: copy it to keep it)."""
        return self._image

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        rect = self.picture_rect
        painter = QPainter(self)
        if not rect.contains(event.rect()):
            painter.fillRect(self.rect(), theme.GROUND)
            painter.fillRect(rect.adjusted(-self.EDGE, -self.EDGE, self.EDGE, self.EDGE), self._frame)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        if self._image.isNull() and self._still.isNull():
            painter.fillRect(rect, Qt.GlobalColor.black)
        elif self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, self._still)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            painter.fillRect(rect, theme.faded(theme.GROUND, 0.45))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, self._image)
        if self._overlay:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            font = theme.font(max(16, rect.height() // 24), theme.SEMIBOLD, 4.0)
            ink = theme.RED if self._frame == theme.RED else theme.DIM
            line(
                painter,
                rect,
                self._overlay,
                font,
                ink,
                Qt.AlignmentFlag.AlignCenter,
            )
        painter.end()


class Thumbnail(Control):
    """A small picture with a caption and a remark."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None, title: str, help_text: str) -> None:
        super().__init__(parent, name=title, help_text=help_text)
        self._title = title
        self._remark = ""
        self._remark_colour: QColor = theme.DIM
        self._image = QImage()
        self._keep: object = None
        self._words = ""
        self.dimmed = False

    def show_image(self, image: QImage, keep_alive: object) -> None:
        """Show a view of memory that keep_alive owns."""
        self._image, self._keep = image, keep_alive
        self.update(self.picture_rect)

    def show_remark(self, remark: str, colour: QColor, *, dimmed: bool = False) -> None:
        """A word or a number at the right of the caption; dimmed for a picture that is old."""
        if (remark, colour, dimmed) != (self._remark, self._remark_colour, self.dimmed):
            self._remark, self._remark_colour, self.dimmed = remark, colour, dimmed
            self.update()

    def show_words(self, words: str) -> None:
        """What stands in place of a picture, or over one that is old."""
        if words != self._words:
            self._words = words
            self.update()

    @property
    def picture_rect(self) -> QRect:
        """Where the picture lies: below the caption."""
        top = self.px(20)
        return QRect(0, top, self.width(), self.height() - top)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paint(self, painter: QPainter) -> None:
        top = QRect(0, 0, self.width(), self.px(16))
        caption, font = theme.caption(self.px(theme.CAPTION)), theme.font(self.px(theme.SMALL), theme.SEMIBOLD)
        title, remark = (
            QFontMetrics(one).horizontalAdvance(text) for one, text in ((caption, self._title), (font, self._remark))
        )
        if title + self.px(8) + remark <= top.width() or not self._remark:
            line(painter, top, self._title, caption, theme.DIM, LEFT)
            line(painter, top, self._remark, font, self._remark_colour, RIGHT)
        else:  # what is wrong comes before what it is
            line(painter, top, self._remark, font, self._remark_colour, LEFT)
        rect = self.picture_rect
        painter.fillRect(rect, theme.PANEL)
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            width, height = within(rect.width(), rect.height(), self._image)
            place = QRect(0, 0, width, height)
            place.moveCenter(rect.center())
            painter.drawImage(place, self._image)
            if self.dimmed:
                painter.fillRect(rect, theme.faded(theme.GROUND, 0.6))
        if self._words:
            font, height = theme.font(self.px(theme.SMALL)), self.px(16)
            inner = rect.adjusted(self.px(8), self.px(6), -self.px(8), -self.px(6))
            rows = wrapped(self._words, font, inner.width(), inner.height() // height)
            paragraph(painter, inner, rows, font, theme.TEXT, height)


def depth_pixels(depth: npt.NDArray[np.float32], edge: int) -> npt.NDArray[np.uint8]:
    """A DepthImage as uint8 grey, thinned to about edge pixels: 0 far .. 255 near, C-contiguous."""
    step = max(1, depth.shape[0] // edge)
    return np.ascontiguousarray(np.clip(depth[::step, ::step] * 255.0, 0.0, 255.0).astype(np.uint8))


def grey_image(pixels: npt.NDArray[np.uint8]) -> QImage:
    """A view of uint8 [h, w] grey, without a copy."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_Grayscale8)
