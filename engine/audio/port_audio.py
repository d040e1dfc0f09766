"""Inputs by PortAudio, through the package sounddevice: listed, opened, closed. The audio thread owns all of it."""

import importlib
from typing import Any, Final

from engine.audio.resampler import FASTEST_RATE, MOST_CHANNELS, SLOWEST_RATE
from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError, AudioInput, is_monitor
from engine.clock import NS_PER_SECOND, Clock

MISSING: Final = "PortAudio is not installed"
INSTALL: Final = "Install it with the system's packages, e.g. apt-get install libportaudio2."

_BLOCK_S: Final = 0.01
"""Length of a block that is asked for."""

_LONGEST_LATENCY_S: Final = 1.0
"""A driver that tells more than this of its latency is not believed."""


def load_library() -> Any:
    """Return the module sounddevice.

    Raises:
        AudioError: the system's PortAudio library is missing.
    """
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise AudioError(MISSING, remedy=INSTALL) from error


def list_inputs(*, again: bool = False) -> tuple[AudioInput, ...]:
    """Return every input there is, monitors last.

    Args:
        again: look for devices anew; no stream may be open.

    Raises:
        AudioError: PortAudio is missing or cannot be started.
    """
    library = load_library()
    try:
        if again:
            library._terminate()  # noqa: SLF001 - PortAudio lists devices once, when it is started
            library._initialize()  # noqa: SLF001
        apis = [api["name"] for api in library.query_hostapis()]
        found = []
        for index, device in enumerate(library.query_devices()):
            channels, rate = int(device["max_input_channels"]), round(device["default_samplerate"])
            if apis[device["hostapi"]].startswith("JACK"):
                continue  # see jack_input
            if channels > 0 and SLOWEST_RATE <= rate <= FASTEST_RATE:
                name, api = str(device["name"]).strip(), apis[device["hostapi"]]
                found.append(AudioInput(name, api, min(channels, MOST_CHANNELS), rate, is_monitor(name), index))
    except library.PortAudioError as error:
        raise AudioError(f"Sound inputs cannot be listed: {error}") from error
    return tuple(sorted(found, key=lambda one: one.monitor))


class PortAudioStream:
    """An open input.

    Raises:
        AudioError: it cannot be opened.
    """

    def __init__(self, chosen: AudioInput, clock: Clock) -> None:
        library = load_library()
        channels = min(chosen.channels, 2)
        self.rate = chosen.rate
        self.ring = SoundRing(chosen.rate, channels)
        self._clock = clock
        try:
            self._stream = library.InputStream(
                device=chosen.index,
                channels=channels,
                samplerate=chosen.rate,
                dtype="float32",
                latency="low",
                blocksize=round(_BLOCK_S * chosen.rate),
                callback=self._take,
            )
            self._stream.start()
        except library.PortAudioError as error:
            raise AudioError(f"It cannot be opened: {error}", where=chosen.name) from error

    def _take(self, block: Any, frames: int, time: Any, _status: Any) -> None:
        """Copy the block; on PortAudio's thread, where nothing may be waited for."""
        # The driver says when the first sample was at the converter; some say 0.
        age = time.currentTime - time.inputBufferAdcTime if time.inputBufferAdcTime > 0 else frames / self.rate
        if not 0.0 <= age <= _LONGEST_LATENCY_S:
            age = frames / self.rate
        end_ns = self._clock.now_ns() - round((age - frames / self.rate) * NS_PER_SECOND)
        self.ring.write(block, end_ns)

    def ended(self) -> bool:
        """Return whether it has ended by itself."""
        return not self._stream.active

    def close(self) -> None:
        """End it; one whose device has gone is let go."""
        self._stream.close(ignore_errors=True)
