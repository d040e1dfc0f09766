"""Which faults a soak injects, when after one another, and with what: from a seed alone, however fast it goes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from engine.clock import NS_PER_SECOND

SHORTEST_PAUSE_S: Final = 4.0
LONGEST_PAUSE_S: Final = 7.0


@dataclass(frozen=True, slots=True)
class Draw:
    """One fault.

    Attributes:
        pause_s: from this one to the next, at least; seed: of the generator that it takes its parameters from.
    """

    name: str
    pause_s: float
    seed: int

    def random(self) -> Random:
        """A new generator for its parameters."""
        return Random(self.seed)


def draw_faults(names: Sequence[str], seed: int) -> Iterator[Draw]:
    """Draw for ever: each name once before any comes again."""
    random = Random(f"faults {seed}")
    while True:
        for name in random.sample(names, len(names)):
            yield Draw(name, random.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S), random.getrandbits(64))


@dataclass(frozen=True, slots=True)
class Course:
    """How a soak goes: a fault, then gestures until the next.

    Attributes:
        now_ns: the time; inject: do a fault; gesture: do one thing and wait a little, at an instant of the soak in
            seconds; follow: what is done at the end of a fault's span, with its begin and end; False ends the soak.
    """

    now_ns: Callable[[], int]
    inject: Callable[[Draw], None]
    gesture: Callable[[float], None]
    follow: Callable[[Draw, int, int], bool]

    def run(self, draws: Iterator[Draw], seconds: float, at_s: float = 0.0) -> None:
        """Go on for so long, from an instant of the soak on."""
        begun_ns = self.now_ns()
        while (fault_ns := self.now_ns()) - begun_ns < seconds * NS_PER_SECOND:
            draw = next(draws)
            self.inject(draw)
            until_ns = fault_ns + round(draw.pause_s * NS_PER_SECOND)
            while (now_ns := self.now_ns()) < until_ns:
                self.gesture(at_s + (now_ns - begun_ns) / NS_PER_SECOND)
            if not self.follow(draw, fault_ns, self.now_ns()):
                return
