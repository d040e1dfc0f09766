"""Store the caches of snapshots within a budget; the least recently used are dropped first."""

from collections.abc import Iterable

from engine.errors import NotEnoughMemoryError
from engine.generators.base import GeneratorSnapshot, Snapshotting, VideoGenerator

BUDGET_BYTES = 2 * 2**30
"""Sixteen slots of the built-in field take 45 MB; of a large model a few fit, and the rest return by a reset."""


class SnapshotCaches:
    """Map snapshot slots to caches. Owned by the chunk loop.

    A snapshot whose caches were dropped can still be recalled: its cut resets the caches, as any cut.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._caches: dict[int, GeneratorSnapshot] = {}

    def store(self, slots: Iterable[int], generator: VideoGenerator) -> None:
        """Store the generator's current caches under these slots, if it can copy them."""
        for slot in slots:
            self._caches.pop(slot, None)
            if isinstance(generator, Snapshotting):
                try:
                    self._caches[slot] = generator.snapshot()
                except NotEnoughMemoryError:
                    self._caches.clear()  # the show needs the room more
        self._keep_budget()

    def set_budget(self, budget_bytes: int) -> None:
        """Set the budget in bytes; drop the least recently used beyond it."""
        self._budget_bytes = budget_bytes
        self._keep_budget()

    def _keep_budget(self) -> None:
        while self._caches and sum(snapshot.bytes for snapshot in self._caches.values()) > self._budget_bytes:
            del self._caches[next(iter(self._caches))]

    def find(self, slot: int | None) -> GeneratorSnapshot | None:
        """Return the caches of a slot, now the most recently used; None if there are none."""
        if slot is None or slot not in self._caches:
            return None
        snapshot = self._caches[slot] = self._caches.pop(slot)
        return snapshot
