"""A chunk boundary while it is being committed."""

from dataclasses import dataclass, field

from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import Origin, SetParameter, SetPrompt, SetPromptBlend
from engine.messages.events import Event
from engine.scheduling.commit import Cut


@dataclass(slots=True)
class BoundaryDraft:
    """What is gathered at one boundary.

    Attributes:
        now_ns, content_ns, chunk_ns, sound, chunk_frames: as CommitScheduler.boundary takes them.
        moves, words: the latest of the continuous commands since the last one-shot.
        touched: something differs, whether or not a value does.
    """

    now_ns: int
    content_ns: int
    chunk_ns: int
    sound: FeatureTrack = NO_SOUND
    chunk_frames: int = 1
    cuts: list[Cut] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    stored: list[int] = field(default_factory=list)
    moves: dict[str, SetParameter] = field(default_factory=dict)
    words: SetPrompt | SetPromptBlend | None = None
    touched: bool = False
