"""The stage as a source: rendered frame by frame at absolute times."""

import threading
from functools import partial
from typing import Final

from engine.clock import NS_PER_SECOND, Clock
from engine.messages.events import BackendChoice
from engine.sources.base import Picture, wait_until
from engine.sources.framing import picture_format
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.view import Lens
from engine.sources.stage_sets import StageSet

STAGE_FPS: Final = 30


class StageSource:
    """A set of the built-in stage at 30 frames per second, or a part of them; needs no device and cannot be lost.

    Frame n is due at start + n/30 s exactly, so that the rate has no drift; a frame whose time has
    passed before it was begun is left out. Asked for every k-th frame, it delivers those whose n is a multiple of k:
    the same pictures at the same times as before, with others missing between them.
    """

    def __init__(
        self, clock: Clock, halt: threading.Event, *, seed: int = 0, chosen: StageSet = StageSet.STAGE
    ) -> None:
        self._clock = clock
        self._halt = halt
        self._seed = seed
        self._chosen = chosen
        self._renderer: StageRenderer | None = None
        self._backends: tuple[BackendChoice, ...] = ()
        self._every = 1
        self._format = picture_format()
        self._start_ns = 0
        self._next = 0

    @property
    def label(self) -> str:
        uncompiled = ", not compiled" if any(choice.rejected for choice in self._backends) else ""
        name = f" ({self._chosen.value})" if self._chosen.value else ""
        return f"built-in stage{name}, {STAGE_FPS} fps{uncompiled}"

    @property
    def rate(self) -> float:
        return STAGE_FPS / self._every

    def deliver_every(self, count: int) -> None:
        """See Thinnable.

        Raises:
            ValueError: count is below 1.
        """
        if count < 1:
            raise ValueError(f"every {count}th frame makes no sense")
        self._every = count

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._backends

    def open(self) -> None:
        """Prepare the textures (about 0.1 s)."""
        self._make_renderer()
        self._start_ns = self._clock.now_ns()
        self._next = 0

    def _make_renderer(self) -> StageRenderer:
        self._format = picture_format()
        lens = Lens(self._format.width, self._format.height)
        self._renderer = StageRenderer(self._seed, lens=lens, chosen=self._chosen)
        self._backends = self._renderer.backends()
        return self._renderer

    def read(self) -> Picture | None:
        """The next frame, at its time; its capture time is the instant it was due."""
        assert self._renderer is not None, "open comes first"
        renderer = self._renderer if self._format is picture_format() else self._make_renderer()
        elapsed = self._clock.now_ns() - self._start_ns
        # The first frame whose time is not over yet: its successor's is still to come.
        self._next = max(self._next, elapsed * STAGE_FPS // NS_PER_SECOND)
        self._next += -self._next % self._every
        offset_ns = self._next * NS_PER_SECOND // STAGE_FPS
        image, depth = renderer.render(offset_ns / NS_PER_SECOND)
        due_ns = self._start_ns + offset_ns
        if not wait_until(due_ns, self._clock, self._halt):
            return None
        self._next += 1
        return Picture(
            image=image,
            capture_ns=due_ns,
            true_depth=depth,
            true_pose=partial(renderer.skeletons, offset_ns / NS_PER_SECOND),
        )

    def close(self) -> None:
        self._renderer = None
