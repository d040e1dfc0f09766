"""Sound to features, block by block. Pure: it is given sound and instants, and keeps a bounded memory."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.audio.bars import BarTracker
from engine.audio.beats import Beat, BeatTracker
from engine.audio.levels import PULSE_RELEASE, SILENCE_DB, Gain, Levels, decibels, shown_bands
from engine.audio.onsets import ANY, HAT, KICK, SNARE, Flux, PeakPicker, Row
from engine.audio.resampler import RATE, Resampler, to_mono
from engine.audio.sound_clock import SoundClock
from engine.audio.spectrum import HOP, WINDOW, Framer, Spectrum, bark
from engine.messages.audio import AudioFeatures

HOP_S: Final = HOP / RATE

CENTRE_S: Final = 0.021
"""How long before the end of its frame a hop's instant lies: the middle of the window, where a stroke is at its
steepest."""

CLIPPED: Final = 0.999
_CLIPPED_SHARE: Final = 0.002
"""Share of a block's samples at full scale from which it counts as clipping."""

_HELD_S: Final = 1.0
"""How long clipping is told."""

_SILENT_S: Final = 2.0
"""How long nothing must be heard until it is told."""

_LOUDEST_DECAY: Final = 0.9997
"""Of the highest sample of late, per hop: half in 23 s, so that the beats of a bar are measured alike."""

_HAT_COUNTS: Final = 0.3
"""What a hat counts for the beat, where the strongest strokes count 1: hats mark what is between beats too."""


_MEAN: Final = np.full(WINDOW, 1 / WINDOW, np.float32)

SLOWEST_BPM: Final = 60.0
FASTEST_BPM: Final = 200.0
"""What is told of a tempo just beyond."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the signal is: silent for seconds, or clipping; gain_db: what is added to it."""

    silent: bool = True
    clipping: bool = False
    gain_db: float = 0.0


