"""Decide which scenes are kept ready for an instant cut, and when there is time to prepare them. Pure bookkeeping.

A pad's opening chunk is made ahead, in the time the engine has left between two chunks of the show. It is shown
only if it is exactly what the cut would have made: of the same values, prompt and noise, from input that is not
yet old.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.base import ChunkKey, Opening, opening_key
from engine.messages.events import ArmState, SceneArming
from engine.messages.prompt import PromptBlend
from engine.messages.reference import Reference
from engine.scheduling.commit_scheduler import SceneStart

MEMORY_BUDGET_BYTES: Final = 512 * 2**20
"""Sixteen openings of the field take 55 MiB, sixteen of twelve-frame chunks with their caches a few hundred."""

REFRESH_AFTER_NS: Final = 2 * NS_PER_SECOND
STALE_AFTER_NS: Final = 4 * NS_PER_SECOND
"""An opening is dreamt from the input of its making. It is made anew from the first age on, and not shown from the
second on: for the two frames that it lasts a figure may be where it was a few seconds ago, but not in another
picture."""

PIECES_REMEMBERED: Final = 16
"""Durations of pieces remembered: two openings of the field."""

GUARD_NS: Final = 2 * NS_PER_MS
"""Time left over after a piece; beyond it lies the margin of the chunk pacing."""

FIRST_REST_NS: Final = 2 * NS_PER_SECOND
LONGEST_REST_NS: Final = 32 * NS_PER_SECOND
"""When the output ran dry nothing is prepared for a while; twice as long if it does so again soon after."""

STARVED_AFTER_NS: Final = 3 * NS_PER_SECOND
"""Without time for a single piece for so long, it is told that the show needs all of it."""


@dataclass(frozen=True, slots=True)
class OpeningRecipe:
    """Everything that an opening is made of, except its input."""

    key: ChunkKey
    values: tuple[tuple[str, float], ...]
    prompt: PromptBlend
    reference: Reference | None = None

    @staticmethod
    def of(seed: int, start: SceneStart) -> "OpeningRecipe":
        """Return the recipe of what a cut commits."""
        key = opening_key(seed, start.scene, start.visit)
        return OpeningRecipe(key, tuple(sorted(start.values.items())), start.prompt, start.reference)


@dataclass(frozen=True, slots=True)
class _ReadyOpening:
    recipe: OpeningRecipe
    opening: Opening
    made_ns: int


class ArmedScenes:
    """Store prepared openings within a memory budget. One thread owns it; the time is an argument.

    Scenes rank by how lately they were cut to, then by the order in which they were requested; a scene whose cut
    waits for its beat ranks first. Where memory is short the last in rank are dropped.
    """

    def __init__(self, budget_bytes: int = MEMORY_BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._requested: list[str] = []
        self._waiting = ""
        self._uses: dict[str, int] = {}
        self._use_count = 0
        self._openings: dict[str, _ReadyOpening] = {}
        self._sizes: dict[str, int] = {}
        self._refused: dict[str, tuple[OpeningRecipe, str]] = {}

    @property
    def barred(self) -> bool:
        """Return whether nothing may be kept ready."""
        return self._budget_bytes <= 0

    @property
    def bytes(self) -> int:
        """Return the memory of the openings in bytes, never above the budget."""
        return sum(ready.opening.bytes for ready in self._openings.values())

    @property
    def requested(self) -> tuple[str, ...]:
        """Return the scenes to keep ready: as requested, then one whose cut waits for its beat."""
        waiting = [self._waiting] if self._waiting and self._waiting not in self._requested else []
        return (*self._requested, *waiting)

    @property
    def ranked(self) -> tuple[str, ...]:
        """Return the scenes to keep ready, highest rank first."""
        return tuple(sorted(self.requested, key=lambda scene: (scene != self._waiting, -self._uses.get(scene, 0))))

    def request(self, scenes: Sequence[str]) -> None:
        """Keep these scenes ready and no others."""
        self._requested = list(dict.fromkeys(scenes))
        self._drop_unrequested()

    def pin(self, scene: str, on: bool) -> None:
        """Keep one more scene ready, or one less."""
        self.request([*(name for name in self._requested if name != scene), *([scene] if on else [])])

    def set_waiting(self, scene: str) -> None:
        """Set the scene whose cut waits for its beat; "" for none."""
        self._waiting = scene
        self._drop_unrequested()

    def record_cut(self, scene: str) -> None:
        """Record a cut to this scene, which raises its rank."""
        self._use_count += 1
        self._uses[scene] = self._use_count

    def set_budget(self, budget_bytes: int) -> None:
        """Set the memory budget in bytes; drop the last in rank beyond it."""
        self._budget_bytes = budget_bytes
        self._keep_budget()

    def forget_all(self) -> None:
        """Drop every opening, as the generator that made them is gone."""
        self._openings.clear()
        self._sizes.clear()
        self._refused.clear()

    def review(self, recipe: OpeningRecipe, scene: str) -> None:
        """Drop the scene's opening if a cut to it would now have another recipe."""
        if scene in self._openings and self._openings[scene].recipe != recipe:
            del self._openings[scene]
        if scene in self._refused and self._refused[scene][0] != recipe:
            del self._refused[scene]

    def next(self, now_ns: int) -> str | None:
        """Return the first scene in rank without an opening or with an aged one, to prepare next; None without one."""
        if self.barred:
            return None
        room_bytes = self._budget_bytes
        guess_bytes = max(self._sizes.values(), default=0)
        for scene in self.ranked:
            room_bytes -= self._sizes.get(scene, guess_bytes)
            if room_bytes < 0:
                return None
            ready = self._openings.get(scene)
            aged = ready is None or now_ns - ready.made_ns >= REFRESH_AFTER_NS
            if aged and scene not in self._refused:
                return scene
        return None

    def store(self, scene: str, recipe: OpeningRecipe, opening: Opening, made_ns: int) -> None:
        """Store an opening, made from the input of made_ns; drop the last in rank beyond the budget."""
        if scene not in self.requested:
            return
        self._sizes[scene] = opening.bytes
        self._openings[scene] = _ReadyOpening(recipe, opening, made_ns)
        self._keep_budget()

    def refuse(self, scene: str, recipe: OpeningRecipe, why: str) -> None:
        """Mark the scene's opening as impossible to make until the scene is edited."""
        self._openings.pop(scene, None)
        self._refused[scene] = (recipe, why)

    def ready(self, scene: str, now_ns: int) -> bool:
        """Return whether a cut to this scene now would be instant, should nothing be set on top of it."""
        ready = self._openings.get(scene)
        return ready is not None and now_ns - ready.made_ns < STALE_AFTER_NS

    def claim(self, scene: str, recipe: OpeningRecipe, now_ns: int) -> Opening | None:
        """Remove and return the scene's opening if it has this recipe and is not stale; else None."""
        ready = self._openings.pop(scene, None)
        if ready is None or ready.recipe != recipe or now_ns - ready.made_ns >= STALE_AFTER_NS:
            return None
        return ready.opening

    def states(self, now_ns: int, arming: str, hindrance: str) -> tuple[SceneArming, ...]:
        """Return the state of each requested scene.

        Args:
            arming: the scene that is being prepared, or "".
            hindrance: why nothing can be prepared at the moment, or "".
        """
        return tuple(self._state(scene, now_ns, arming, hindrance) for scene in self.requested)

    def _state(self, scene: str, now_ns: int, arming: str, hindrance: str) -> SceneArming:
        if self.ready(scene, now_ns):
            return SceneArming(scene, ArmState.ARMED)
        if scene in self._refused:
            return SceneArming(scene, ArmState.LOADED, self._refused[scene][1])
        if scene == arming:
            return SceneArming(scene, ArmState.ARMING)
        if hindrance:
            return SceneArming(scene, ArmState.LOADED, hindrance)
        return SceneArming(scene, ArmState.LOADED, "" if self._fits(scene) else "the memory for armed pads is full")

    def _fits(self, scene: str) -> bool:
        guess_bytes = max(self._sizes.values(), default=0)
        ranked = self.ranked
        before = ranked[: ranked.index(scene) + 1]
        return sum(self._sizes.get(name, guess_bytes) for name in before) <= self._budget_bytes

    def _keep_budget(self) -> None:
        for last in reversed(self.ranked):
            if self.bytes <= self._budget_bytes:
                return
            self._openings.pop(last, None)

    def _drop_unrequested(self) -> None:
        requested = set(self.requested)
        for scene in [scene for scene in self._openings if scene not in requested]:
            del self._openings[scene]


