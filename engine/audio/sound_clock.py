"""The sound's own clock against the machine's. Pure.

A delay-locked loop of second order, as in F. Adriaensen, Using a DLL to filter time (LAC 2005): blocks arrive with the
jitter of threads, samples do not.
"""

from typing import Final

_BANDWIDTH_HZ: Final = 0.2
_JUMP_NS: Final = 40_000_000
"""A block further off than this has not been late: sound was lost before it."""


class SoundClock:
    """Tell instants of samples. Push every block.

    Args:
        rate: samples a second, nominally.
    """

    def __init__(self, rate: float) -> None:
        self._nominal_ns = 1e9 / rate
        self._sample_ns = self._nominal_ns
        self._end_ns: float | None = None

    def push(self, samples: int, end_ns: int) -> float:
        """Take in a block and when its last sample was heard; return how many seconds of sound were lost before it."""
        if self._end_ns is None:
            self._end_ns = float(end_ns)
            return 0.0
        error = end_ns - (self._end_ns + samples * self._sample_ns)
        if abs(error) > _JUMP_NS:
            self._end_ns, self._sample_ns = float(end_ns), self._nominal_ns
            return error / 1e9
        turn = 2 * 3.141592653589793 * _BANDWIDTH_HZ * samples * self._nominal_ns / 1e9
        self._end_ns += samples * self._sample_ns + min(1.0, 1.4142 * turn) * error
        if samples:
            self._sample_ns += min(1.0, turn * turn) * error / samples
            self._sample_ns = min(1.01 * self._nominal_ns, max(0.99 * self._nominal_ns, self._sample_ns))
        return 0.0

    def at_ns(self, before_end: float) -> int:
        """Return the instant so many seconds before the end of the newest block."""
        return round((self._end_ns or 0.0) - before_end * 1e9 * self._sample_ns / self._nominal_ns)
