"""The picture that lies over all that goes out, as a record in shared memory that the engine writes."""

import contextlib
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from engine.errors import OutputError
from engine.messages.parameters import LOGO_OPACITY, LOGO_PARAMETERS, LOGO_SIZE, LOGO_X, LOGO_Y
from engine.output.layout import LOGO_BYTES, LOGO_OFFSET, SharedMemory, Word

_LENGTH: Final = struct.Struct("<I")
_ROOM: Final = LOGO_BYTES - _LENGTH.size
SUFFIXES: Final = (".png", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class LogoControls:
    """The request; see LOGO_PARAMETERS.

    Attributes:
        file: of the picture, "" for none; on: it is shown.
    """

    file: str = ""
    on: bool = False
    opacity: float = LOGO_PARAMETERS[LOGO_OPACITY].default
    size: float = LOGO_PARAMETERS[LOGO_SIZE].default
    x: float = LOGO_PARAMETERS[LOGO_X].default
    y: float = LOGO_PARAMETERS[LOGO_Y].default

    @property
    def values(self) -> dict[str, float]:
        """Return where LOGO_PARAMETERS stand."""
        return {LOGO_OPACITY: self.opacity, LOGO_SIZE: self.size, LOGO_X: self.x, LOGO_Y: self.y}

    def packed(self) -> bytes:
        """Return it as bytes, as `parse` reads them.

        Raises:
            OutputError: the path is too long.
        """
        packed = json.dumps(asdict(self)).encode()
        if len(packed) > _ROOM:
            raise OutputError("The path of the logo is too long", where=self.file)
        return packed

    @classmethod
    def parse(cls, packed: bytes) -> "LogoControls":
        """Read such bytes; what is not valid there is as by default."""
        with contextlib.suppress(ValueError, TypeError, OutputError, KeyError):
            plain = json.loads(packed)
            values = {LOGO_PARAMETERS[f"logo.{key}"].id: plain[key] for key in ("opacity", "size", "x", "y")}
            return controls_of(str(plain["file"]), values, on=bool(plain["on"]))
        return cls()


def controls_of(file: str, values: Mapping[str, float], *, on: bool) -> LogoControls:
    """Return the request that values of LOGO_PARAMETERS, all of them, stand for."""
    opacity, size, x, y = (LOGO_PARAMETERS[key].check(values[key]) for key in (LOGO_OPACITY, LOGO_SIZE, LOGO_X, LOGO_Y))
    return LogoControls(file, on, opacity, size, x, y)


def check_logo(file: str) -> None:
    """Refuse a file that cannot be a logo.

    Raises:
        OutputError: it is missing, or no picture.
    """
    path = Path(file)
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError("A logo is a picture", where=path.name, remedy=f"Choose {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise OutputError("The logo is not there", where=file)


def read_logo(memory: SharedMemory) -> LogoControls:
    """Read the request."""
    record = memory.read_guarded(Word.LOGO_SEQUENCE, LOGO_OFFSET, LOGO_BYTES)
    if record is None:
        return LogoControls()
    (length,) = _LENGTH.unpack_from(record)
    return LogoControls.parse(record[_LENGTH.size : _LENGTH.size + min(length, _ROOM)])


def write_logo(memory: SharedMemory, controls: LogoControls) -> None:
    """Write the request (writer, or the host before anyone knows of the memory).

    Raises:
        OutputError: the path is too long.
    """
    packed = controls.packed()
    memory.write_guarded(Word.LOGO_SEQUENCE, LOGO_OFFSET, _LENGTH.pack(len(packed)) + packed)
