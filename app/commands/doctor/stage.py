"""`hardcut doctor` on the stage: GPUs and room for the model, receivers, clocks, what the account may use."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.commands.doctor.finding import Finding, State
from app.commands.doctor.mending import more_files, show_folder
from app.models.health import LITTLE_ROOM
from engine.errors import EngineError
from engine.folders import videos_folder
from engine.generators.headroom import headroom
from engine.generators.registry import DEFAULT_GENERATOR
from engine.metrics.gpus import read_gpus
from engine.metrics.machine import GIB
from engine.output.rendezvous import all_rendezvous
from engine.output.settings import NDI_SINK
from engine.output.status import peek_status

ENOUGH_FILES: Final = 256
"""Open files: a show has some 60 and each plugged device a few more."""

_CLOCK_SOURCE: Final = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
_SLOW_CLOCKS: Final = ("hpet", "acpi_pm", "jiffies")
_NODES: Final = {"video*": "cameras", "snd/seq": "MIDI", "dri/renderD*": "the GPU"}
_GROUPS: Final = {"video*": "video", "snd/seq": "audio", "dri/renderD*": "render"}


def list_gpus() -> Iterator[Finding]:
    """List GPUs with driver and free memory."""
    report = read_gpus()
    for gpu, load in zip(report.gpus, report.loads, strict=False):
        free = (gpu.memory_bytes - load.used_bytes) / GIB
        text = f"{gpu.name}, driver {gpu.driver}, {free:.1f} of {gpu.memory_bytes / GIB:.1f} GiB free."
        yield Finding(State.OK, text)
    if not report.gpus:
        yield Finding(State.OK, f"No GPU is used: {report.missing or 'there is none'}.")


def check_gpus(generator: str = DEFAULT_GENERATOR) -> Iterator[Finding]:
    """List GPUs, and say whether a generator that is to be started has room."""
    yield from list_gpus()
    try:
        room = headroom(generator)
    except (EngineError, RuntimeError) as error:
        yield Finding(State.PROBLEM, f"The GPU does not answer: {str(error).splitlines()[0]}.", "Restart the machine.")
        return
    if room is None:
        yield Finding(State.OK, f"The generator {generator} needs next to no memory of its own.")
        return
    text = f"{generator} needs {room.needs / GIB:.1f} GiB or more on {room.place}; {room.free / GIB:.1f} are free."
    if room.needs <= room.free:
        yield Finding(State.OK, text)
    else:
        other = f", or play {room.smaller[0]}" if room.smaller else f", or play {DEFAULT_GENERATOR}"
        yield Finding(State.PROBLEM, text, f"Close other programs on it{other}.")


def check_recordings(folders: Sequence[Path] = ()) -> Iterator[Finding]:
    """Check the room on the disks that are recorded to: those named, else the one that films go to."""
    for folder in dict.fromkeys(folders) or (videos_folder(),):
        there = next(one for one in (folder, *folder.parents) if one.exists())
        text = f"{shutil.disk_usage(there).free / GIB:.1f} GiB free for recordings in {folder}."
        if not os.access(there, os.W_OK):
            yield Finding(State.PROBLEM, f"Nothing can be recorded in {folder}: it may not be written.")
        elif shutil.disk_usage(there).free < LITTLE_ROOM:
            yield Finding(State.NOTE, text, "Make some room, or record to another disk.", show_folder(there))
        else:
            yield Finding(State.OK, text)


def check_receivers() -> Iterator[Finding]:
    """Tell who watches the outputs that run now."""
    for meeting in all_rendezvous():
        note = meeting.read()
        status = peek_status(Path(note.ring)) if note is not None and meeting.host_lives() else None
        if note is None or status is None:
            continue
        count = status.connections
        text = f"“{note.name}” sends {status.output_fps:.1f} FPS to {count} receiver{'' if count == 1 else 's'}."
        if status.detail:
            yield Finding(State.PROBLEM, f"{text} {status.detail}")
        elif count or status.sink != NDI_SINK.id:
            yield Finding(State.OK, f"{text} {'It is on air.' if status.tally else ''}".strip())
        else:
            yield Finding(State.NOTE, text, "Choose it in OBS or Resolume, and look at the network between.")


def check_clocks() -> Iterator[Finding]:
    """Check the clock that deadlines are kept by. The time of day may step: only logs and OSC bundles carry it."""
    with suppress(OSError):
        source = _CLOCK_SOURCE.read_text(encoding="ascii").strip()
        slow = source in _SLOW_CLOCKS
        yield Finding(
            State.NOTE if slow else State.OK,
            f"Time is kept by {source}.",
            "It is slow to read: the system found the processor's own clock unstable. Look for firmware updates."
            if slow
            else "",
        )
    if shutil.which("timedatectl") is None:
        return
    with suppress(OSError, subprocess.TimeoutExpired):
        asked = subprocess.run(
            ["timedatectl", "show", "-p", "NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        if asked.stdout.strip() in ("yes", "no"):
            synchronised = asked.stdout.strip() == "yes"
            text = "The time of day is synchronised." if synchronised else "The time of day is not synchronised."
            yield Finding(State.OK, text, "" if synchronised else "Only logs and OSC bundles with a time heed it.")


def check_permissions() -> Iterator[Finding]:
    """Check what this account may use: device files, and how many files may be open at once."""
    if sys.platform != "linux":
        return
    for pattern, what in _NODES.items():
        nodes = sorted(Path("/dev").glob(pattern))
        denied = [str(node) for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
        if denied:
            group = _GROUPS[pattern]
            text = f"This account may not use {', '.join(denied)} ({what})."
            yield Finding(State.NOTE, text, f"sudo usermod -aG {group} $USER, then log in again.")
        elif nodes:
            yield Finding(State.OK, f"This account may use {what}.")
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = allowed != resource.RLIM_INFINITY and allowed < ENOUGH_FILES
    remedy = f"Start Hardcut from a shell with: ulimit -n {min(most, 1024)}" if few else ""
    text = f"{allowed} files may be open at once."
    yield Finding(State.PROBLEM if few else State.OK, text, remedy, more_files() if few else None)
