"""What an output process leaves to the one that takes its place: its pictures, its controls, its epoch.

The engine reads it from the memory of a process that has died, lets go of that memory, and hands it to the successor
through its standard input: neither needs a file, nor room for a second ring beside the first. So the successor's very
first frame is the picture that was on air, frozen or dark if it was.
"""

import struct
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np

from engine.output.controls import Controls, read_controls, write_controls
from engine.output.emergency_controls import RECORD_BYTES, EmergencyControls, read_emergency, write_emergency
from engine.output.layout import HELD, MAGIC, PICTURE_BYTES, SharedMemory, Word, fence

_HEAD: Final = struct.Struct("<QQQ??d?")
"""Magic, last epoch, programme word, freeze, blackout, level, emergency shown. The emergency's record follows, and the
pictures if the word says that there are."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a new output process begins with.

    Attributes:
        programme: the word of engine.output.programme.Programme; 0: no picture yet.
        pictures: the bytes of both pictures, or b"" where there is none.
        emergency: what is shown in one; emergency_shown: it is one now.
    """

    controls: Controls = field(default_factory=Controls)
    last_epoch: int = 0
    programme: int = 0
    pictures: bytes = b""
    emergency: EmergencyControls = field(default_factory=EmergencyControls)
    emergency_shown: bool = False

    @classmethod
    def of(cls, memory: SharedMemory, controls: Controls) -> "Inheritance":
        """Read the memory of a process that no longer writes there, with these controls."""
        fence()
        words = memory.words
        programme = int(words[Word.PROGRAMME])
        pictures = memory.held.tobytes() if programme else b""
        shown = bool(words[Word.EMERGENCY_SHOWN])
        return cls(controls, int(words[Word.LAST_EPOCH]), programme, pictures, read_emergency(memory), shown)

    @classmethod
    def read_from(cls, memory: SharedMemory) -> "Inheritance":
        """Read the memory of a process, with the controls requested there."""
        return cls.of(memory, read_controls(memory))

    def write_to(self, memory: SharedMemory) -> None:
        """Write to the memory of the starting process, before anyone else knows of that memory."""
        write_controls(memory, self.controls)
        memory.words[Word.LAST_EPOCH] = self.last_epoch
        memory.words[Word.PROGRAMME] = self.programme
        memory.words[Word.EMERGENCY_SHOWN] = self.emergency_shown
        write_emergency(memory, self.emergency)
        if self.pictures:
            memory.held[...] = np.frombuffer(self.pictures, np.uint8).reshape(memory.held.shape)

    def packed(self) -> bytes:
        """Return it as bytes, as `read` reads them."""
        one = self.controls
        shown = self.emergency_shown
        head = _HEAD.pack(MAGIC, self.last_epoch, self.programme, one.freeze, one.blackout, one.level, shown)
        return head + self.emergency.packed() + self.pictures

    @classmethod
    def read(cls, stream: BinaryIO) -> "Inheritance | None":
        """Read from a stream, blocking; None if the stream ends too early."""
        head, record = stream.read(_HEAD.size), stream.read(RECORD_BYTES)
        if len(head) < _HEAD.size or len(record) < RECORD_BYTES:
            return None
        magic, last_epoch, programme, freeze, blackout, level, shown = _HEAD.unpack(head)
        if magic != MAGIC:
            return None
        size = HELD * PICTURE_BYTES if programme else 0
        pictures = stream.read(size) if size else b""
        if len(pictures) < size:
            return None
        controls, emergency = Controls(freeze, blackout, level), EmergencyControls.unpack(record)
        return cls(controls, last_epoch, programme, pictures, emergency, shown)
