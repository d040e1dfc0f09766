"""The newest frames of the input, resampled in time for each chunk."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from engine.clock import NS_PER_MS
from engine.messages.frame import InputFrame

DEFAULT_CAPACITY = 48
"""0.8 s of a 60 fps source: more than a chunk of 12 frames at 24 fps reaches back (0.5 s); 38 MB with depth."""

SPARE_NS: Final = 250 * NS_PER_MS
"""The next chunk may reach back so much further than the one before: its frames may be more, or further apart."""

UNASKED_NS: Final = 600 * NS_PER_MS
"""What the first chunk reaches back, at most: before, so much is kept."""


class FrameWindow:
    """The last frames in order of capture. Not thread-safe: its owner guards it.

    It holds what a chunk may still ask for, by what the one before has asked for, and never more than its capacity.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        if capacity < 1:
            raise ValueError(f"a window needs room for a frame, not {capacity}")
        self._capacity = capacity
        self._frames: list[InputFrame] = []
        self._instants: list[int] = []
        self._used: list[bool] = []
        self._dropped = 0
        self._asked = False
        self._first_target_ns = 0

    def add(self, frame: InputFrame) -> None:
        """Take the next frame; ValueError if it was captured before the one in front of it."""
        if self._instants and frame.capture_ns < self._instants[-1]:
            raise ValueError(f"frame {frame.frame_id} is older than the newest in the window")
        self._frames.append(frame)
        self._instants.append(frame.capture_ns)
        self._used.append(False)
        gone = max(self._outlived(), len(self._frames) - self._capacity)
        self._dropped += self._used[:gone].count(False)
        del self._frames[:gone], self._instants[:gone], self._used[:gone]

    def _outlived(self) -> int:
        """How many frames no chunk will ask for any more: a later one is nearer to whatever it asks for."""
        newest_ns = self._instants[-1]
        reach_ns = self._first_target_ns - SPARE_NS if self._asked else newest_ns - UNASKED_NS
        return max(bisect_right(self._instants, min(reach_ns, newest_ns)) - 1, 0)

    def clear(self) -> None:
        """Let every frame go; none of them counts as dropped."""
        self._frames, self._instants, self._used = [], [], []

    def select(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """For each target instant the frame captured nearest to it; the older one in a tie.

        The result never steps back in time, even where the targets do. Empty before the first frame.
        """
        indices = self._indices(targets_ns)
        if not indices:
            return ()
        if not self._asked:
            self._asked, self._dropped = True, 0
            self._used[: indices[0]] = [True] * indices[0]  # nobody was there to use them
        self._first_target_ns = targets_ns[0]
        for index in indices:
            self._used[index] = True
        return tuple(self._frames[index] for index in indices)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """What select() would give, without counting it as used."""
        return tuple(self._frames[index] for index in self._indices(targets_ns))

    def _indices(self, targets_ns: Sequence[int]) -> list[int]:
        indices: list[int] = []
        floor = 0
        for target in targets_ns if self._frames else ():
            floor = max(floor, self._nearest(target))
            indices.append(floor)
        return indices

    def _nearest(self, target_ns: int) -> int:
        after = bisect_left(self._instants, target_ns)
        if after == 0:
            return 0
        if after == len(self._instants):
            return after - 1
        before_gap = target_ns - self._instants[after - 1]
        return after - 1 if before_gap <= self._instants[after] - target_ns else after

    @property
    def newest(self) -> InputFrame | None:
        """The frame added last."""
        return self._frames[-1] if self._frames else None

    @property
    def dropped(self) -> int:
        """How many frames, from the first ever selected on, have left the window without being selected."""
        return self._dropped

    def __len__(self) -> int:
        return len(self._frames)
