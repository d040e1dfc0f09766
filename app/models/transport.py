"""How cuts are played, the prompt, and the switches of the output."""

from app.models.pending import Pending
from app.models.signal import Signal
from engine.messages.commands import Launch
from engine.messages.events import Committed, OutputChanged

MORPH_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Lengths of a morph: doubling, because the ear and the eye judge ratios."""


class Transport:
    """The settings of a gesture and the state of the output.

    Attributes:
        soft: pads morph instead of cutting.
        launch: when a pad's cut happens.
        morph_seconds: how long prompts and soft cuts take; generators differ in how many chunks that is.
        scene: what plays; epoch: cuts so far.
        prompt: what is morphed to; prompt_progress: how far, 0..1.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.prompt_changed = Signal()
        self.soft = False
        self.launch = Launch.NOW
        self.morph_seconds = 2.0
        self.freeze: Pending[bool] = Pending(False)
        self.blackout: Pending[bool] = Pending(False)
        self.scene = ""
        self.epoch = 0
        self.prompt = ""
        self.prompt_progress = 1.0

    def set_soft(self, soft: bool) -> None:
        """Pads morph (True) or cut."""
        self.soft = soft
        self.changed.emit()

    def set_launch(self, launch: Launch) -> None:
        """Cuts happen now, on the beat or on the bar."""
        self.launch = launch
        self.changed.emit()

    @property
    def morph(self) -> int:
        """Which of MORPH_SECONDS it is, from 1."""
        return MORPH_SECONDS.index(self.morph_seconds) + 1

    def set_morph(self, morph: int) -> None:
        """Another of MORPH_SECONDS, from 1."""
        self.step_morph(morph - self.morph)

    def step_morph(self, steps: int) -> None:
        """Longer or shorter morphs, in steps of MORPH_SECONDS."""
        place = MORPH_SECONDS.index(self.morph_seconds) + steps
        self.morph_seconds = MORPH_SECONDS[min(max(place, 0), len(MORPH_SECONDS) - 1)]
        self.changed.emit()

    def show_output(self, event: OutputChanged) -> None:
        """Take the state of the output's switches."""
        before = self._switches
        self.freeze.confirm(event.freeze, event.at_ns)
        self.blackout.confirm(event.blackout, event.at_ns)
        if before != self._switches:
            self.changed.emit()

    @property
    def _switches(self) -> tuple[bool, ...]:
        return tuple(state for one in (self.freeze, self.blackout) for state in (one.shown, one.waiting))

    def commit(self, event: Committed) -> None:
        """Take the scene and the prompt of a chunk boundary."""
        if (event.scene, event.epoch) != (self.scene, self.epoch):
            self.scene, self.epoch = event.scene, event.epoch
            self.changed.emit()
        if (event.prompt, event.prompt_progress) != (self.prompt, self.prompt_progress):
            self.prompt, self.prompt_progress = event.prompt, event.prompt_progress
            self.prompt_changed.emit()
