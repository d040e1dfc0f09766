"""Notes and pressure that no binding takes: they modulate, where something listens to them."""

from dataclasses import dataclass

from app.midi.messages.types import ChannelPressure, Message, NoteOn, PolyPressure
from engine.messages.commands import Command, Origin
from engine.messages.modulation import Envelope, Pressure, Trigger
from engine.messages.modulation_commands import FireTrigger, SetPressure
from engine.messages.modulation_events import ModulationChanged


@dataclass(frozen=True, slots=True)
class Listening:
    """What modulators of the show listen to."""

    notes: bool = False
    pressure: bool = False

    @staticmethod
    def to(event: ModulationChanged) -> "Listening":
        """After the modulators have changed."""
        sources = [
            one.source
            for modulation in (event.scene, event.everywhere)
            for modulators in modulation.values()
            for one in modulators
        ]
        return Listening(
            any(isinstance(one, Envelope) and one.trigger is Trigger.NOTE for one in sources),
            any(isinstance(one, Pressure) for one in sources),
        )

    def command(self, message: Message, stamp_ns: int) -> Command | None:
        """What a message asks of the modulation; None: nothing."""
        match message:
            case NoteOn() if self.notes:
                return FireTrigger(trigger=Trigger.NOTE, stamp_ns=stamp_ns, origin=Origin.MIDI)
            case ChannelPressure(pressure=pressure) | PolyPressure(pressure=pressure) if self.pressure:
                return SetPressure(value=pressure / 127, stamp_ns=stamp_ns, origin=Origin.MIDI)
            case _:
                return None
