"""What viewers see while no pictures come, or while the performer asks for it: chosen before it is needed."""

import json
import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from engine.documents import is_missing, read_toml
from engine.errors import OutputError
from engine.files import FileKind, save_file

LONGEST_FADE_S: Final = 60.0
_FILE: Final = FileKind(
    "file of the emergency picture", OutputError, "The last picture is held.", "It stays chosen until the end."
)
_WAYS: Final = "hold, breathe, black, black:SECONDS or loop:FILE"


class EmergencyKind(Enum):
    """HOLD: the last good picture. BREATHE: it grows slowly darker and brighter. BLACK: it fades to black.
    LOOP: a clip or a still, over and over."""

    HOLD = "hold"
    BREATHE = "breathe"
    BLACK = "black"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Emergency:
    """The choice, written hold, breathe, black:4, loop:/clips/logo.mp4.

    Attributes:
        fade_s: how long BLACK fades, 0..60.
        file: what LOOP plays; kept while another kind is chosen.
    """

    kind: EmergencyKind = EmergencyKind.HOLD
    fade_s: float = 2.0
    file: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.fade_s) and 0.0 <= self.fade_s <= LONGEST_FADE_S):
            raise OutputError(
                f"A fade to black cannot last {self.fade_s:g} s", remedy=f"Choose 0 to {LONGEST_FADE_S:g} seconds."
            )

    def __str__(self) -> str:
        match self.kind:
            case EmergencyKind.BLACK:
                return f"black:{self.fade_s:g}"
            case EmergencyKind.LOOP:
                return f"loop:{self.file}"
        return str(self.kind.value)


def parse_emergency(text: str) -> Emergency:
    """Read a choice.

    Raises:
        OutputError: it is none.
    """
    word, colon, rest = text.partition(":")
    if word == "loop" and rest:
        return Emergency(EmergencyKind.LOOP, file=rest)
    if word == "black" and colon:
        try:
            return Emergency(EmergencyKind.BLACK, float(rest))
        except ValueError as error:
            raise OutputError("This is no time to fade", where=text, remedy=f"Write {_WAYS}.") from error
    if word in ("hold", "breathe", "black") and not colon:
        return Emergency(EmergencyKind(word))
    raise OutputError("This is nothing to show in an emergency", where=text, remedy=f"Write {_WAYS}.")


def load_emergency(path: Path) -> Emergency | None:
    """Read what was chosen last; None where nothing was.

    Raises:
        OutputError: the file is damaged.
    """
    if is_missing(path):
        return None
    shows = read_toml(path, _FILE).get("shows")
    if not isinstance(shows, str):
        raise OutputError("The file of the emergency picture does not say what it shows", where=path.name)
    return parse_emergency(shows)


def save_emergency(path: Path, emergency: Emergency) -> None:
    """Keep what was chosen.

    Raises:
        OutputError: the file cannot be written.
    """
    save_file(path, f"shows = {json.dumps(str(emergency))}\n", _FILE)
