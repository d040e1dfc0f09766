"""A desk over a bus, under a clock that moves when told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from app.control.state import first_state
from app.control.swatch import swatch
from app.streamdeck.core import DeckCore, Touched
from app.streamdeck.scene_pictures import KeyScenePictures
from app.streamdeck.system import Touch
from engine.clock import NS_PER_MS, ManualClock
from engine.messages.commands import Command
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterTable
from tests.midi.core_parts import TABLE, store_of
from tests.streamdeck.usb_bus import UsbBus, UsbDeck

SCENES = tuple(f"Scene {number}" for number in range(1, 31))
HUE_FIRST = ParameterTable([TABLE["field.hue"], TABLE["field.energy"]]).joined(OUTPUT_PARAMETERS)
FRONT = first_state(HUE_FIRST, SCENES)


@dataclass
class Rig:
    """Decks, the desk, and what it posted."""

    bus: UsbBus = field(default_factory=UsbBus)
    clock: ManualClock = field(default_factory=ManualClock)
    posted: list[Command] = field(default_factory=list)
    red: int = 0

    def __post_init__(self) -> None:
        pictures = KeyScenePictures(
            lambda scene: swatch(scene, ""), lambda: np.full((448, 448, 4), [self.red, 0, 0, 255], np.uint8)
        )
        self.store = store_of(self.posted, FRONT)
        self.desk = DeckCore(self.bus.system(), self.store, pictures, self.posted.append, self._nobody, 70)
        self.store.subscribe(self.desk.handle)

    def plug(self, product: int, path: str = "1-1:1.0") -> UsbDeck:
        """A deck is plugged in, found, and drawn."""
        deck = UsbDeck(product, path)
        self.bus.decks.append(deck)
        self.run(2000)
        return deck

    def run(self, ms: int) -> None:
        """Let so much time pass, tick by tick as the thread would."""
        end_ns = self.clock.now_ns() + ms * NS_PER_MS
        while (due_ns := self.desk.tick(self.clock.now_ns())) <= end_ns:
            self.clock.advance_to(max(due_ns, self.clock.now_ns()))
        self.clock.advance_to(end_ns)

    def touch(self, deck: UsbDeck, touch: Touch) -> list[Command]:
        """What a touch posts."""
        self.posted.clear()
        self.desk.handle(Touched(deck.path(), self.clock.now_ns(), touch))
        return list(self.posted)

    @staticmethod
    def _nobody(_path: str, _touch: Touch) -> None:
        """The deck's own thread tells nothing here; the tests take its place."""


@pytest.fixture
def rig() -> Iterator[Rig]:
    one = Rig()
    yield one
    one.desk.close()
