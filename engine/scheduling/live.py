"""The live state: current value and target of every parameter and of the prompt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from engine.errors import ParameterError
from engine.messages.commands import SetPrompt, SetPromptBlend
from engine.messages.modulation import Modulation
from engine.messages.parameters import ParameterTable
from engine.messages.prompt import PromptBlend
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import Ease
from engine.scheduling.glides import NO_DIP, Glide, PromptMorph, resting, settled
from engine.scheduling.tempo import Tempo

SNAPSHOT_SLOTS: Final = 16
"""As many as there are pads."""

HEAVIEST: Final = 1e6
"""Of a prompt's weight: sums of such stay finite."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole live state at one boundary, as it was seen: what glided then has stopped."""

    scene: Scene
    values: Mapping[str, float]
    prompt: PromptBlend
    tempo: Tempo
    modulation: Modulation = field(default_factory=dict)


class SnapshotSlots:
    """Snapshots by slot, 1 to SNAPSHOT_SLOTS."""

    def __init__(self) -> None:
        self._slots: dict[int, Snapshot] = {}

    def store(self, slot: int, snapshot: Snapshot) -> None:
        """Fill a slot.

        Raises:
            ParameterError: there is no such slot.
        """
        self._slots[self._checked(slot)] = snapshot

    def __getitem__(self, slot: int) -> Snapshot:
        """Return the snapshot of a slot.

        Raises:
            ParameterError: there is no such slot, or it is empty.
        """
        if self._checked(slot) not in self._slots:
            raise ParameterError(f"Snapshot {slot} is empty", remedy="Store one first.")
        return self._slots[slot]

    @staticmethod
    def _checked(slot: int) -> int:
        if not 1 <= slot <= SNAPSHOT_SLOTS:
            raise ParameterError(f"There is no snapshot {slot}", remedy=f"Choose 1 to {SNAPSHOT_SLOTS}.")
        return slot


_Worked: TypeAlias = tuple[Scene, dict[str, Glide], PromptMorph]
"""A scene, and what a cut to it sets. Nobody writes it again."""


