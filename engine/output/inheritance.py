"""What an output process leaves to the one that takes its place: its pictures, its controls, its sinks, its epoch.

The engine reads it from the memory of a process that has died, lets go of that memory, and hands it to the successor
through its standard input: neither needs a file, nor room for a second ring beside the first. So the successor's very
first frame is the picture that was on air, frozen or dark if it was.
"""

import struct
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np

from engine.output.controls import INTERPOLATIONS, Controls, read_controls, write_controls
from engine.output.emergency_controls import RECORD_BYTES, EmergencyControls, read_emergency, write_emergency
from engine.output.layout import HELD, MAGIC, PICTURE_BYTES, SharedMemory, Word, fence
from engine.output.logo_controls import LogoControls, read_logo, write_logo
from engine.output.sink_records import SinkWishes, read_wishes, write_wishes

_HEAD: Final = struct.Struct("<QQQ??ddQB?II")
"""Magic, last epoch, programme word, freeze, blackout, level, fade, jumps, interpolation, emergency shown, length of
the wishes and of the logo. The emergency's record follows, then the wishes, the logo, and the pictures if the word says
that there are."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a new output process begins with.

    Attributes:
        programme: the word of engine.output.programme.Programme; 0: no picture yet.
        pictures: the bytes of both pictures, or b"" where there is none.
        emergency: what is shown in one; emergency_shown: it is one now.
        logo: what lies over all.
        wishes: the sinks that are switched on; None: those of the configuration.
    """

    controls: Controls = field(default_factory=Controls)
    last_epoch: int = 0
    programme: int = 0
    pictures: bytes = b""
    wishes: SinkWishes | None = None
    emergency: EmergencyControls = field(default_factory=EmergencyControls)
    emergency_shown: bool = False
    logo: LogoControls = field(default_factory=LogoControls)

    @classmethod
    def of(cls, memory: SharedMemory, controls: Controls) -> "Inheritance":
        """Read the memory of a process that no longer writes there, with these controls."""
        fence()
        words = memory.words
        programme = int(words[Word.PROGRAMME])
        pictures = memory.held.tobytes() if programme else b""
        shown, wishes = bool(words[Word.EMERGENCY_SHOWN]), read_wishes(memory)
        epoch, emergency, logo = int(words[Word.LAST_EPOCH]), read_emergency(memory), read_logo(memory)
        return cls(controls, epoch, programme, pictures, wishes, emergency, shown, logo)

    @classmethod
    def read_from(cls, memory: SharedMemory) -> "Inheritance":
        """Read the memory of a process, with the controls requested there."""
        return cls.of(memory, read_controls(memory))

    def write_to(self, memory: SharedMemory) -> None:
        """Write to the memory of the starting process, before anyone else knows of that memory."""
        write_controls(memory, self.controls)
        if self.wishes is not None:
            write_wishes(memory, self.wishes)
        memory.words[Word.LAST_EPOCH] = self.last_epoch
        memory.words[Word.PROGRAMME] = self.programme
        memory.words[Word.EMERGENCY_SHOWN] = self.emergency_shown
        write_emergency(memory, self.emergency)
        write_logo(memory, self.logo)
        if self.pictures:
            memory.held[...] = np.frombuffer(self.pictures, np.uint8).reshape(memory.held.shape)

    def packed(self) -> bytes:
        """Return it as bytes, as `read` reads them."""
        one = self.controls
        between = INTERPOLATIONS.index(one.interpolation)
        wishes = self.wishes.packed() if self.wishes is not None else b""
        controls = (one.freeze, one.blackout, one.level, one.fade_s, one.jumps, between, self.emergency_shown)
        logo = self.logo.packed()
        head = _HEAD.pack(MAGIC, self.last_epoch, self.programme, *controls, len(wishes), len(logo))
        return head + self.emergency.packed() + wishes + logo + self.pictures

    @classmethod
    def read(cls, stream: BinaryIO) -> "Inheritance | None":
        """Read from a stream, blocking; None if the stream ends too early."""
        head, record = stream.read(_HEAD.size), stream.read(RECORD_BYTES)
        if len(head) < _HEAD.size or len(record) < RECORD_BYTES:
            return None
        magic, last_epoch, programme, *asked, length, rest = _HEAD.unpack(head)
        freeze, blackout, level, fade_s, jumps, between, shown = asked
        if magic != MAGIC or between >= len(INTERPOLATIONS):
            return None
        wishes, logo = stream.read(length) if length else b"", stream.read(rest)
        size = HELD * PICTURE_BYTES if programme else 0
        pictures = stream.read(size) if size else b""
        if len(pictures) < size:
            return None
        controls = Controls(
            freeze=freeze,
            blackout=blackout,
            level=level,
            interpolation=INTERPOLATIONS[between],
            fade_s=fade_s,
            jumps=jumps,
        )
        known = SinkWishes.parse(wishes) if wishes else None
        emergency = EmergencyControls.unpack(record)
        return cls(controls, last_epoch, programme, pictures, known, emergency, shown, LogoControls.parse(logo))