class Analyser:
    """Analyse one stream. One thread owns it.

    Args:
        rate: samples a second, 8000..192000.

    Raises:
        ValueError: the rate is outside that.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler = Resampler(rate)
        self._framer = Framer()
        self._spectrum = Spectrum()
        self._flux = Flux(self._spectrum.centres)
        self._peaks = PeakPicker()
        self._beats = BeatTracker()
        self._bars = BarTracker(self._spectrum.count)
        self._gain = Gain()
        self._levels = Levels()
        self._clock = SoundClock(rate)
        places = (bark(self._spectrum.centres) - bark(30.0)) / (bark(11_000.0) - bark(30.0))
        # Of a row of magnitudes the sum, and that of its places on the scale.
        self._places = np.stack((np.ones_like(places), np.clip(places, 0.0, 1.0)), axis=1).astype(np.float32)
        self._time = 0.0  # of the newest hop, in seconds of this stream
        self._pulses = [0.0, 0.0, 0.0]
        self._centroid = 0.0
        self._flux_shown = 0.0
        self._strongest = 0.1
        self._loudest = 1e-6
        self._clipped_s = self._silent_s = 1e9

    def fix_gain(self, gain_db: float | None) -> None:
        """Use this gain from now on; None: let it follow the loudness."""
        self._gain.fixed_db = gain_db

    @property
    def condition(self) -> Condition:
        """How the signal is now."""
        return Condition(self._silent_s > _SILENT_S, self._clipped_s < _HELD_S, self._gain.gain_db)

    @property
    def heard_ns(self) -> int:
        """When the newest hop ended, on the monotonic clock; 0 before any sound."""
        return self._clock.at_ns(self._framer.held / RATE)

    def needs(self, hops: int) -> int:
        """Return how many samples more will complete so many hops; never too many, perhaps one too few."""
        return max(1, int((hops * HOP - self._framer.held) * self._rate / RATE))

    def push(self, block: npt.NDArray[Any], end_ns: int) -> tuple[AudioFeatures, ...]:
        """Return the features of every hop that is complete now.

        Args:
            block: [n] or [n, channels], floats of full scale -1..1 or signed integers; anything else in it is silence.
            end_ns: when its last sample was at the input, on the monotonic clock.
        """
        if len(block) == 0:
            return ()
        mono = to_mono(block)
        lost = self._clock.push(len(mono), end_ns)
        if lost:
            self._time += lost
            self._beats.skip(lost)
        self._watch(mono)
        frames = self._framer.push(self._resampler.push(mono))
        if not len(frames):
            return ()
        return self._analyse(frames)

    def _watch(self, mono: npt.NDArray[np.float32]) -> None:
        seconds = len(mono) / self._rate
        low, high = float(mono.min()), float(mono.max())
        clipped = max(high, -low) >= CLIPPED and low < high
        if clipped:
            clipped = int(np.count_nonzero(np.abs(mono) >= CLIPPED)) > max(2, _CLIPPED_SHARE * len(mono))
        self._clipped_s = 0.0 if clipped else self._clipped_s + seconds
        level = mono - np.float32(mono.sum() / len(mono))
        heard = decibels(float(level @ level) / len(mono)) > SILENCE_DB
        self._silent_s = 0.0 if heard else self._silent_s + seconds

    def _analyse(self, frames: npt.NDArray[np.float32]) -> tuple[AudioFeatures, ...]:
        levelled = frames - (frames @ _MEAN)[:, None]
        power = (np.vecdot(levelled, levelled) / WINDOW).tolist()
        newest = levelled[:, WINDOW - HOP :]
        peak = np.maximum(newest.max(axis=1), -newest.min(axis=1)).tolist()
        narrow, wide = self._spectrum.analyse(levelled)
        factors = np.array([self._gain.push(decibels(one)) for one in power], np.float32)
        narrow *= factors[:, None]
        fluxes, logs = self._flux.push(narrow)
        flux = fluxes.tolist()
        bands = shown_bands(wide, factors).tolist()
        total, weighted = (narrow @ self._places).T.tolist()
        gains = factors.tolist()
        # Behind the newest hop lie the samples that fill no frame yet, and those that the filter waits for.
        behind = self._framer.held / RATE + self._resampler.delay + CENTRE_S
        features = []
        for index in range(len(frames)):
            self._time += HOP_S
            before_end = behind + (len(frames) - 1 - index) * HOP_S
            levels = self._levels.push(power[index], peak[index], bands[index], gains[index])
            self._move(weighted[index] / total[index] if total[index] > 1e-4 else 0.0, flux[index][ANY])
            self._loudest = max(_LOUDEST_DECAY * self._loudest, peak[index], 1e-6)
            accent = peak[index] / self._loudest
            features.append(self._hop(flux[index], logs[index], accent, levels, self._clock.at_ns(before_end)))
        return tuple(features)

    def _move(self, centroid: float, flux: float) -> None:
        self._centroid += 0.3 * (centroid - self._centroid)
        self._strongest = max(0.998 * self._strongest, flux, 0.1)
        self._flux_shown = max(flux / self._strongest, self._flux_shown * PULSE_RELEASE)

    def _hop(
        self,
        flux: Row,
        logs: npt.NDArray[np.float32],
        accent: float,
        levels: tuple[float, float, tuple[float, ...]],
        at_ns: int,
    ) -> AudioFeatures:
        onsets = self._peaks.push(flux)
        for drum in (KICK, SNARE, HAT):
            self._pulses[drum] = max(self._peaks.rise(drum), self._pulses[drum] * PULSE_RELEASE)
        counted = [onsets[KICK][0], onsets[SNARE][0], _HAT_COUNTS * onsets[HAT][0], onsets[ANY][0]]
        strength = max(counted)
        before = self._time - HOP_S  # an onset is known a hop after it
        beat = self._beats.push(before, strength, onsets[counted.index(strength)][1])
        self._bars.push(before, beat, onsets[KICK][0], onsets[SNARE][0], accent, logs)
        return self._features(beat, levels, at_ns)

    def _features(self, beat: Beat, levels: tuple[float, float, tuple[float, ...]], at_ns: int) -> AudioFeatures:
        found = beat.found
        bar, bar_confidence = self._bars.bar(self._time, beat)
        return AudioFeatures(
            at_ns=at_ns,
            level=levels[0],
            peak=levels[1],
            bands=levels[2],
            centroid=self._centroid,
            flux=self._flux_shown,
            kick=self._pulses[KICK],
            snare=self._pulses[SNARE],
            hat=self._pulses[HAT],
            bpm=min(FASTEST_BPM, max(SLOWEST_BPM, 60.0 / beat.period)) if found else 0.0,
            beat_ns=at_ns + round((beat.anchor - self._time) * 1e9) if found else 0,
            bar_ns=at_ns + round((bar - self._time) * 1e9) if found else 0,
            confidence=beat.confidence,
            bar_confidence=bar_confidence if found else 0.0,
        )
