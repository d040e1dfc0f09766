"""Tells that a source has fallen silent: one that is read but never returns says nothing of it itself."""

from typing import Final

from engine.clock import NS_PER_SECOND

SILENT_NS: Final = 6 * NS_PER_SECOND
"""No source is that slow. Those that notice it themselves (NDI after 5 s) know better why, and go first."""

MIN_LOOKS: Final = 8
"""Looks in that time at least: after a pause of the whole program, pictures may come first."""


class SilenceWatch:
    """When the newest picture came, and how often it has been looked for since. Whoever owns it locks it."""

    def __init__(self) -> None:
        self._since_ns: int | None = None
        self._looks = 0
        self.told = False
        """It is silent, and that was told."""

    def begin(self, now_ns: int) -> None:
        """A picture has come, or is waited for from now on."""
        self._since_ns, self._looks, self.told = now_ns, 0, False

    def look(self, now_ns: int) -> bool:
        """Look for a picture; True where none has come for SILENT_NS, once."""
        if self._since_ns is None or self.told:
            return False
        self._looks += 1
        self.told = now_ns - self._since_ns >= SILENT_NS and self._looks >= MIN_LOOKS
        return self.told
