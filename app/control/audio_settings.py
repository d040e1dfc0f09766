"""What the user has set about sound: the input, its gain, and whether its beat is ours. Kept as audio.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.control.toml_sections import Section
from app.errors import ControlError

NONE: Final = "none"
SOURCE: Final = "source"

LEAST_GAIN_DB: Final = -20.0
MOST_GAIN_DB: Final = 40.0


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """How sound is heard.

    Attributes:
        input: an input's name or part of it, "source" (the sound of what plays) or "none".
        gain_db: fixed, within LEAST_GAIN_DB..MOST_GAIN_DB; None: it follows the loudness.
        beat: its tempo and beat are ours while they are found.
    """

    input: str = NONE
    gain_db: float | None = None
    beat: bool = True


def parse_audio(document: Mapping[str, object], where: str) -> AudioSettings:
    """The settings from their TOML document; ControlError with file and key."""
    top = Section(document, where, "")
    top.only("input", "gain_db", "beat")
    name = document.get("input", NONE)
    gain = document.get("gain_db")
    beat = document.get("beat", True)
    if not isinstance(name, str) or not name.strip():
        raise ControlError("input should be a name", where=where)
    if gain is not None and (isinstance(gain, bool) or not isinstance(gain, int | float)):
        raise ControlError("gain_db should be a number", where=where)
    if gain is not None and not LEAST_GAIN_DB <= gain <= MOST_GAIN_DB:
        raise ControlError(f"gain_db should be from {LEAST_GAIN_DB:g} to {MOST_GAIN_DB:g}", where=where)
    if not isinstance(beat, bool):
        raise ControlError("beat should be true or false", where=where)
    return AudioSettings(name, None if gain is None else float(gain), beat)


def audio_document(settings: AudioSettings) -> dict[str, object]:
    """The settings as TOML."""
    gain = {} if settings.gain_db is None else {"gain_db": settings.gain_db}
    return {"input": settings.input, **gain, "beat": settings.beat}
