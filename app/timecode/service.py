"""The thread hardcut-timecode: the one owner of the readers and of the line that the engine follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.control.service import ControlService
from app.control.state import ControlState
from app.timecode.follower import TimecodeFollower
from app.timecode.mtc import QUARTER_FRAME, MtcReader, is_full_frame
from engine.clock import NS_PER_SECOND, Clock
from engine.messages.audio_events import TimecodeHeard
from engine.messages.commands import Command
from engine.messages.events import Event
from engine.messages.list_commands import FollowTimecode
from engine.messages.timecode import TimecodeReading

MAX_PORTS: Final = 64
"""Listened to; more is a loop of cables."""


@dataclass(frozen=True, slots=True)
class MidiBytes:
    """A message of MIDI timecode as it came from a port: a quarter frame, or a whole system exclusive message."""

    port: str
    data: bytes
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class TimecodeState:
    """Where the timecode is: the line told last, None before the first; fault: a sentence, "" while all is well."""

    line: FollowTimecode | None = None
    fault: str = ""


class TimecodeService(ControlService[MidiBytes, TimecodeState]):
    """Timecode in, FollowTimecode out.

    Args:
        post: takes each command, on the timecode thread; must not block.
    """

    def __init__(self, post: Callable[[Command], None], clock: Clock) -> None:
        super().__init__("timecode", "Timecode", TimecodeState(), clock)
        self._post = post
        self._follower = TimecodeFollower()
        self._mtc: dict[str, MtcReader] = {}

    def hear(self, event: Event) -> None:
        """Take in where the timecode of a sound is; from any thread, returns at once."""
        if isinstance(event, TimecodeHeard):
            super().hear(event)

    def follow(self, state: ControlState) -> None:
        """Nothing that lies in front matters here."""

    def hear_midi(self, port: str, data: bytes, stamp_ns: int) -> None:
        """Take in a message of MIDI timecode; from any thread, returns at once."""
        self._put(MidiBytes(port, data, stamp_ns))

    def _work(self) -> None:
        while True:
            for item in self._arrived():
                match item:
                    case None:
                        return
                    case MidiBytes():
                        self._hear(f"MTC, {item.port}", self._read_midi(item))
                    case TimecodeHeard():
                        self._hear(f"LTC, {item.name}", item.reading)
                    case _:
                        pass
            now_ns = self._clock.now_ns()
            self._tell(self._follower.tick(now_ns))
            due_ns = self._follower.due_ns()
            self._mailbox.wait(NS_PER_SECOND if due_ns is None else max(due_ns - now_ns, 1))

    def _hear(self, source: str, reading: TimecodeReading | None) -> None:
        if reading is not None:
            self._tell(self._follower.hear(source, reading))

    def _tell(self, line: FollowTimecode | None) -> None:
        if line is not None:
            self._post(line)
            self._publish(TimecodeState(line))

    def _read_midi(self, item: MidiBytes) -> TimecodeReading | None:
        if item.port not in self._mtc and len(self._mtc) >= MAX_PORTS:
            self._mtc.pop(next(iter(self._mtc)))
        reader = self._mtc.setdefault(item.port, MtcReader())
        if len(item.data) == 2 and item.data[0] == QUARTER_FRAME:
            return reader.quarter_frame(item.data[1], item.stamp_ns)
        body = item.data[1:-1]
        return reader.full_frame(body, item.stamp_ns) if is_full_frame(body) else None

    def _failure(self, fault: str) -> TimecodeState:
        return TimecodeState(self.state().line, fault)

    def _renew(self) -> TimecodeState:
        self._follower = TimecodeFollower()
        self._mtc = {}
        return TimecodeState(self.state().line)
