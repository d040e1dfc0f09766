"""The parameters of the mix, and how they travel."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.mailbox import Mailbox
from engine.messages.commands import SetParameter
from engine.messages.mix import MixTrack
from engine.messages.parameters import MIX_BY_MAP, MIX_DRY, MIX_GROUND, MIX_PARAMETERS, MIX_PERSON
from engine.messages.transitions import AT_ONCE, Ease
from engine.scheduling.glides import Glide, resting

BEAT_NS: Final = NS_PER_SECOND // 2
"""Of a glide in beats: the mix knows no tempo, 120 a minute stands in."""


class MixFaders:
    """Where the mix stands. Any thread turns; the engine thread asks for tracks."""

    def __init__(self) -> None:
        self._turns: Mailbox[SetParameter] = Mailbox()
        self._glides: dict[str, Glide] = {key: resting(value) for key, value in MIX_PARAMETERS.defaults().items()}
        self._targets: Mapping[str, float] = MIX_PARAMETERS.defaults()
        self._carries = False

    @property
    def keyed(self) -> bool:
        """Return whether a matte is needed, now or at the end of a glide; from any thread."""
        return self._carries or any(self._moves(key) for key in (MIX_PERSON, MIX_GROUND))

    @property
    def by_map(self) -> bool:
        """Return whether the control map is the matte; from any thread."""
        return self._targets[MIX_BY_MAP] >= 0.5

    def turn(self, command: SetParameter) -> None:
        """Ask for a value of one of MIX_PARAMETERS.

        Raises:
            ParameterError: it lies outside its range, or its glide is none.
        """
        spec = MIX_PARAMETERS[command.parameter]
        value = spec.check(command.value)
        (command.glide or spec.glide).span.length_ns(NS_PER_SECOND, BEAT_NS)
        self._turns.put(command)
        self._targets = {**self._targets, spec.id: value}

    def reset(self) -> None:
        """Go back to the dream alone, at once."""
        for spec in MIX_PARAMETERS.values():
            self.turn(SetParameter(stamp_ns=0, parameter=spec.id, value=spec.default, glide=AT_ONCE))

    def carry_alpha(self, on: bool) -> None:
        """Let the matte go along as the alpha, or not."""
        self._carries = on

    def track(self, content_ns: int, frames: int, step_ns: int) -> MixTrack:
        """Return the mix of the chunk that begins at this moment of content time.

        A hand that moves, told by several turns since the chunk before, is followed evenly through the chunk, so that
        no boundary is seen; a single turn glides as its parameter does.

        Args:
            frames: how many it has; step_ns: how long each is.
        """
        turns = self._turns.drain()
        chunk_ns, counts = frames * step_ns, Counter(one.parameter for one in turns)
        for command in turns:
            spec = MIX_PARAMETERS[command.parameter]
            glide, here = command.glide or spec.glide, self._glides[spec.id].value_at(content_ns)
            length_ns, ease = glide.span.length_ns(chunk_ns, BEAT_NS), glide.ease
            if command.glide is None and counts[spec.id] > 1 and 0 < length_ns < chunk_ns:
                length_ns, ease = chunk_ns, Ease.LINEAR
            still = length_ns <= 0
            self._glides[spec.id] = (
                resting(command.value) if still else Glide(here, command.value, content_ns, length_ns, ease)
            )
        instants = range(content_ns + step_ns, content_ns + (frames + 1) * step_ns, step_ns)
        dry, person, ground = (
            tuple(self._glides[key].value_at(at_ns) for at_ns in instants) for key in (MIX_DRY, MIX_PERSON, MIX_GROUND)
        )
        return MixTrack(_or_nothing(dry), _or_nothing(person), _or_nothing(ground), self._carries, self.by_map)

    def _moves(self, key: str) -> bool:
        glide = self._glides[key]
        return bool(self._targets[key] or glide.target or glide.origin)


def _or_nothing(track: tuple[float, ...]) -> tuple[float, ...]:
    return track if any(track) else ()
