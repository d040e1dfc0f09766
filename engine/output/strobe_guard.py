"""Softens what flashes: at most three flashes of the whole picture in any second, whatever makes them.

A flash is a pair of opposing changes of the mean relative luminance by 10 % of its range or more. WCAG 2.3.1 (Three
Flashes or Below Threshold) and ITU-R BT.1702 (which has 20 cd/m² for the 10 %) allow three of them in a second over a
quarter of a screen. Here the mean of the whole picture counts, bright or dark: stricter for what flashes as a whole;
what flashes in a corner alone is not judged. Whether a picture harms somebody, no program can promise.

It sees what really leaves, cuts, blackout and level included. What stays below the limit passes untouched and uncopied.
Where a change would be one too many, the picture is mixed with the one before so that its luminance stays short of it;
while changes go on coming too fast, it follows the mean of what comes, no faster than SLEW: a strobe becomes an even
light.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND
from engine.messages.frame import RgbxImage
from engine.output.canvas import dim
from engine.output.programme import Shown
from engine.output.reshape import reshaped

CHANGE: Final = 0.1
"""Of relative luminance, 0..1: what counts as one half of a flash."""

CHANGES: Final = 6
"""In any second: three flashes."""

SHORT_OF: Final = 0.09
"""What is left of a change that would be one too many: 8-bit rounding stays below CHANGE."""

SLEW: Final = 0.5
"""Luminance per second while a strobe is softened: five changes of a tenth at most, were they all in a row."""

MEAN_S: Final = 0.3
"""Time constant of the mean that is followed then: three times as long as the slowest strobe takes for a flash."""

KEPT_FROM: Final = 4
"""Changes in the last second from which on the pictures are kept, so that there is one to mix with."""

_STRIDE: Final = 13
"""Every 13th point of every 13th row is looked at, some 1200: no usual pattern repeats with that."""

_MIXES: Final = 3
"""Steps of the search for a mix; of flat pictures the first is right already."""

_RIGHT: Final = 0.004
"""How far a mix's luminance may be off: half of what SHORT_OF leaves for it."""

_LINEAR: Final = np.where(
    np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
)
_WEIGHTS: Final = np.array([0.2126, 0.7152, 0.0722])
"""Relative luminance of sRGB, as WCAG defines it."""

_LIGHT: Final = _LINEAR.astype(np.float32)


@dataclass(slots=True)
class Swings:
    """Counts opposing changes of a luminance: a zigzag whose turns are CHANGE apart at least."""

    turned_ns: deque[int] = field(default_factory=lambda: deque(maxlen=64))
    _way: int = 0
    _low: float = 0.0
    _high: float = 0.0
    _begun: bool = False

    def recent(self, now_ns: int) -> int:
        """Changes in the last second."""
        while self.turned_ns and now_ns - self.turned_ns[0] >= NS_PER_SECOND:
            self.turned_ns.popleft()
        return len(self.turned_ns)

    def bounds(self) -> tuple[float, float]:
        """Between which a luminance makes no new change."""
        low = self._high - SHORT_OF if self._way >= 0 else -1.0
        high = self._low + SHORT_OF if self._way <= 0 else 2.0
        return low, high

    def add(self, luminance: float, now_ns: int) -> None:
        """Take in a luminance that is shown."""
        if not self._begun:
            self._begun, self._low, self._high = True, luminance, luminance
        up, down = luminance - self._low >= CHANGE, self._high - luminance >= CHANGE
        if (up and self._way <= 0) or (down and self._way >= 0):
            self._way = 1 if up and self._way <= 0 else -1
            self._low = self._high = luminance
            self.turned_ns.append(now_ns)
        elif self._way > 0:
            self._high = max(self._high, luminance)
        elif self._way < 0:
            self._low = min(self._low, luminance)
        else:
            self._low, self._high = min(self._low, luminance), max(self._high, luminance)


