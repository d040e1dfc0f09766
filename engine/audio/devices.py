"""The sound inputs of this machine: those of JACK and those of PortAudio."""

from typing import Protocol

from engine.audio import jack_input, port_audio
from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError, AudioInput
from engine.clock import Clock


class InputStream(Protocol):
    """An open input that writes into its ring."""

    ring: SoundRing
    rate: int

    def ended(self) -> bool:
        """Return whether it has ended by itself."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Opener(Protocol):
    """How inputs are found and opened; replaced in tests."""

    def list(self, *, again: bool) -> tuple[AudioInput, ...]: ...

    def open(self, chosen: AudioInput, clock: Clock) -> InputStream: ...


class Devices:
    """The inputs of this machine."""

    def list(self, *, again: bool) -> tuple[AudioInput, ...]:
        """Return every input there is, monitors last.

        Args:
            again: look for devices anew; none of them may be open.

        Raises:
            AudioError: there is none, and PortAudio is missing or cannot be started.
        """
        found = jack_input.list_inputs()
        try:
            found += port_audio.list_inputs(again=again)
        except AudioError:
            if not found:
                raise
        return tuple(sorted(found, key=lambda one: one.monitor))

    def open(self, chosen: AudioInput, clock: Clock) -> InputStream:
        """Open one.

        Raises:
            AudioError: it cannot be opened.
        """
        if chosen.api == jack_input.API:
            return jack_input.JackStream(chosen, clock)
        return port_audio.PortAudioStream(chosen, clock)
