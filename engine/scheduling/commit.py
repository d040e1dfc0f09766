"""The result of a boundary, for the chunk that follows and for every listener."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import Origin
from engine.messages.events import Event
from engine.messages.prompt import PromptBlend
from engine.messages.reference import Reference
from engine.scheduling.modulation.rack import STILL, Moved


@dataclass(frozen=True, slots=True)
class Cut:
    """A hard cut that a boundary committed.

    Attributes:
        due_ns: the beat it was queued for, 0 if it was not.
        snapshot: the slot that it returns to: whoever kept the caches of that moment may put them back instead of
            resetting them; None for every other cut.
    """

    epoch: int
    scene: str
    reason: str
    origin: Origin
    stamp_ns: int
    due_ns: int = 0
    snapshot: int | None = None


@dataclass(frozen=True, slots=True)
class SceneStart:
    """What a cut to a scene commits.

    Attributes:
        visit: how often the scene had been begun before; opening noise is drawn from it, so that a scene
            opens differently each time and yet foreseeably.
        reference: the picture that it begins with, or None.
    """

    scene: str
    values: Mapping[str, float]
    prompt: PromptBlend
    visit: int
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class NextLaunch:
    """The first of the cuts that wait for their beat; scene is "" if it opens no scene as stored."""

    due_ns: int
    scene: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What one boundary decided: an immutable snapshot for the chunk that follows.

    Attributes:
        version: counts the boundaries at which something differed.
        cuts: hard cuts committed here, in order; the caches are reset if there is one.
        values, targets: every parameter at the end of the chunk, and where it is going, before modulation.
        changed: something differs from the boundary before.
        origins: who last set each parameter that a command touched here.
        events: what there is to tell (refusals, queued cuts, tempo).
        visit: how often the epoch's scene had been begun before, see SceneStart.
        past_bias: see ChunkRequest.
        stored: snapshot slots filled here: whoever keeps caches keeps those of this moment.
        quality: the steps of quality that are taken, by id; see ChunkRequest.
        sound: what is heard, for each frame of the chunk.
        moved: what modulation adds in the chunk that follows.
        reference: the picture that cuts begin with, or None.
    """

    version: int
    epoch: int
    scene: str
    cuts: tuple[Cut, ...]
    values: Mapping[str, float]
    targets: Mapping[str, float]
    prompt: PromptBlend
    prompt_target: str
    prompt_progress: float
    changed: bool
    origins: Mapping[str, Origin]
    events: tuple[Event, ...]
    visit: int = 0
    past_bias: float = 1.0
    stored: tuple[int, ...] = ()
    quality: tuple[str, ...] = ()
    sound: FeatureTrack = NO_SOUND
    moved: Moved = STILL
    reference: Reference | None = None

    @property
    def end_values(self) -> Mapping[str, float]:
        """Return every parameter at the end of the chunk, as modulation has it."""
        tracks = self.moved.tracks
        return {**self.values, **{key: track[-1] for key, track in tracks.items()}} if tracks else self.values
