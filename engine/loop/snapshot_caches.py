"""The caches of stored snapshots, within a budget, the longest unused given up first."""

from collections.abc import Iterable

from engine.errors import NotEnoughMemoryError
from engine.generators.base import GeneratorSnapshot, Snapshotting, VideoGenerator

BUDGET_BYTES = 2 * 2**30
"""Sixteen slots of the built-in field take 80 MB; of a large model a few fit, and the rest return by a reset."""


class SnapshotCaches:
    """Slot to caches. The chunk loop owns it.

    A snapshot whose caches were given up still returns, with its caches reset, as any cut.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._kept: dict[int, GeneratorSnapshot] = {}

    def keep(self, slots: Iterable[int], generator: VideoGenerator) -> None:
        """Keep the generator's caches of this moment under these slots, if it can tell them."""
        for slot in slots:
            self._kept.pop(slot, None)
            if isinstance(generator, Snapshotting):
                try:
                    self._kept[slot] = generator.snapshot()
                except NotEnoughMemoryError:
                    self._kept.clear()  # the show needs the room more
        while self._kept and sum(snapshot.bytes for snapshot in self._kept.values()) > self._budget_bytes:
            del self._kept[next(iter(self._kept))]

    def find(self, slot: int | None) -> GeneratorSnapshot | None:
        """The caches kept under a slot, now the latest used; None if there are none."""
        if slot is None or slot not in self._kept:
            return None
        snapshot = self._kept[slot] = self._kept.pop(slot)
        return snapshot
