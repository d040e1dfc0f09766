"""What a performer's hands do in a soak: gestures by OSC, drawn from a seed."""

from random import Random
from typing import Final

from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.generators.scenes import load_scenes
from tests.soak.show import Show

_HELD: Final = ("freeze", "blackout", "emergency")
LONGEST_HOLD_S: Final = 0.8


class Hands:
    """Makes one gesture at a time. What holds the picture is let go at the next."""

    def __init__(self, show: Show, random: Random) -> None:
        spec = find_generator(DEFAULT_GENERATOR).describe()
        self._show = show
        self._random = random
        self._scenes = tuple(load_scenes(spec))
        self._parameters = tuple(one.removeprefix("field.") for one in spec.parameters)
        self._held = ""

    def let_go(self) -> None:
        """Let go of what holds the picture."""
        if self._held:
            self._show.osc(self._held, False)
            self._held = ""

    def rest(self) -> None:
        """Let go, and go back to where a show begins."""
        self.let_go()
        self._show.osc("panic")

    def gesture(self) -> None:
        """Do one thing."""
        show, random = self._show, self._random
        if self._held:
            self.let_go()
            return
        match random.randrange(16):
            case 0 | 1 | 2:
                show.osc("cut", random.choice(self._scenes))
            case 3:
                show.osc("morph", random.choice(self._scenes))
            case 4 | 5:
                show.osc(f"pad/{random.randint(1, 64)}")
            case 6 | 7 | 8:
                show.osc(f"travel/field/{random.choice(self._parameters)}", random.random())
            case 9:
                show.osc("prompt", " ".join(random.sample(("gold", "water", "neon", "smoke", "fire", "ice"), 3)))
            case 10:
                show.osc("tap")
            case 11:
                show.osc("launch", random.choice(("now", "now", "beat", "bar")))
            case 12:
                show.osc(random.choice(("snapshot/store", "snapshot/recall")), random.randint(1, 4))
            case 13:
                show.osc("emergency/kind", random.choice(("hold", "breathe", "black", "loop")))
            case 14:
                self._held = random.choice(_HELD)
                show.osc(self._held, True)
            case _:
                show.osc("panic")
