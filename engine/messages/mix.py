"""How the input and the dream are mixed, frame by frame. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.messages.parameters import MIX_DRY, MIX_GROUND, MIX_PERSON


@dataclass(frozen=True, slots=True)
class MixTrack:
    """The mix of a chunk: one value for each of its frames, 0..1, or () where all are 0.

    Attributes:
        dry: the input's share of the whole picture.
        person: its share where the person is; ground: where the person is not. Of these and dry the greater counts.
        alpha: the matte goes along as the picture's alpha.
        by_map: the matte is the control map.
    """

    dry: tuple[float, ...] = ()
    person: tuple[float, ...] = ()
    ground: tuple[float, ...] = ()
    alpha: bool = False
    by_map: bool = False

    @property
    def plain(self) -> bool:
        """Return whether the dream is left as it is, and opaque."""
        return not (self.dry or self.person or self.ground or self.alpha)

    @property
    def keyed(self) -> bool:
        """Return whether a matte is needed."""
        return bool(self.person or self.ground or self.alpha)

    def shares(self, position: int) -> tuple[float, float]:
        """Return the input's share of a frame where the person is, and where the person is not."""
        dry, person, ground = (
            track[min(position, len(track) - 1)] if track else 0.0 for track in (self.dry, self.person, self.ground)
        )
        return max(dry, person), max(dry, ground)


PLAIN: Final = MixTrack()

PRESETS: Final[Mapping[str, Mapping[str, float]]] = {
    "Dream": {MIX_DRY: 0.0, MIX_PERSON: 0.0, MIX_GROUND: 0.0},
    "Input": {MIX_DRY: 1.0, MIX_PERSON: 0.0, MIX_GROUND: 0.0},
    "Person over dream": {MIX_DRY: 0.0, MIX_PERSON: 1.0, MIX_GROUND: 0.0},
    "Dream over person": {MIX_DRY: 0.0, MIX_PERSON: 0.0, MIX_GROUND: 1.0},
}
"""Usual mixes, by their words in the window."""

PRESET_S: Final = 0.5
"""How long the window takes from one of them to another, in seconds."""
