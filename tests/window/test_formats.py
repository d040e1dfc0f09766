"""The window in every format: it is chosen in a menu, and pictures are seen in their proportions."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.main_window import MainWindow
from app.widgets.pictures import ScenePictures, within
from app.widgets.popover import Choice
from engine.messages.commands import SelectFormat
from engine.messages.events import ComponentState, GeneratorChanged
from engine.messages.picture_format import PictureFormat
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton
EACH = pytest.mark.parametrize("picture_format", PictureFormat)


def choices(window: MainWindow) -> dict[str, Choice]:
    popover = window.overlays.popover
    return {one.accessibleName(): one for one in popover.findChildren(Choice) if one.isVisibleTo(popover)}


@EACH
def test_the_menu_of_the_output_offers_formats_and_canvases_that_fit(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, picture_format: PictureFormat
) -> None:
    engine.emit(GeneratorChanged(at_ns=engine.time_ns, name="field", state=ComponentState.READY, format=picture_format))
    QApplication.processEvents()
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    qtbot.mousePress(choices(window)["Picture"], LEFT)
    offered = choices(window)
    width, height = picture_format.canvas
    assert f"{width} × {height}" in offered
    qtbot.mousePress(offered["Tall 9:16"], LEFT)
    assert engine.posted == [SelectFormat(stamp_ns=engine.time_ns, format=PictureFormat.TALL)]


@EACH
def test_the_programme_is_as_large_as_its_place_lets_it(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, picture_format: PictureFormat
) -> None:
    view = window.surface.pictures.programme
    engine.pixels = np.full((*picture_format.shape, 4), (40, 200, 90, 255), np.uint8)
    engine.sequence += 1
    qtbot.waitUntil(lambda: not view.image.isNull() and view.image.pixelColor(0, 0) == QColor(40, 200, 90))
    rect = view.picture_rect
    assert abs(rect.width() / rect.height() - picture_format.width / picture_format.height) < 0.01
    spare_width, spare_height = (
        view.width() - 2 * view.EDGE - rect.width(),
        view.height() - 2 * view.EDGE - rect.height(),
    )
    assert min(spare_width, spare_height) == 0
    seen = view.grab().toImage()
    assert seen.pixelColor(rect.center()) == QColor(40, 200, 90)
    for corner in (rect.topLeft(), rect.bottomRight()):
        assert seen.pixelColor(corner) == QColor(40, 200, 90)
    assert seen.pixelColor(rect.center().x(), max(rect.top() - 6, 0)) != QColor(40, 200, 90)


@EACH
def test_a_pad_shows_the_middle_of_its_scenes_picture(picture_format: PictureFormat) -> None:
    width, height = picture_format.width, picture_format.height
    taken = QImage(width, height, QImage.Format.Format_RGB888)
    taken.fill(QColor(0, 0, 255))
    painter = QPainter(taken)
    painter.setBrush(QColor(255, 255, 0))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(width // 2 - 60, height // 2 - 60, 120, 120)
    painter.end()
    pictures = ScenePictures()
    pictures.keep("One", taken)
    kept = pictures.picture("One")
    assert kept is not None and min(kept.width(), kept.height()) == ScenePictures.EDGE
    pad = QImage(150, 110, QImage.Format.Format_RGB888)
    painter = QPainter(pad)
    pictures.paint(painter, QRectF(0, 0, 150, 110), "One", "")
    painter.end()
    bits = np.asarray(pad.constBits(), np.uint8).reshape(110, pad.bytesPerLine())[:, :450].reshape(110, 150, 3)
    lit = bits[..., 0].astype(int) > bits[..., 2]
    assert abs(int(lit.any(axis=1).sum()) - int(lit.any(axis=0).sum())) <= 3


def test_a_place_is_filled_by_a_square_and_in_part_by_others() -> None:
    sizes = {one: QImage(one.width, one.height, QImage.Format.Format_RGB888) for one in PictureFormat}
    assert [within(200, 180, one) for one in sizes.values()] == [(200, 180), (200, 102), (114, 180)]
    assert within(200, 180, QImage()) == (200, 180)
