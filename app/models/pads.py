"""The pads: sixteen at a time of the scenes, in banks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.models.keys import PAD_LETTERS
from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.events import ArmState, SceneArming
from engine.messages.scenes import Scene, SceneLibrary

PADS_PER_BANK: Final = 16
CUT_PATIENCE_NS: Final = 10 * NS_PER_SECOND
"""How long a cut that waits for no beat is believed to be on its way: two chunks of the slowest generator."""


class PadState(Enum):
    """What a pad's scene is doing."""

    EMPTY = "empty"
    LOADED = "loaded"
    ARMED = "armed"
    QUEUED = "queued"
    PLAYING = "playing"


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

    def __init__(self, scenes: SceneLibrary) -> None:
        self.changed = Signal()
        self.bank = 0
        self.playing = ""
        self.queued = ""
        self.due_ns = 0
        self.queued_ns = 0
        self.asked = ""
        self._asked_ns = 0
        self.opening_bytes = 0
        self.arming: Mapping[str, SceneArming] = {}
        self._scenes = scenes
        self._slots: list[str] = list(scenes)

    def load(self, scenes: SceneLibrary) -> None:
        """Put another library on the pads in its own order."""
        self._scenes = scenes
        self._slots = list(scenes)
        self.bank = min(self.bank, self.banks - 1)
        self.changed.emit()

    def refresh(self, scenes: SceneLibrary, renamed: tuple[str, str] | None) -> None:
        """Some scenes are others now; pads stay as they are, and what is new gets a pad."""
        self._scenes = scenes
        if renamed is not None:
            old, new = renamed
            self._slots = [new if name == old else name for name in self._slots]
            self.playing = new if self.playing == old else self.playing
        for name in scenes:
            if name not in self._slots:
                place = self._slots.index("") if "" in self._slots else len(self._slots)
                self._slots[place : place + 1] = [name]
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
        return max(1, -(-len(self._slots) // PADS_PER_BANK))

    @property
    def shown(self) -> tuple[Pad, ...]:
        """The sixteen pads of the bank in front."""
        start = self.bank * PADS_PER_BANK
        return tuple(self._pad(index) for index in range(start, start + PADS_PER_BANK))

    def scene_at(self, index: int) -> str:
        """The scene of a pad counted through all banks, "" where it is empty."""
        return self._slots[index] if 0 <= index < len(self._slots) else ""

    def name_of(self, index: int) -> str:
        """A pad counted through all banks, by its key, and by its bank where there are several."""
        bank, place = divmod(index, PADS_PER_BANK)
        key = PAD_LETTERS[place].upper()
        return f"{key} of bank {chr(ord('A') + bank)}" if self.banks > 1 else key

    @property
    def front(self) -> tuple[str, ...]:
        """The scenes of the bank in front."""
        return tuple(pad.scene for pad in self.shown if pad.scene)

    @property
    def in_order(self) -> tuple[str, ...]:
        """The scenes of all pads, the bank in front first."""
        slots = tuple(self.scene_at(index) for index in range(self.banks * PADS_PER_BANK))
        start = self.bank * PADS_PER_BANK
        return slots[start:] + slots[:start]

    def bank_of(self, scene: str) -> int | None:
        """The bank that holds a scene."""
        return self._slots.index(scene) // PADS_PER_BANK if scene in self._slots else None

    def turn_bank(self, bank: int) -> None:
        """Bring a bank to the front."""
        bank = min(max(bank, 0), self.banks - 1)
        if bank != self.bank:
            self.bank = bank
            self.changed.emit()

    def assign(self, index: int, scene: str) -> None:
        """Put a scene on a pad; "" empties it."""
        self._slots.extend("" for _ in range(index + 1 - len(self._slots)))
        self._slots[index] = scene
        self.changed.emit()

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

    def _armed(self, scene: str) -> bool:
        opening = self.arming.get(scene)
        return opening is not None and opening.state is ArmState.ARMED

    def state_of(self, scene: str) -> PadState:
        """What a scene is doing; EMPTY where there is none of that name."""
        if scene not in self._scenes:
            return PadState.EMPTY
        if scene in (self.queued, self.asked):
            return PadState.QUEUED
        if scene == self.playing:
            return PadState.PLAYING
        return PadState.ARMED if self._armed(scene) else PadState.LOADED

    def _pad(self, index: int) -> Pad:
        scene = self.scene_at(index)
        if scene not in self._scenes:
            return Pad(index, "", "", PadState.EMPTY)
        opening = self.arming.get(scene, SceneArming(scene, ArmState.LOADED))
        arming = opening.state is ArmState.ARMING
        return Pad(index, scene, self._scenes[scene].prompt, self.state_of(scene), arming, opening.why)
