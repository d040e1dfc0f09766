"""The output processes that run on this machine."""

from dataclasses import dataclass

from engine.output.rendezvous import all_rendezvous, is_locked


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOutput:
    """An output process found on this machine, of this user; fed: an engine is attached to it."""

    name: str
    pid: int
    fed: bool


def running_outputs() -> tuple[RunningOutput, ...]:
    """Return every live output process of this user."""
    found = []
    for meeting in all_rendezvous():
        note = meeting.read()
        if note is not None and meeting.host_lives():
            fed = is_locked(meeting.writer_lock)
            found.append(RunningOutput(name=note.name, pid=note.pid, fed=fed))
    return tuple(found)
