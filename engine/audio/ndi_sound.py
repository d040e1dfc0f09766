"""The sound of an NDI sender: received by itself, without its pictures, on a thread of its own."""

import importlib
import threading
from typing import Any, Final

import numpy as np

from engine.audio.resampler import FASTEST_RATE, MOST_CHANNELS, SLOWEST_RATE, to_mono
from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError
from engine.clock import Clock

_FIND_MS: Final = 1500
_WAIT_MS: Final = 100
_FIRST_SOUND_S: Final = 3.0
"""How long the first sound may take: a sender without any has none."""


class NdiSound:
    """The sound of one sender, its channels mixed.

    Raises:
        AudioError: NDI is missing, the sender is not there, or it sends no sound.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        try:
            self._ndi: Any = importlib.import_module("NDIlib")
        except ImportError as error:
            raise AudioError("NDI is not available", where=str(error)) from error
        if not self._ndi.initialize():
            raise AudioError("NDI does not run on this machine")
        self._clock = clock
        self._handle = self._connect(name)
        self._halt = threading.Event()
        self._first = threading.Event()
        self.rate = 0
        self.ring = SoundRing(SLOWEST_RATE, 1)  # until the first sound tells the rate
        self._thread = threading.Thread(target=self._run, name="hardcut-ndi-sound", daemon=True)
        self._thread.start()
        if not self._first.wait(_FIRST_SOUND_S):
            self.close()
            raise AudioError("The NDI source sends no sound", where=name)

    def _connect(self, name: str) -> Any:
        ndi = self._ndi
        finder = ndi.find_create_v2(ndi.FindCreate())
        if finder is None:
            raise AudioError("NDI discovery cannot be started", remedy="On Linux, check that avahi-daemon runs.")
        try:
            wanted = name.casefold()
            for _ in range(2):
                ndi.find_wait_for_sources(finder, _FIND_MS)
                found = [one for one in ndi.find_get_current_sources(finder) if wanted in one.ndi_name.casefold()]
                if found:
                    break
            else:
                raise AudioError("The NDI source is not there", where=name)
            settings = ndi.RecvCreateV3()
            settings.bandwidth = ndi.RECV_BANDWIDTH_AUDIO_ONLY
            settings.ndi_recv_name = "Hardcut sound"
            handle = ndi.recv_create_v3(settings)
            if handle is None:
                raise AudioError("NDI cannot receive", where=name)
            ndi.recv_connect(handle, ndi.Source(found[0].ndi_name, found[0].url_address))
        finally:
            ndi.find_destroy(finder)
        return handle

    def _run(self) -> None:
        ndi = self._ndi
        while not self._halt.is_set():
            kind, _, audio, _ = ndi.recv_capture_v2(self._handle, _WAIT_MS, False, True, False)
            if kind != ndi.FRAME_TYPE_AUDIO:
                continue
            now_ns = self._clock.now_ns()
            rate, channels = int(audio.sample_rate), int(audio.no_channels)
            planes = np.array(audio.data, np.float32, copy=True, ndmin=2)
            ndi.recv_free_audio_v2(self._handle, audio)
            if planes.shape[0] != channels or not SLOWEST_RATE <= rate <= FASTEST_RATE or self.rate not in (0, rate):
                if self.rate not in (0, rate):
                    return  # another rate: opened anew
                continue
            if not self.rate:
                self.rate, self.ring = rate, SoundRing(rate, 1)
                self._first.set()
            self.ring.write(to_mono(planes[:MOST_CHANNELS].T)[:, None], now_ns)

    def ended(self) -> bool:
        """Return whether it sends at another rate now."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """End the thread and disconnect."""
        self._halt.set()
        self._thread.join()
        handle, self._handle = self._handle, None
        if handle is not None:
            self._ndi.recv_destroy(handle)
