"""Where the full-screen output stands as displays come and go."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class OutputScreen:
    """The performer's wish and what is there; screens are known by name.

    Attributes:
        wanted: the display that was asked for, "" for none.
        present: the displays that are connected, the window's own first.
    """

    wanted: str = ""
    present: tuple[str, ...] = ()

    @property
    def shown_on(self) -> str:
        """The display to cover now; "" hides the output. It never moves to another display."""
        return self.wanted if self.wanted in self.present else ""

    @property
    def waiting(self) -> bool:
        """The wanted display is gone and is expected back."""
        return bool(self.wanted) and not self.shown_on

    @property
    def second(self) -> str:
        """The display that F11 takes: the first that is not the window's own, "" if there is none."""
        return next(iter(self.present[1:]), "")

    def seen(self, present: tuple[str, ...]) -> "OutputScreen":
        """With these displays connected."""
        return replace(self, present=present)

    def asked(self, wanted: str) -> "OutputScreen":
        """With this display wanted."""
        return replace(self, wanted=wanted)
