"""Read how much memory is left: of the machine, and of each control group that this process is in.

Sources: kernel documentation, "Control Group v2", memory.max, memory.high and memory.stat; "Memory Resource Controller"
for version 1. What the kernel can drop at once, files that nobody has used for a while, counts as left, as Kubernetes'
*working set* has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

GROUPS: Final = Path("/sys/fs/cgroup")
MEMBERSHIP: Final = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class Headroom:
    """Memory in bytes, where it is scarcest.

    Attributes:
        left: what can still be had; limit: of how much.
        grouped: a control group sets the limit, not the machine.
    """

    left: int
    limit: int
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class _Files:
    """Names of a version's files: limits, what is used, and the entry of memory.stat that tells what can be dropped."""

    limits: tuple[str, ...]
    used: str
    droppable: str


_VERSION_1: Final = _Files(("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2: Final = _Files(("memory.high", "memory.max"), "memory.current", "inactive_file")


def read_headroom(membership: Path = MEMBERSHIP, groups: Path = GROUPS) -> Headroom:
    """Return what is left of the machine's memory, or of a control group's where that is less.

    Takes a tenth of a millisecond or two. A group that cannot be read does not count.

    Args:
        membership: the file that names the groups of this process; groups: where they are mounted.
    """
    memory = psutil.virtual_memory()
    rooms = [Headroom(int(memory.available), int(memory.total))]
    rooms += [room for folder, files in _own_groups(membership, groups) if (room := _room(folder, files)) is not None]
    return min(rooms, key=lambda room: room.left)


def _own_groups(membership: Path, groups: Path) -> Iterator[tuple[Path, _Files]]:
    """This process's groups that count memory, and those that they lie in: the limit of each holds."""
    try:
        lines = membership.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            root, files = groups, _VERSION_2
        elif "memory" in controllers.split(","):
            root, files = groups / "memory", _VERSION_1
        else:
            continue
        folder = root / path.lstrip("/")
        # In a container the path may be that of the machine, which is not seen there: its root is the group itself.
        for one in (folder, *folder.parents):
            if one.is_relative_to(root):
                yield one, files


def _room(folder: Path, files: _Files) -> Headroom | None:
    limits = [limit for name in files.limits if (limit := _number(folder / name)) is not None]
    used = _number(folder / files.used)
    if not limits or used is None:
        return None
    kept = max(used - _droppable(folder, files.droppable), 0)
    return Headroom(max(min(limits) - kept, 0), min(limits), grouped=True)


def _number(path: Path) -> int | None:
    """The number that a file holds; None for "max", or where there is none."""
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def _droppable(folder: Path, wanted: str) -> int:
    try:
        lines = (folder / "memory.stat").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    found = (value for key, _, value in (line.partition(" ") for line in lines) if key == wanted)
    value = next(found, "")
    return int(value) if value.isdecimal() else 0
