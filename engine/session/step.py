"""What the chunk loop hands to a recorder: one step, with everything that shaped it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.generators.base import ChunkRequest
from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import Command
from engine.messages.frame import RgbxImage
from engine.messages.mix import PLAIN, MixTrack
from engine.scheduling.commit_scheduler import Commit
from engine.session.records import Outcome

NO_PIXELS: Final = np.empty((0, 0, 3), np.uint8)
NO_MAP: Final = np.empty((0, 0), np.float32)
"""Stand for pictures and maps that were let go."""


@dataclass(frozen=True, slots=True)
class BoundaryInput:
    """Arguments of CommitScheduler.boundary; the same arguments give the same commit."""

    commands: tuple[Command, ...]
    now_ns: int
    content_ns: int
    chunk_ns: int
    sound: FeatureTrack = NO_SOUND
    chunk_frames: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One boundary and its chunk.

    Attributes:
        commit: what the scheduler returned.
        request: what the chunk was made from; for an opening made ahead, what that was made from.
        images: what came of it, oldest first; empty unless outcome is MADE.
        restored: the snapshot slot whose caches were put back at this boundary in place of a reset, or None. The
            caches of the slots in commit.stored were kept before that.
        mix: how the images were mixed with the frames before they went out; images are those before.
    """

    boundary: BoundaryInput
    commit: Commit
    request: ChunkRequest
    outcome: Outcome
    images: tuple[RgbxImage, ...] = ()
    restored: int | None = None
    mix: MixTrack = PLAIN

    def without_pixels(self) -> "Step":
        """Return the step without references to pictures."""
        return replace(self, request=without_pixels(self.request), images=tuple(NO_PIXELS for _ in self.images))


def without_pixels(request: ChunkRequest) -> ChunkRequest:
    """Return a request without references to pictures and maps, of a chunk that is made already."""
    frames = tuple(
        replace(frame, image=NO_PIXELS, true_depth=None, true_pose=None, alpha=None) for frame in request.frames
    )
    control = request.control and replace(request.control, depth=NO_MAP, flow=NO_MAP, drawing=None)
    return replace(request, frames=frames, control=control)