class LiveState:
    """The state that chunks are generated from. Owned by the scheduler, which alone decides when it changes."""

    def __init__(self, table: ParameterTable, scene: Scene) -> None:
        self._table = table
        self._stored: dict[str, _Worked] = {}
        self._glides: dict[str, Glide] = {}
        self.cut_to(scene)

    def cut_to(self, scene: Scene) -> None:
        """Set every value to the scene's, at once."""
        self.scene = scene
        known = self._stored.get(scene.name)
        if known is None or known[0] is not scene:
            known = self._work_out(scene)
        self._glides = known[1].copy()
        self._morph = known[2]
        self._dip = NO_DIP

    def prepare(self, scene: Scene) -> None:
        """Work out now what a cut to this scene sets, so that the first one takes no longer than others."""
        self._work_out(scene)

    def _work_out(self, scene: Scene) -> _Worked:
        glides = {key: resting(value) for key, value in scene.values(self._table).items()}
        worked = self._stored[scene.name] = scene, glides, settled(scene.blend())
        return worked

    def replace_scene(self, scenes: SceneLibrary, renamed: tuple[str, str] | None) -> None:
        """Refer to the current scene's newly stored version or name; no value changes."""
        name = renamed[1] if renamed is not None and renamed[0] == self.scene.name else self.scene.name
        if name in scenes:
            self.scene = scenes[name]

    def glide_to(self, scene: Scene, content_ns: int, chunks: int, chunk_ns: int) -> Iterable[str]:
        """Glide to a scene without a reset; return the parameters that glide."""
        steps = max(chunks, 1)
        targets = scene.values(self._table)
        for key, target in targets.items():
            self.glide(key, target, content_ns, steps * chunk_ns, Ease.SMOOTH)
        self._morph = self._morph.retargeted(scene.blend(), steps)
        self._dip = self._dip.restarted(steps)
        self.scene = scene
        return targets

    def glide(self, key: str, target: float, content_ns: int, duration_ns: int, ease: Ease) -> None:
        """Glide one value from where it is."""
        if duration_ns <= 0:
            self._glides[key] = resting(target)
        else:
            self._glides[key] = Glide(self._glides[key].value_at(content_ns), target, content_ns, duration_ns, ease)

    def morph(self, blend: PromptBlend, chunks: int) -> None:
        """Morph the prompt from what is seen."""
        self._morph = self._morph.retargeted(blend, chunks)

    def restore(self, snapshot: Snapshot) -> None:
        """Set every value to the snapshot's, at once."""
        self.scene = snapshot.scene
        self._glides = {key: resting(value) for key, value in snapshot.values.items()}
        self._morph = settled(snapshot.prompt)
        self._dip = NO_DIP

    def snapshot(self, content_ns: int, tempo: Tempo, modulation: Modulation) -> Snapshot:
        """Return a snapshot of what is seen at an instant, before modulation."""
        values = MappingProxyType(self.values(content_ns))
        return Snapshot(self.scene, values, self._morph.blend(), tempo, modulation)

    def as_scene(self, name: str, modulation: Modulation) -> Scene:
        """Return every target as a scene; parameters at their defaults are left out."""
        defaults = self._table.defaults()
        target = self._morph.target
        return Scene(
            name=name,
            generator=self.scene.generator,
            prompt=target.text,
            parameters=MappingProxyType({k: v for k, v in self.targets.items() if v != defaults[k]}),
            prompts=MappingProxyType(dict(target.parts) if len(target.parts) > 1 else {}),
            modulation=modulation,
        )

    def step(self) -> bool:
        """Step the prompt and the dip by one boundary; return whether that changed something."""
        before = self._morph.blend(), self._dip.bias
        self._morph, self._dip = self._morph.stepped(), self._dip.stepped()
        return before != (self._morph.blend(), self._dip.bias)

    def values(self, content_ns: int) -> dict[str, float]:
        """Return the value of every parameter at an instant."""
        return {key: glide.value_at(content_ns) for key, glide in self._glides.items()}

    def track(self, key: str, instants: Sequence[int]) -> list[float]:
        """Return the values of one parameter at several instants."""
        glide = self._glides[key]
        return [glide.value_at(content_ns) for content_ns in instants]

    @property
    def targets(self) -> dict[str, float]:
        """Return the target of every parameter."""
        return {key: glide.target for key, glide in self._glides.items()}

    @property
    def prompt(self) -> PromptBlend:
        """Return the prompt that is seen."""
        return self._morph.blend()

    @property
    def prompt_target(self) -> str:
        """Return the target prompt in one line."""
        return self._morph.target.text

    @property
    def prompt_progress(self) -> float:
        """Return the morph's progress, 0..1, exactly 1.0 at the end."""
        return self._morph.progress

    @property
    def past_bias(self) -> float:
        """Return the weight of the past, 0..1."""
        return self._dip.bias


def blend_of(command: SetPrompt | SetPromptBlend) -> PromptBlend:
    """Return a command's blend, its texts tidied and its weights scaled to a sum of 1.

    Raises:
        ParameterError: there are no words in it, or a weight is not above 0.
    """
    parts = ((command.text, 1.0),) if isinstance(command, SetPrompt) else command.parts
    weights: dict[str, float] = {}
    for text, weight in parts:
        tidy = text.strip()
        if not tidy:
            raise ParameterError("The prompt is empty", remedy="Write at least one word.")
        if not 0.0 < weight <= HEAVIEST:
            raise ParameterError(
                f"The weight of a prompt cannot be {weight:g}", where=tidy, remedy="Choose a number above 0."
            )
        weights[tidy] = weights.get(tidy, 0.0) + weight
    if not weights:
        raise ParameterError("The blend holds no prompt", remedy="Give at least one.")
    total = sum(weights.values())
    return PromptBlend(tuple((text, weight / total) for text, weight in weights.items()), command.style)
