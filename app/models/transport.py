"""How cuts are played, the prompt, and the switches of the output."""

from collections.abc import Callable

from app.control.intents import Intent, SetLaunch, SetSoft, StepMorph
from app.control.state import ControlState
from app.models.pending import Pending
from app.models.signal import Signal
from engine.messages.events import Committed
from engine.messages.output_events import OutputChanged
from engine.messages.transitions import Launch


class Transport:
    """The settings of a gesture and the state of the output.

    Attributes:
        soft: pads morph instead of cutting.
        launch: when a pad's cut happens.
        morph_seconds: how long prompts and soft cuts take; generators differ in how many chunks that is.
        strobe: flashes pass as they come.
        scene: what plays; epoch: cuts so far.
        prompt: what is morphed to; prompt_progress: how far, 0..1.

    Args:
        send: takes what is asked of the front.
    """

    def __init__(self, send: Callable[[Intent], None], front: ControlState) -> None:
        self._send = send
        self.changed = Signal()
        self.prompt_changed = Signal()
        self.soft = front.soft
        self.launch = front.launch
        self.morph_seconds = front.morph_seconds
        self.freeze: Pending[bool] = Pending(False)
        self.blackout: Pending[bool] = Pending(False)
        self.strobe = False
        self.emergency: Pending[bool] = Pending(False)
        self.logo: Pending[bool] = Pending(False)
        self.scene = ""
        self.epoch = 0
        self.prompt = ""
        self.prompt_progress = 1.0

    def follow(self, front: ControlState) -> None:
        """Take in how and when pads act now."""
        shown = front.soft, front.launch, front.morph_seconds
        if shown != (self.soft, self.launch, self.morph_seconds):
            self.soft, self.launch, self.morph_seconds = shown
            self.changed.emit()

    def set_soft(self, soft: bool) -> None:
        """Ask for pads that morph (True) or cut."""
        self._send(SetSoft(soft))

    def set_launch(self, launch: Launch) -> None:
        """Ask for cuts at once, on the beat or on the bar."""
        self._send(SetLaunch(launch))

    def step_morph(self, steps: int) -> None:
        """Ask for longer or shorter morphs."""
        self._send(StepMorph(steps))

    def show_output(self, event: OutputChanged) -> None:
        """Take the state of the output's switches."""
        before = self._switches
        self.strobe = event.strobe
        self.freeze.confirm(event.freeze, event.at_ns)
        self.blackout.confirm(event.blackout, event.at_ns)
        self.emergency.confirm(event.emergency_on, event.at_ns)
        self.logo.confirm(event.logo_on, event.at_ns)
        if before != self._switches:
            self.changed.emit()

    @property
    def _switches(self) -> tuple[bool, ...]:
        return tuple(
            state
            for one in (self.freeze, self.blackout, self.emergency, self.logo)
            for state in (one.shown, one.waiting)
        )

    def commit(self, event: Committed) -> None:
        """Take the scene and the prompt of a chunk boundary."""
        if (event.scene, event.epoch) != (self.scene, self.epoch):
            self.scene, self.epoch = event.scene, event.epoch
            self.changed.emit()
        if (event.prompt, event.prompt_progress) != (self.prompt, self.prompt_progress):
            self.prompt, self.prompt_progress = event.prompt, event.prompt_progress
            self.prompt_changed.emit()
