"""Which scenes are kept ready for an instant cut, and when there is time to make them so. Pure bookkeeping.

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
from engine.scheduling.commit_scheduler import SceneStart

MEMORY_BUDGET_BYTES: Final = 512 * 2**20
"""Sixteen openings of the field take 80 MiB, sixteen of twelve-frame chunks with their caches a few hundred."""

REFRESH_AFTER_NS: Final = 2 * NS_PER_SECOND
STALE_AFTER_NS: Final = 4 * NS_PER_SECOND
"""An opening is dreamt from the input of its making. It is made anew from the first age on, and not shown from the
second on: for the two frames that it lasts a figure may be where it was a few seconds ago, but not in another
picture."""

PIECES_KEPT: Final = 16
"""Durations of pieces remembered: two openings of the field."""

GUARD_NS: Final = 2 * NS_PER_MS
"""Time left over after a piece; beyond it lies the margin of the chunk pacing."""

FIRST_REST_NS: Final = 2 * NS_PER_SECOND
LONGEST_REST_NS: Final = 32 * NS_PER_SECOND
"""When the output ran dry nothing is prepared for a while; twice as long if it does so again soon after."""


@dataclass(frozen=True, slots=True)
class OpeningRecipe:
    """Everything that an opening is made of but its input."""

    key: ChunkKey
    values: tuple[tuple[str, float], ...]
    prompt: PromptBlend

    @staticmethod
    def of(seed: int, start: SceneStart) -> "OpeningRecipe":
        """The recipe of what a cut commits."""
        key = opening_key(seed, start.scene, start.visit)
        return OpeningRecipe(key, tuple(sorted(start.values.items())), start.prompt)


@dataclass(frozen=True, slots=True)
class _Kept:
    recipe: OpeningRecipe
    opening: Opening
    made_ns: int


class ArmedScenes:
    """The openings at hand. One thread owns it; it is told the time.

    Scenes rank by how lately they were cut to, then by the order in which they were named; a scene whose cut waits
    for its beat comes before all. Where memory is short the last in rank give way.
    """

    def __init__(self, budget_bytes: int = MEMORY_BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._wanted: list[str] = []
        self._waiting = ""
        self._uses: dict[str, int] = {}
        self._use_count = 0
        self._kept: dict[str, _Kept] = {}
        self._sizes: dict[str, int] = {}
        self._refused: dict[str, tuple[OpeningRecipe, str]] = {}

    @property
    def bytes(self) -> int:
        """Memory that the openings hold, never above the budget."""
        return sum(kept.opening.bytes for kept in self._kept.values())

    @property
    def wanted(self) -> tuple[str, ...]:
        """The scenes to be kept ready: as named, then one that waits for its beat."""
        waiting = [self._waiting] if self._waiting and self._waiting not in self._wanted else []
        return (*self._wanted, *waiting)

    @property
    def ranked(self) -> tuple[str, ...]:
        """The scenes to be kept ready, the most important first."""
        return tuple(sorted(self.wanted, key=lambda scene: (scene != self._waiting, -self._uses.get(scene, 0))))

    def want(self, scenes: Sequence[str]) -> None:
        """Keep these ready and no others."""
        self._wanted = list(dict.fromkeys(scenes))
        self._drop_unwanted()

    def pin(self, scene: str, on: bool) -> None:
        """Keep one more ready, or one less."""
        self.want([*(name for name in self._wanted if name != scene), *([scene] if on else [])])

    def expect(self, scene: str) -> None:
        """A cut to this scene waits for its beat; "" for none."""
        self._waiting = scene
        self._drop_unwanted()

    def used(self, scene: str) -> None:
        """There was a cut to this scene."""
        self._use_count += 1
        self._uses[scene] = self._use_count

    def allow(self, budget_bytes: int) -> None:
        """Keep this much from now on."""
        self._budget_bytes = budget_bytes

    def forget_all(self) -> None:
        """Every opening has become worthless: the generator that made them is gone."""
        self._kept.clear()
        self._sizes.clear()
        self._refused.clear()

    def review(self, recipe: OpeningRecipe, scene: str) -> None:
        """Drop what was made for this scene if a cut to it would now be something else."""
        if scene in self._kept and self._kept[scene].recipe != recipe:
            del self._kept[scene]
        if scene in self._refused and self._refused[scene][0] != recipe:
            del self._refused[scene]

    def next(self, now_ns: int) -> str | None:
        """The scene to prepare next: the first in rank without an opening, or with one that has aged."""
        room_bytes = self._budget_bytes
        guess_bytes = max(self._sizes.values(), default=0)
        for scene in self.ranked:
            room_bytes -= self._sizes.get(scene, guess_bytes)
            if room_bytes < 0:
                return None
            kept = self._kept.get(scene)
            aged = kept is None or now_ns - kept.made_ns >= REFRESH_AFTER_NS
            if aged and scene not in self._refused:
                return scene
        return None

    def keep(self, scene: str, recipe: OpeningRecipe, opening: Opening, made_ns: int) -> None:
        """Take an opening, made from the input of made_ns; what is last in rank gives way to the budget."""
        if scene not in self.wanted:
            return
        self._sizes[scene] = opening.bytes
        self._kept[scene] = _Kept(recipe, opening, made_ns)
        for last in reversed(self.ranked):
            if self.bytes <= self._budget_bytes:
                return
            self._kept.pop(last, None)

    def refuse(self, scene: str, recipe: OpeningRecipe, why: str) -> None:
        """The opening of this scene cannot be made; it is not tried again until the scene is edited."""
        self._kept.pop(scene, None)
        self._refused[scene] = (recipe, why)

    def ready(self, scene: str, now_ns: int) -> bool:
        """Whether a cut to this scene now would be an instant one, should nothing be set on top of it."""
        kept = self._kept.get(scene)
        return kept is not None and now_ns - kept.made_ns < STALE_AFTER_NS

    def take(self, scene: str, recipe: OpeningRecipe, now_ns: int) -> Opening | None:
        """The opening of a cut that is being committed, if it is that of this recipe and not stale. It is used up."""
        kept = self._kept.pop(scene, None)
        if kept is None or kept.recipe != recipe or now_ns - kept.made_ns >= STALE_AFTER_NS:
            return None
        return kept.opening

    def states(self, now_ns: int, arming: str, hindrance: str) -> tuple[SceneArming, ...]:
        """How far each wanted scene is.

        Args:
            arming: the scene that is being prepared, or "".
            hindrance: why nothing can be prepared at the moment, or "".
        """
        return tuple(self._state(scene, now_ns, arming, hindrance) for scene in self.wanted)

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

    def _drop_unwanted(self) -> None:
        wanted = set(self.wanted)
        for scene in [scene for scene in self._kept if scene not in wanted]:
            del self._kept[scene]


class SlackPolicy:
    """Whether a piece of preparation fits in before the next chunk of the show must begin. Told the time."""

    def __init__(self) -> None:
        self._pieces: deque[int] = deque(maxlen=PIECES_KEPT)
        self._tried_ns = 0
        self._rest_until_ns = 0
        self._rest_ns = FIRST_REST_NS

    def allows(self, now_ns: int, slack_ns: int) -> bool:
        """Whether to do a piece now; slack_ns: until the next chunk must begin.

        How long a piece takes is found out with the first; the margin of the chunk pacing takes that up.
        """
        if self.resting(now_ns):
            return False
        if slack_ns >= self.expected_ns + GUARD_NS:
            self._tried_ns = now_ns
            return True
        if now_ns - self._tried_ns >= NS_PER_SECOND and self._pieces:
            # One piece that something else held up must not end all preparation for good.
            self._tried_ns = now_ns
            self._pieces.remove(max(self._pieces))
        return False

    @property
    def expected_ns(self) -> int:
        """How long a piece may take: the second longest of those remembered."""
        return sorted(self._pieces)[-2:][0] if self._pieces else 0

    def resting(self, now_ns: int) -> bool:
        """Whether nothing is prepared because the output has lately run dry."""
        return now_ns < self._rest_until_ns

    def record(self, duration_ns: int) -> None:
        """A piece took this long."""
        self._pieces.append(duration_ns)

    def ran_dry(self, now_ns: int) -> None:
        """A chunk of the show came too late: leave all the time to the show."""
        soon = self._rest_until_ns > 0 and now_ns < self._rest_until_ns + self._rest_ns
        self._rest_ns = min(self._rest_ns * 2, LONGEST_REST_NS) if soon else FIRST_REST_NS
        self._rest_until_ns = now_ns + self._rest_ns