class StrobeGuard:
    """What leaves of a programme. The thread that owns the programme calls it once per output frame.

    Attributes:
        picture, gain, version: as the programme has them, of what leaves.
        softened: frames that were changed.
    """

    def __init__(self, programme: Shown) -> None:
        self.picture: RgbxImage = programme.picture
        self.gain = programme.gain
        self.version = 0
        self.softened = 0
        self._programme = programme
        self._asked = Swings()
        self._shown = Swings()
        self._luminance = self._mean = 0.0
        self._passed_version = -1
        self._seen_version = -1
        self._seen = 0.0
        self._before_ns = 0
        self._strobes = False
        self._kept: tuple[RgbxImage, RgbxImage] | None = None

    def look(self, now_ns: int, *, allowed: bool) -> None:
        """Take in what the programme has on air for the output frame of now_ns; allowed: let it flash."""
        programme = self._programme
        wanted = self._measure()
        self._asked.add(wanted, now_ns)
        passed_ns, self._before_ns = max(now_ns - self._before_ns, 0), now_ns
        limit = wanted if allowed else self._limit(wanted, now_ns, passed_ns / NS_PER_SECOND)
        if limit == wanted or self._kept is None:
            self._pass(programme, wanted)
        else:
            self._mix(limit)
            self.softened += 1
            self.version += 1
        self._shown.add(self._luminance, now_ns)
        self._keep(self._shown.recent(now_ns) >= KEPT_FROM and not allowed)

    def render(self, out: RgbxImage) -> None:
        """Write exactly what viewers see, at the picture's size."""
        if self.gain < 1.0:
            dim(self.picture, self.gain, out)
        else:
            np.copyto(out, self.picture)

    def follow_programme(self) -> None:
        """Refer to the programme's pictures anew: they were moved."""
        self.picture, self._passed_version = self._programme.picture, -1

    def release(self) -> None:
        """Drop the pictures, as their memory is about to be unmapped."""
        self._kept = None
        del self.picture

    def _measure(self) -> float:
        """The luminance of what the programme has on air."""
        programme = self._programme
        if programme.version != self._seen_version:
            self._seen_version = programme.version
            self._seen = _luminance(_points(programme.picture), programme.gain)
        return self._seen

    def _limit(self, wanted: float, now_ns: int, passed_s: float) -> float:
        """How far the luminance may go at this frame."""
        self._strobes = self._asked.recent(now_ns) > CHANGES
        self._mean += (wanted - self._mean) * (1.0 - math.exp(-passed_s / MEAN_S))
        limit = wanted
        if self._strobes:
            step = SLEW * min(passed_s, 0.1)
            limit = min(max(self._mean, self._luminance - step), self._luminance + step)
        if self._shown.recent(now_ns) >= CHANGES:
            low, high = self._shown.bounds()
            limit = min(max(limit, low), high)
        return limit

    def _pass(self, programme: Shown, luminance: float) -> None:
        picture, gain = programme.picture, programme.gain
        if programme.version != self._passed_version:
            self._passed_version = programme.version
            self.version += 1
        self.picture, self.gain, self._luminance = picture, gain, luminance

    def _mix(self, limit: float) -> None:
        """Show the picture mixed with the one before, so that its luminance is the limit."""
        assert self._kept is not None
        before, out = self._kept
        wanted = self._programme.picture, self._programme.gain
        if before.shape != wanted[0].shape:  # the show has changed its format
            before, out = reshaped(before, wanted[0].shape), np.zeros_like(wanted[0])
        new, old = np.ascontiguousarray(_points(wanted[0])), np.ascontiguousarray(_points(before))
        far, near, wish = (level ** (1 / 2.2) for level in (self._seen, self._luminance, limit))
        low, high, share = 0.0, 1.0, 1.0
        for _ in range(_MIXES):
            # False position in encoded light, in which a mix is nearly a straight line; high stays short of the limit.
            share = low + (high - low) * min(max((wish - far) / (near - far), 0.0), 1.0) if near != far else 1.0
            mixed = cv2.addWeighted(new, (1.0 - share) * wanted[1], old, share, 0.0)
            reached = _luminance(np.asarray(mixed, np.uint8), 1.0)
            if abs(reached - limit) < _RIGHT:
                break
            if (reached < limit) == (self._seen < self._luminance):
                low, far = share, reached ** (1 / 2.2)
            else:
                high, near = share, reached ** (1 / 2.2)
        else:
            share = high
        cv2.addWeighted(wanted[0], (1.0 - share) * wanted[1], before, share, 0.0, dst=out)
        if wanted[1] < 1.0:
            out[..., 3] = 255
        self.picture, self.gain = out, 1.0
        self._luminance = _luminance(_points(out), 1.0)
        self._kept = out, before
        self._passed_version = -1

    def _keep(self, wanted: bool) -> None:
        """Keep what is shown, if it may be needed."""
        if not wanted and not self._strobes:
            self._kept = None
            return
        if self._kept is None or self._kept[0].shape != self.picture.shape:
            self._kept = np.zeros_like(self.picture), np.zeros_like(self.picture)
        if self.picture is not self._kept[0]:
            self.render(self._kept[0])


def _points(picture: RgbxImage) -> npt.NDArray[np.uint8]:
    """The points that are looked at, [34, 34, 3] of a square picture."""
    return picture[6::_STRIDE, 6::_STRIDE, :3]


def _luminance(points: npt.NDArray[np.uint8], gain: float) -> float:
    """Mean relative luminance 0..1 of points shown at a gain."""
    levels = points if gain >= 1.0 else (points * np.float32(gain)).astype(np.uint8)
    return float(_LIGHT.take(levels.ravel()) @ _shares(levels.shape[0] * levels.shape[1]))


@cache
def _shares(count: int) -> npt.NDArray[np.float32]:
    """The share of each channel of each of so many points in their mean, [3 count]."""
    return np.tile(_WEIGHTS / count, count).astype(np.float32)
