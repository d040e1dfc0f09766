"""Tells how simplified the picture is, and why, from the loop's progress and what other programs do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from engine.messages.quality import QualityChanged, QualityState
from engine.messages.stats import SharedGpu
from engine.metrics.busiest import Busiest, BusiestMeter

WATCHED_FROM: Final = 0.85
"""Of the playing time: from here on it is looked at who else is busy, so that it can be told once a step is taken."""

BUSY_SHARE: Final = 0.25
"""Of the machine's cores: what other programs keep busy is felt from here on."""

NEARLY: Final = 0.35
"""Cores: a busy program is told anew once it keeps so many more or fewer busy."""


class QualityReporter:
    """Owned by the monitor's thread.

    Args:
        busiest: who else is busy; cores: how many cores this process may use.
    """

    def __init__(self, busiest: BusiestMeter, cores: int) -> None:
        self._busiest = busiest
        self._cores = cores
        self._seen: Busiest = Busiest()
        self._last: QualityChanged | None = None

    def poll(self, state: QualityState, gpus: Sequence[SharedGpu], now_ns: int) -> QualityChanged | None:
        """Return how things stand where that has changed, else None."""
        if not state.steps:
            return None
        automatic = bool(state.taken) and not state.by_hand
        if automatic or state.load >= WATCHED_FROM:
            self._follow(self._busiest.poll(now_ns))
        event = QualityChanged(at_ns=0, steps=state.steps, reason=self._reason(state, gpus))
        if event == self._last:
            return None
        self._last = event
        return replace(event, at_ns=now_ns)

    def _follow(self, newest: Busiest) -> None:
        """Take what is seen, but where it differs too little to be told anew."""
        same = newest.name == self._seen.name and abs(newest.name_cores - self._seen.name_cores) < NEARLY
        if not (same and abs(newest.cores - self._seen.cores) < NEARLY):
            self._seen = newest

    def _reason(self, state: QualityState, gpus: Sequence[SharedGpu]) -> str:
        if not state.taken:
            return ""
        if state.by_hand:
            return "as pinned"
        if gpus:
            return "another program computes on the GPU"
        seen = self._seen
        if seen.cores < BUSY_SHARE * self._cores:
            return "this machine is too slow for more"
        if seen.name:
            return f"this machine is busy with {seen.name}, {seen.name_cores:.1f} cores"
        return f"this machine is busy with other programs, {seen.cores:.1f} cores"
