"""The thread hardcut-sound: hands the beat that is heard on as a tempo, unless another clock leads."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Never

from app.control.service import ControlService
from app.control.state import ControlState
from app.sound.talk import BeatTalk
from engine.clock import NS_PER_SECOND
from engine.messages.audio import AudioState
from engine.messages.audio_events import AudioBeat, AudioChanged
from engine.messages.commands import Command
from engine.messages.events import Event


@dataclass(frozen=True, slots=True)
class SoundState:
    """How sound stands.

    Attributes:
        name: of the input, as it was chosen; detail: why it is not heard, a sentence, or "".
        bpm, confidence: the tempo that is heard, 0.0 for none.
        leads: it is the program's tempo now.
    """

    name: str = "none"
    state: AudioState = AudioState.OFF
    detail: str = ""
    bpm: float = 0.0
    confidence: float = 0.0
    leads: bool = False


class SoundService(ControlService[Never, SoundState]):
    """Follows what the engine hears.

    Args:
        post: takes each command, on this thread; must not block.
        led: tells whether another clock (MIDI clock, Ableton Link) sets the tempo: it goes before the sound's.
    """

    def __init__(self, post: Callable[[Command], None], led: Callable[[], bool]) -> None:
        super().__init__("sound", "The beat of the sound", SoundState())
        self._post = post
        self._led = led

    def hear(self, event: Event) -> None:
        """Take in an engine event; from any thread, returns at once."""
        if isinstance(event, AudioBeat | AudioChanged):
            super().hear(event)

    def _failure(self, fault: str) -> SoundState:
        return SoundState(detail=fault)

    def _renew(self) -> SoundState:
        self._hear_again()
        return SoundState()

    def _work(self) -> None:
        talk, state, wanted = BeatTalk(), SoundState(), True
        while True:
            for item in self._arrived():
                match item:
                    case None:
                        return
                    case ControlState():
                        wanted = item.audio.beat
                        if not wanted:
                            talk.forget()
                            state = replace(state, leads=False)
                    case AudioChanged():
                        state = replace(state, name=item.name, state=item.state, detail=item.detail)
                    case AudioBeat():
                        leads = wanted and item.bpm > 0.0 and not self._led()
                        state = replace(state, bpm=item.bpm, confidence=item.confidence, leads=leads)
                        if leads:
                            for command in talk.hear(item):
                                self._post(command)
                        else:
                            talk.forget()
                self._publish(state)
            self._mailbox.wait(NS_PER_SECOND)
