"""What the output is to show in an emergency, as a record in shared memory that the engine writes."""

import struct
from dataclasses import dataclass
from typing import Final

from engine.errors import OutputError
from engine.messages.emergency import LONGEST_FADE_S, EmergencyKind
from engine.output.layout import EMERGENCY_BYTES, EMERGENCY_OFFSET, SharedMemory, Word

_KINDS: Final = tuple(EmergencyKind)
_PATH_BYTES: Final = 1000
_RECORD: Final = struct.Struct(f"<B?d{_PATH_BYTES}s")
assert _RECORD.size <= EMERGENCY_BYTES


@dataclass(frozen=True, slots=True)
class EmergencyControls:
    """The request.

    Attributes:
        on: show it now, whatever comes; else only while nothing comes.
        clip: the file of LOOP, as engine.output.clip writes it; "" where there is none.
    """

    kind: EmergencyKind = EmergencyKind.HOLD
    fade_s: float = 2.0
    clip: str = ""
    on: bool = False

    def __post_init__(self) -> None:
        if len(self.clip.encode(errors="surrogateescape")) > _PATH_BYTES:
            raise OutputError("The path of the emergency clip is too long", where=self.clip)

    def packed(self) -> bytes:
        """Return it as bytes, as `unpack` reads them."""
        path = self.clip.encode(errors="surrogateescape")
        return _RECORD.pack(_KINDS.index(self.kind), self.on, self.fade_s, path)

    @classmethod
    def unpack(cls, record: bytes) -> "EmergencyControls":
        """Read such bytes; what is not valid there is as by default."""
        kind, on, fade_s, path = _RECORD.unpack(record)
        if kind >= len(_KINDS) or not 0.0 <= fade_s <= LONGEST_FADE_S:
            return cls()
        return cls(_KINDS[kind], fade_s, path.rstrip(b"\0").decode(errors="surrogateescape"), on)


RECORD_BYTES: Final = _RECORD.size


def read_emergency(memory: SharedMemory) -> EmergencyControls:
    """Read the request."""
    record = memory.read_guarded(Word.EMERGENCY_SEQUENCE, EMERGENCY_OFFSET, _RECORD.size)
    return EmergencyControls.unpack(record) if record is not None else EmergencyControls()


def write_emergency(memory: SharedMemory, controls: EmergencyControls) -> None:
    """Write the request (writer, or the host before anyone knows of the memory)."""
    if memory.words[Word.EMERGENCY_SEQUENCE] % 2:  # its writer died half-way
        memory.words[Word.EMERGENCY_SEQUENCE] += 1
    memory.write_guarded(Word.EMERGENCY_SEQUENCE, EMERGENCY_OFFSET, controls.packed())