class SlackPolicy:
    """Decide whether a piece of preparation fits in before the next chunk of the show must start."""

    def __init__(self) -> None:
        self._pieces: deque[int] = deque(maxlen=PIECES_REMEMBERED)
        self._tried_ns = 0
        self._refused_since_ns: int | None = None
        self._rest_until_ns = 0
        self._rest_ns = FIRST_REST_NS

    def allows(self, now_ns: int, slack_ns: int) -> bool:
        """Return whether to do a piece now; slack_ns: time until the next chunk must start.

        The first piece is done unmeasured; the margin of the chunk pacing absorbs it.
        """
        if self.resting(now_ns):
            return False
        if slack_ns >= self.expected_ns + GUARD_NS:
            self._tried_ns = now_ns
            self._refused_since_ns = None
            return True
        if self._refused_since_ns is None:
            self._refused_since_ns = now_ns
        if now_ns - self._tried_ns >= NS_PER_SECOND and self._pieces:
            # One piece that something else held up must not end all preparation for good.
            self._tried_ns = now_ns
            self._pieces.remove(max(self._pieces))
        return False

    @property
    def expected_ns(self) -> int:
        """Return the expected duration of a piece: of those remembered the second longest, of many that which a quarter
        exceed. They are of several kinds, the longest of which is a quarter of the field's; what is held up now and
        then, the margin of the chunk pacing absorbs."""
        return sorted(self._pieces)[-max(2, len(self._pieces) // 4) :][0] if self._pieces else 0

    def resting(self, now_ns: int) -> bool:
        """Return whether preparation pauses because the output has lately run dry."""
        return now_ns < self._rest_until_ns

    def starved(self, now_ns: int) -> bool:
        """Return whether there has been no time for a piece for long: the show needs all there is."""
        return self._refused_since_ns is not None and now_ns - self._refused_since_ns >= STARVED_AFTER_NS

    def record(self, duration_ns: int) -> None:
        """Record the duration of a piece."""
        self._pieces.append(duration_ns)

    def record_underrun(self, now_ns: int) -> None:
        """Record that a chunk of the show came too late: pause preparation for a while."""
        soon = self._rest_until_ns > 0 and now_ns < self._rest_until_ns + self._rest_ns
        self._rest_ns = min(self._rest_ns * 2, LONGEST_REST_NS) if soon else FIRST_REST_NS
        self._rest_until_ns = now_ns + self._rest_ns
