"""What goes in and what comes out: lamp, input, depth, what plays now, and the programme."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.models.chain import ChainModel
from app.models.pads import PadBank
from app.models.recording import Recording
from app.models.sinks import SinksModel
from app.models.transport import Transport
from app.views import labels
from app.views.geometry import PictureBoxes
from app.views.learnables import Learnables, snapshot_slots
from app.views.requests import Request
from app.views.sections.section import Section
from app.widgets.panels import NowCard, StudioLamp
from app.widgets.pictures import ProgrammeView, Thumbnail, depth_pixels, grey_image, rgb_image
from engine.messages.events import SourceState
from engine.messages.frame import ControlMap, InputFrame

DEPTH_EDGE = 112


class PicturesView(Section):
    """Observes the chain, the transport, what is recorded, and the pads for the cut that waits.

    Signals:
        asked: what is to be opened, and the part beside which.
    """

    asked = Signal(Request, QWidget)

    def __init__(
        self,
        parent: QWidget,
        chain: ChainModel,
        transport: Transport,
        pads: PadBank,
        recording: Recording,
        sinks: SinksModel,
    ) -> None:
        super().__init__(parent)
        self._chain = chain
        self._transport = transport
        self._pads = pads
        self._recording = recording
        self._sinks = sinks
        self._frame_id = self._map_id = -1
        self.lamp = StudioLamp(self)
        self.input_picture = Thumbnail(self, "Input", "The newest picture of the source. Click to choose a source.")
        self.depth_picture = Thumbnail(self, "Depth", "The newest depth: near is bright.")
        self.now = NowCard(self)
        self.programme = ProgrammeView(self)
        self.input_picture.pressed.connect(lambda: self.asked.emit(Request.SOURCE, self.input_picture))
        self.programme.double_clicked.connect(lambda: self.asked.emit(Request.FULL_SCREEN, self.programme))
        chain.changed.connect(self._show_chain)
        transport.changed.connect(self._show_transport)
        transport.prompt_changed.connect(self._show_now)
        pads.changed.connect(self._show_waiting)
        recording.changed.connect(self._show_recording)
        sinks.changed.connect(self._show_recording)
        self._show_chain()
        self._show_transport()
        self._show_recording()

    def place(self, boxes: PictureBoxes, unit: float) -> None:
        """Place the parts."""
        parts = (self.lamp, self.input_picture, self.depth_picture, self.now, self.programme)
        self.put(tuple(zip(parts, boxes, strict=True)), unit)

    def add_learnables(self, learnables: Learnables) -> None:
        """What can be learnt here: the snapshots, where what plays is told."""
        learnables.add_slots(self.now, snapshot_slots())

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show the next picture of the programme, an RgbxImage."""
        self.programme.show_pixels(pixels)

    def show_input(self, frame: InputFrame | None, control: ControlMap | None) -> None:
        """Show the newest input and the newest depth, where they are new."""
        if frame is not None and frame.frame_id != self._frame_id:
            self._frame_id = frame.frame_id
            self.input_picture.show_image(rgb_image(frame.image), frame)
        if control is not None and control.frame_id != self._map_id:
            self._map_id = control.frame_id
            pixels = depth_pixels(control.depth, DEPTH_EDGE)
            self.depth_picture.show_image(grey_image(pixels), pixels)

    def tick(self, now_ns: int) -> None:
        """Count down to the cut that waits."""
        if self._pads.queued:
            self.now.show_queued(self._pads.queued, labels.wait_words(self._pads.due_ns, now_ns))

    def _show_chain(self) -> None:
        source = self._chain.source
        if self._chain.source_missing and source is not None:
            self.input_picture.show_remark(source.state.value.upper(), theme.RED, dimmed=True)
        elif source is not None and source.state is SourceState.OPENING:
            self.input_picture.show_remark("OPENING", theme.AMBER)
        else:
            self.input_picture.show_remark("", theme.DIM)
        self.input_picture.show_words(labels.source_words(source))
        self.depth_picture.show_words(labels.depth_words(self._chain.depth))
        self._show_lamp()

    def _show_transport(self) -> None:
        self._show_now()
        self._show_lamp()

    def _show_lamp(self) -> None:
        self.lamp.show_state(*labels.lamp(self._transport, self._chain.output))
        self.programme.show_frame(*labels.programme_frame(self._transport, self._chain))

    def _show_now(self) -> None:
        transport = self._transport
        self.now.show_now(transport.scene, transport.prompt, transport.prompt_progress)

    def _show_recording(self) -> None:
        recording = self._sinks if self._sinks.text else self._recording
        ink = theme.AMBER if recording.troubled else theme.RED
        self.now.show_recording(recording.text, ink, recording.sentence)

    def _show_waiting(self) -> None:
        if not self._pads.queued:
            self.now.show_queued("", "")
