"""What a generator leaves to the one that is built after it: another format, or a process fewer."""

from dataclasses import dataclass

from engine.generators.wan.assembly import WanParts
from engine.generators.wan.parallel.hand import Hand


@dataclass(frozen=True, slots=True)
class LeftParts:
    """What the warm-up loaded, left to the generator that follows.

    Attributes:
        hands: other processes that have loaded the same.
        in_haste: a show stands still until the next one plays; replays: whether passes were replayed.
    """

    parts: WanParts
    hands: tuple[Hand, ...] = ()
    in_haste: bool = False
    replays: bool = False

    def dismiss(self) -> None:
        """The other processes are of no use."""
        for hand in self.hands:
            hand.end(0.0)

    def close(self) -> None:
        self.dismiss()
        self.parts.texts.close()
