"""The pads: sixteen at a time of the scenes, in banks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.control.intents import AssignPad, Intent, StepBank, TurnBank
from app.control.limits import PADS_PER_BANK
from app.control.show import PadState, ShowState
from app.control.state import ControlState
from app.models.keys import PAD_LETTERS
from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.events import ArmState, SceneArming
from engine.messages.scenes import Scene, SceneLibrary

CUT_PATIENCE_NS: Final = 10 * NS_PER_SECOND
"""How long a cut that waits for no beat is believed to be on its way: two chunks of the slowest generator."""


@dataclass(frozen=True, slots=True)
class Pad:
    """One pad as it should be drawn; scene is "" where it is empty.

    Attributes:
        arming: its opening is being made.
        why: why it is not armed, in a few words; "" while it is, or where nobody said.
    """

    index: int
    scene: str
    prompt: str
    state: PadState
    arming: bool = False
    why: str = ""


class PadBank:
    """Scenes on pads.

    Attributes:
        bank: the bank in front, from 0.
        playing: the scene on air.
        queued: the scene that waits for its beat, and due_ns, when that is.
        asked: a scene whose pad was pressed and whose cut is not on the output yet.
        arming: how far the opening of each scene is that is to be kept ready.
        opening_bytes: memory that the openings hold.
    """

    def __init__(self, scenes: SceneLibrary, send: Callable[[Intent], None], front: ControlState) -> None:
        self.changed = Signal()
        self.bank = front.pad_bank - 1
        self.playing = ""
        self.queued = ""
        self.due_ns = 0
        self.queued_ns = 0
        self.asked = ""
        self._asked_ns = 0
        self.opening_bytes = 0
        self.arming: Mapping[str, SceneArming] = {}
        self._scenes = scenes
        self._send = send
        self._front = front

    def load(self, scenes: SceneLibrary) -> None:
        """Take another library."""
        self._scenes = scenes
        self.changed.emit()

    def refresh(self, scenes: SceneLibrary, renamed: tuple[str, str] | None) -> None:
        """Some scenes are others now."""
        self._scenes = scenes
        if renamed is not None and self.playing == renamed[0]:
            self.playing = renamed[1]
        self.changed.emit()

    def follow(self, front: ControlState) -> None:
        """Take in which scenes lie on the pads, and which bank is in front."""
        before, self._front = self._front, front
        self.bank = front.pad_bank - 1
        if (front.pads, front.pad_bank) != (before.pads, before.pad_bank):
            self.changed.emit()

    @property
    def scenes(self) -> SceneLibrary:
        """The scenes that can be assigned."""
        return self._scenes

    def find(self, name: str) -> Scene | None:
        """The scene of this name, None if there is none."""
        if name not in self._scenes:
            return None
        return self._scenes[name]

    @property
    def banks(self) -> int:
        """How many banks there are, at least one."""
        return self._front.banks

    @property
    def shown(self) -> tuple[Pad, ...]:
        """The sixteen pads of the bank in front."""
        start = self.bank * PADS_PER_BANK
        return tuple(self._pad(index) for index in range(start, start + PADS_PER_BANK))

    def scene_at(self, index: int) -> str:
        """The scene of a pad counted through all banks, "" where it is empty."""
        pads = self._front.pads
        return pads[index] if 0 <= index < len(pads) else ""

    def name_of(self, index: int) -> str:
        """A pad counted through all banks, by its key, and by its bank where there are several."""
        bank, place = divmod(index, PADS_PER_BANK)
        key = PAD_LETTERS[place].upper()
        return f"{key} of bank {chr(ord('A') + bank)}" if self.banks > 1 else key

    @property
    def in_order(self) -> tuple[str, ...]:
        """The scenes of all pads, the bank in front first."""
        return self._front.pads_in_order

    def bank_of(self, scene: str) -> int | None:
        """The bank that holds a scene."""
        pads = self._front.pads
        return pads.index(scene) // PADS_PER_BANK if scene in pads else None

    def turn_bank(self, bank: int) -> None:
        """Ask for a bank in front, from 0."""
        self._send(TurnBank(bank + 1))

    def step_bank(self, steps: int) -> None:
        """Ask for a later bank, or an earlier one."""
        self._send(StepBank(steps))

    def assign(self, index: int, scene: str) -> None:
        """Put a scene on a pad; "" empties it."""
        self._send(AssignPad(index, scene))

    def ask(self, scene: str, now_ns: int) -> None:
        """A pad was pressed; its cut is on the way."""
        self.asked = "" if scene == self.playing else scene
        self._asked_ns = now_ns
        self.changed.emit()

    def expire(self, now_ns: int) -> None:
        """Forget a cut that was asked for long ago and never came: another took its place."""
        if self.asked and now_ns - self._asked_ns > CUT_PATIENCE_NS:
            self.forget_asked()

    def show_queued(self, scene: str, due_ns: int, now_ns: int) -> None:
        """A cut waits for its beat, or (scene "") no longer does."""
        if self.asked and self.asked in (scene, self.queued):
            self.asked = ""  # from here on the engine tells what becomes of it
        self.queued, self.due_ns, self.queued_ns = scene, due_ns, now_ns
        self.changed.emit()

    def show_playing(self, scene: str) -> None:
        """A scene is committed."""
        if scene == self.asked:
            self.asked = ""
        if scene != self.playing:
            self.playing = scene
            self.changed.emit()

    def forget_asked(self) -> None:
        """The cut that was asked for will not come."""
        if self.asked:
            self.asked = ""
            self.changed.emit()

    def arm(self, scenes: Iterable[SceneArming], opening_bytes: int = 0) -> None:
        """How far the openings of these scenes are; those of all others are not made."""
        self.opening_bytes = opening_bytes
        arming = {one.scene: one for one in scenes}
        if arming != self.arming:
            self.arming = arming
            self.changed.emit()

    def wait_progress(self, now_ns: int) -> float:
        """How much of the queued cut's wait has passed, 0..1."""
        whole = self.due_ns - self.queued_ns
        return min(max((now_ns - self.queued_ns) / whole, 0.0), 1.0) if whole > 0 else 1.0

    def state_of(self, scene: str) -> PadState:
        """What a scene is doing; EMPTY where there is none of that name."""
        if scene not in self._scenes:
            return PadState.EMPTY
        queued = self.asked if scene == self.asked else self.queued
        return ShowState(scene=self.playing, queued=queued, arming=self.arming).pad_state(scene)

    def _pad(self, index: int) -> Pad:
        scene = self.scene_at(index)
        if scene not in self._scenes:
            return Pad(index, "", "", PadState.EMPTY)
        opening = self.arming.get(scene, SceneArming(scene, ArmState.LOADED))
        arming = opening.state is ArmState.ARMING
        return Pad(index, scene, self._scenes[scene].prompt, self.state_of(scene), arming, opening.why)
