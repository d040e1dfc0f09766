"""Takes a picture of each scene while it plays, for its pad."""

from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.models.window_models import WindowModels
from app.views import labels
from app.widgets.pictures import ProgrammeView, ScenePictures

SETTLE_MS: Final = 1000
"""A generator needs a few chunks after a cut before a scene looks like itself."""


class ScenePhotographer(QObject):
    """Waits until a scene has settled, then keeps the programme picture under its name."""

    def __init__(self, show: WindowModels, programme: ProgrammeView, pictures: ScenePictures) -> None:
        super().__init__(programme)
        self._show = show
        self._programme = programme
        self._pictures = pictures
        self._scene = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._take)
        show.pads.changed.connect(self._follow)
        show.cut_shown.connect(self._timer.start)

    def _follow(self) -> None:
        if self._show.pads.playing != self._scene:
            self._scene = self._show.pads.playing
            self._timer.start()

    def _take(self) -> None:
        transport = self._show.transport
        if not self._scene or self._programme.image.isNull():
            return
        output = self._show.chain.output
        faded = labels.blackout_fades(transport, output) or labels.freeze_fades(transport, output)
        if faded or transport.blackout.shown or transport.freeze.shown or transport.prompt_progress < 1.0:
            self._timer.start()
            return
        self._pictures.keep(self._scene, self._programme.image)
