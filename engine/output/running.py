"""The output processes that run on this machine."""

from dataclasses import dataclass
from pathlib import Path

from engine.folders import runtime_folder
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


def output_logs() -> tuple[Path, ...]:
    """Return the logs of the output processes of this user, those that run and those that ended badly.

    Raises:
        OutputError: there is no runtime folder.
    """
    return tuple(path for path in sorted(runtime_folder().glob("output-*.log")) if path.is_file())
