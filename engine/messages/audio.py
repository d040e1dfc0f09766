"""What is heard, as frozen messages: features of the sound at an instant, and a track of them for a chunk's frames."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

BANDS: Final = 8
"""Bands on a perceptual scale, from the deepest (1) to the highest (8)."""

BAND_IDS: Final = tuple(f"band.{number}" for number in range(1, BANDS + 1))

FEATURE_IDS: Final = ("level", "peak", *BAND_IDS, "centroid", "flux", "kick", "snare", "hat", "beat", "bar")
"""What can be read of the sound, by id and in the order of a track's rows. Each value is within 0..1:

level, peak     loudness and highest sample of the moment, 48 dB below full scale to full scale, after the gain
band.1 … .8     the same of each band, rising at once and falling slowly
centroid        where the middle of the spectrum lies, on the bands' scale: 0 deep, 1 high
flux            how much the spectrum grows
kick, snare, hat    strength of an onset in their range, decaying after it
beat            place in the beat, 0 on it; 0 throughout where there is none
bar             place in the bar of four, 0 on its first beat
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFeatures:
    """The sound at one instant.

    Attributes:
        at_ns: when it was at the input, on the shared monotonic clock: the input's latency is taken off.
        level, peak, bands, centroid, flux, kick, snare, hat: see FEATURE_IDS; 0..1.
        bpm: tempo, 60..200; 0.0 while none is found.
        beat_ns, bar_ns: instants of a beat, and of a bar's first beat, near at_ns; 0 without a tempo.
        confidence: how sure tempo and beat are, 0..1; bar_confidence: how sure it is where the bar begins.
    """

    at_ns: int
    level: float = 0.0
    peak: float = 0.0
    bands: tuple[float, ...] = (0.0,) * BANDS
    centroid: float = 0.0
    flux: float = 0.0
    kick: float = 0.0
    snare: float = 0.0
    hat: float = 0.0
    bpm: float = 0.0
    beat_ns: int = 0
    bar_ns: int = 0
    confidence: float = 0.0
    bar_confidence: float = 0.0

    def value(self, feature: str) -> float:
        """Return one of FEATURE_IDS at this instant, 0..1."""
        if feature in BAND_IDS:
            return self.bands[BAND_IDS.index(feature)]
        if feature in ("beat", "bar"):
            return self.phases(self.at_ns)[feature == "bar"]
        return float(getattr(self, feature))

    def phases(self, at_ns: int) -> tuple[float, float]:
        """Return the place in the beat and in the bar at an instant, before or after this one; each in 0..1."""
        if self.bpm <= 0.0:
            return 0.0, 0.0
        period = 60e9 / self.bpm
        return (at_ns - self.beat_ns) / period % 1.0, (at_ns - self.bar_ns) / (4 * period) % 1.0


@dataclass(frozen=True, slots=True)
class FeatureTrack:
    """Features for each frame of a chunk, oldest first. A session records it, so that a replay hears the same.

    Attributes:
        rows: per frame the values in the order of FEATURE_IDS, 0..1, rounded to 1/10000; () while nothing is heard.
    """

    rows: tuple[tuple[float, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rows)

    def frame(self, position: int) -> Mapping[str, float]:
        """Return the values of a frame by id; of the last one beyond the end; nothing where nothing is heard."""
        if not self.rows:
            return _NOTHING
        return MappingProxyType(dict(zip(FEATURE_IDS, self.rows[min(position, len(self.rows) - 1)], strict=True)))


_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})

NO_SOUND: Final = FeatureTrack()
"""The track where nothing is heard."""


class AudioState(Enum):
    """What the sound input is doing."""

    OFF = "off"  # none is chosen
    NONE = "none"  # none is there: no card, no PortAudio
    OPENING = "opening"
    LIVE = "live"
    NO_SIGNAL = "no signal"
    CLIPPING = "clipping"
    GONE = "gone"  # unplugged; it is opened again when it is back
