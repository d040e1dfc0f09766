"""`hardcut doctor`: is all well here? One line per check: what was found, and what to do about it."""

import importlib
import importlib.metadata
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final, TextIO

import psutil

from app.commands.doctor.extensions import check_plugins, check_user_files
from app.commands.doctor.finding import Finding, Mend, State
from app.commands.doctor.link import check_link
from app.commands.doctor.mending import show_folder
from app.commands.doctor.models import build_finding, check_models
from app.commands.doctor.network import check_dmx, check_osc
from app.commands.doctor.sharing import check_displays, check_sharing
from app.commands.doctor.sound import check_sound
from app.commands.doctor.stage import check_clocks, check_gpus, check_permissions, check_receivers, check_recordings
from app.commands.doctor.streamdeck import check_streamdeck
from app.display import has_display
from app.midi.ports.port_names import normalise
from app.midi.ports.system import open_system
from engine import kernels
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.errors import EngineError
from engine.folders import user_folder
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.generators.scenes import load_scenes
from engine.generators.wan.gpu_lack import has_gpu_build
from engine.jit import NotCompiledError
from engine.metrics.load import LoadMeter
from engine.metrics.machine import GIB, describe_machine
from engine.output.client import running_outputs
from engine.output.layout import FILE_BYTES
from engine.output.realtime import Priority
from engine.plain_text import cleaned
from engine.sources.catalogue import find_sources
from engine.sources.ndi_library import load as load_ndi

MIB: Final = 1 << 20
PYTHONS: Final = ((3, 11), (3, 12))
LIBRARIES: Final = (
    "torch",
    "numpy",
    "numba",
    "llvmlite",
    "opencv-python-headless",
    "av",
    "ndi-python",
    "python-rtmidi",
    "python-osc",
    "PySide6-Essentials",
    "psutil",
    "pysdl2",
    "pysdl2-dll",
    "tomli-w",
)
BROKEN_QT: Final = "6.12.0"
"""On Python 3.11 it loses a reference to None on every call, and dies after some thousand."""

ENOUGH_CORES: Final = 2
MEMORY_PROBLEM: Final = 700 * MIB
MEMORY_NOTE: Final = 1536 * MIB
"""All processes together take some 550 MiB at 448×448, with the window some 150 more."""

DISK_PROBLEM, DISK_NOTE = 50 * MIB, 1024 * MIB
BUSY_SHARE: Final = 0.25
LOOK_S: Final = 0.5
NDI_SEARCH_S: Final = 1.5
TIMER_PAUSE_S: Final = 0.002
TIMER_NOTE_MS: Final = 1.5
"""Paced sending sleeps to within a fraction of a millisecond of each deadline."""

_AWAKE: Final = "from app.wakefulness import ask_awake; print(*ask_awake())"

AVAHI_SOCKET: Final = Path("/run/avahi-daemon/socket")


Check = Callable[[], Iterator[Finding]]


def findings(checks: Mapping[str, Check]) -> Iterator[tuple[str, Finding]]:
    """Run checks one after another and yield each finding with its subject as it is found."""
    for subject, check in checks.items():
        for finding in _guarded(check):
            yield subject, finding


def examine(stream: TextIO, checks: Mapping[str, Check] | None = None) -> int:
    """Run and print checks, all of them by default; return the exit status, 1 if anything is a problem."""
    counts = dict.fromkeys(State, 0)
    for subject, finding in findings(CHECKS if checks is None else checks):
        counts[finding.state] += 1
        advice = f" {finding.remedy}" if finding.remedy else ""
        stream.write(f"{cleaned(f'{finding.state.value:8} {subject:11} {finding.text}{advice}')}\n")
        stream.flush()
    problems, notes = counts[State.PROBLEM], counts[State.NOTE]
    verdict = "All is well here" if not problems else f"{_counted(problems, 'problem')} found"
    suffix = f", {_counted(notes, 'note')}" if notes else ""
    stream.write(f"{verdict}{suffix}.\n")
    return 1 if problems else 0


def _guarded(check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except EngineError as error:
        yield Finding(State.PROBLEM, str(error))
    except Exception as error:  # noqa: BLE001 - whatever else a sick machine raises is a finding too
        yield Finding(State.PROBLEM, f"This could not be checked: {type(error).__name__}: {error}.")


def check_python() -> Iterator[Finding]:
    """Check the interpreter and the libraries."""
    version = sys.version_info[:2]
    text = f"Python {sys.version.split()[0]} at {sys.executable}."
    if version in PYTHONS:
        yield Finding(State.OK, text)
    else:
        known = " or ".join(".".join(map(str, one)) for one in PYTHONS)
        yield Finding(State.PROBLEM, text, f"Hardcut needs Python {known}: make PYTHON=… run.")


def check_libraries() -> Iterator[Finding]:
    """Check the version of every library that the program needs."""
    found: list[str] = []
    for name in LIBRARIES:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(State.PROBLEM, f"{name} is not installed.", "Run make run, or pip install hardcut.")
            continue
        found.append(f"{name} {version}")
        if name == "PySide6-Essentials" and version == BROKEN_QT and sys.version_info[:2] == (3, 11):
            yield Finding(
                State.PROBLEM, f"{name} {version} crashes on Python 3.11.", "Install PySide6-Essentials<6.12."
            )
    if found:
        yield Finding(State.OK, f"{', '.join(found)}.")


def check_kernels() -> Iterator[Finding]:
    """Check the loops that are compiled for this processor."""
    for library in kernels.LIBRARIES:
        try:
            library.load()
        except NotCompiledError as error:
            remedy = error.remedy or "Run: hardcut setup-kernels."
            yield Finding(State.NOTE, f"{error.what} ({error.where}).", remedy, Mend("Compile", _compile))
        else:
            yield Finding(State.OK, f"The loops of {library.name} are compiled for this processor.")


def check_machine() -> Iterator[Finding]:
    """Check cores and GPU, and what else keeps them busy."""
    machine = describe_machine()
    few = machine.usable_threads < ENOUGH_CORES
    yield Finding(
        State.NOTE if few else State.OK,
        machine.sentence(),
        f"Hardcut's figures were taken on {ENOUGH_CORES} cores; expect fewer frames." if few else "",
    )
    if machine.gpus and machine.torch and not has_gpu_build():
        yield build_finding(machine.torch)
    meter = LoadMeter(SystemClock(), [os.getpid()])
    time.sleep(LOOK_S)
    load = meter.read()
    if load.other_cores > BUSY_SHARE * machine.usable_threads or any(gpu.foreign_pids for gpu in load.gpus):
        yield Finding(State.NOTE, load.sentence(), "Close what the show does not need.")


def check_memory() -> Iterator[Finding]:
    """Check memory for the program, and for the frame ring that it shares with its output."""
    free = psutil.virtual_memory().available
    text = f"{free / GIB:.1f} GiB of memory free."
    if free < MEMORY_PROBLEM:
        yield Finding(State.PROBLEM, text, f"Hardcut takes some {MEMORY_PROBLEM // MIB} MiB: close other programs.")
    elif free < MEMORY_NOTE:
        yield Finding(State.NOTE, text, "Enough for Hardcut and little else.")
    else:
        yield Finding(State.OK, text)
    shared = Path("/dev/shm")
    if os.access(shared, os.W_OK) and (room := shutil.disk_usage(shared).free) < FILE_BYTES:
        yield Finding(
            State.PROBLEM,
            f"{shared} has room for {room // MIB} MiB; the frame ring needs {FILE_BYTES // MIB}.",
            "Remove what other programs left there, or make it larger.",
        )


def check_display() -> Iterator[Finding]:
    """Check for a screen, and the libraries that Qt needs on it."""
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        yield Finding(State.PROBLEM, f"Qt cannot be loaded: {error}.", "make run installs what is missing.")
        return
    if has_display():
        names = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
        yield Finding(State.OK, f"A window can be opened{f' ({names[0]})' if names else ''}.")
    else:
        yield Finding(State.NOTE, "There is no display: Hardcut performs headless.")


def check_ndi() -> Iterator[Finding]:
    """Check the NDI library and discovery."""
    library = load_ndi()
    yield Finding(State.OK, f"{str(library.version()).strip()} loads.")
    if sys.platform == "linux":
        config = _ndi_config()
        if AVAHI_SOCKET.exists():
            yield Finding(State.OK, "avahi-daemon runs: outputs and sources are found by name.")
        elif config is not None:
            yield Finding(State.NOTE, f"avahi-daemon does not run; addresses are taken from {config}.")
        else:
            yield Finding(
                State.PROBLEM,
                "avahi-daemon does not run: no receiver finds the output, and no source is found.",
                "Debian: apt install avahi-daemon; systemctl start avahi-daemon.",
            )


def check_sources() -> Iterator[Finding]:
    """List cameras, NDI senders, and what plug-ins find."""
    catalogue = find_sources(NDI_SEARCH_S)
    nouns = {entry.spec.scheme: f"{entry.spec.scheme} source" for entry in catalogue.entries}
    for scheme, name in {**nouns, "camera": "camera", "ndi": "NDI source"}.items():
        found = [f"{entry.spec} ({entry.label})" for entry in catalogue.entries if entry.spec.scheme == scheme]
        yield Finding(State.OK, f"{_counted(len(found), name)}{': ' if found else ''}{', '.join(found)}.")
    for note in catalogue.notes:
        yield Finding(State.NOTE, note)


def check_midi() -> Iterator[Finding]:
    """Check the MIDI system and list its ports."""
    try:
        system = open_system()
    except EngineError as error:
        yield Finding(State.NOTE, f"{error} Pads and knobs are played in the window.")
        return
    try:
        names = [normalise(address.raw, system.api) for address in system.inputs()]
    finally:
        system.close()
    listed = f": {', '.join(names)}" if names else "; one is picked up when it is plugged in"
    yield Finding(State.OK, f"{system.api.value}, {_counted(len(names), 'controller')}{listed}.")


def check_outputs(own: str = "") -> Iterator[Finding]:
    """List outputs of earlier runs that still send, but for our own, by its name."""
    for output in running_outputs():
        if output.fed and output.name == own:
            continue
        if output.fed:
            text = f"“{output.name}” is on air (process {output.pid}), played by a running Hardcut."
            yield Finding(State.NOTE, text, "Another one needs another name: --output-name.")
        else:
            end = f"taskkill /PID {output.pid} /F" if sys.platform == "win32" else f"kill {output.pid}"
            text = f"“{output.name}” still sends the last picture of an earlier run (process {output.pid})."
            mend = Mend("End it", partial(_end_output, output.pid))
            yield Finding(State.NOTE, text, f"The next run takes it over; to end it: {end}.", mend)


def check_files(generator: str = DEFAULT_GENERATOR) -> Iterator[Finding]:
    """Check the user's folder, a generator's scenes, and free space on its disk."""
    folder = user_folder()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK):
        yield Finding(State.PROBLEM, f"Nothing can be written in {there}.", "Scenes and settings could not be kept.")
    else:
        yield Finding(State.OK, f"Scenes and settings are kept in {folder}.")
    free = shutil.disk_usage(there).free
    state = State.PROBLEM if free < DISK_PROBLEM else State.NOTE if free < DISK_NOTE else State.OK
    full = state is not State.OK
    text = f"{free / GIB:.1f} GiB free on its disk."
    yield Finding(state, text, "Make some room." if full else "", show_folder(there) if full else None)
    spec = find_generator(generator).describe()
    library = load_scenes(spec, folder / "scenes")
    playable = f"{_counted(len(library), 'scene')} of {generator} can be played."
    yield Finding(State.OK if library else State.PROBLEM, playable)
    for fault in library.faults:
        yield Finding(State.NOTE, str(fault), "The scene is left out until it is put right.")


def check_timing() -> Iterator[Finding]:
    """Measure how well this machine keeps a deadline."""
    late_ms = []
    for _ in range(50):
        start_ns = time.monotonic_ns()
        time.sleep(TIMER_PAUSE_S)
        late_ms.append((time.monotonic_ns() - start_ns) / NS_PER_MS - TIMER_PAUSE_S * NS_PER_SECOND / NS_PER_MS)
    usual, worst = statistics.median(late_ms), max(late_ms)
    coarse = usual > TIMER_NOTE_MS and sys.platform != "win32"  # there the output asks for finer timers
    yield Finding(
        State.NOTE if coarse else State.OK,
        f"A sleep ends {usual:.2f} ms late, {worst:.1f} ms at worst.",
        "The machine is busy, or its timers are coarse: the output may be late." if coarse else "",
    )
    asked = subprocess.run(
        [sys.executable, "-m", "engine.output.realtime"], capture_output=True, text=True, timeout=20, check=False
    )
    granted = asked.stdout.strip()
    refused = granted in (Priority.UNKNOWN.value, Priority.NORMAL.value)
    yield Finding(
        State.NOTE if refused else State.OK,
        f"The output gets {granted or 'no answer'}.",
        "Debian: put the account into a group with rtprio in /etc/security/limits.d." if refused else "",
    )


def check_power() -> Iterator[Finding]:
    """Check for mains or battery, and whether the system can be kept awake."""
    asked = subprocess.run(  # Qt's D-Bus belongs to the thread of a window, if there is one
        [sys.executable, "-c", _AWAKE], capture_output=True, text=True, timeout=20, check=False
    )
    granted, _, text = asked.stdout.strip().partition(" ")
    if text:
        yield Finding(State.OK if granted == "True" else State.NOTE, text)
    else:
        yield Finding(State.NOTE, "Whether the system can be kept awake is not known.", "Switch its sleep off.")
    try:
        battery = psutil.sensors_battery()
    except OSError:  # a container without /sys
        battery = None
    if battery is not None and not battery.power_plugged:
        text = f"On battery, {battery.percent:.0f} % left."
        yield Finding(State.NOTE, text, "Plug the mains in: on battery the machine slows down and goes to sleep.")
    elif battery is not None:
        yield Finding(State.OK, "On mains.")


CHECKS: Final[dict[str, Check]] = {
    "python": check_python,
    "libraries": check_libraries,
    "kernels": check_kernels,
    "machine": check_machine,
    "memory": check_memory,
    "gpu": check_gpus,
    "models": check_models,
    "display": check_display,
    "ndi": check_ndi,
    "sources": check_sources,
    "midi": check_midi,
    "streamdeck": check_streamdeck,
    "sound": check_sound,
    "link": check_link,
    "osc": check_osc,
    "dmx": check_dmx,
    "output": check_outputs,
    "receivers": check_receivers,
    "displays": check_displays,
    "sharing": check_sharing,
    "files": check_files,
    "recordings": check_recordings,
    "own files": check_user_files,
    "plug-ins": check_plugins,
    "timing": check_timing,
    "clocks": check_clocks,
    "permissions": check_permissions,
    "power": check_power,
}


def _compile() -> str:
    """Compile the built-in loops."""
    done = kernels.set_up_kernels(lambda _: None)
    return "The loops are compiled: the next start uses them." if done else "The loops cannot be compiled here."


def _end_output(pid: int) -> str:
    """End an output that nobody feeds any more; it may have ended, or be fed, since it was found."""
    for output in running_outputs():
        if output.pid == pid and not output.fed:
            psutil.Process(pid).terminate()
            return f"“{output.name}” has ended."
    return "It has ended by itself, or plays again."


def _ndi_config() -> Path | None:
    """Return the file from which NDI reads addresses instead of discovering them, if there is one."""
    folder = os.environ.get("NDI_CONFIG_DIR")
    path = (Path(folder) if folder else Path.home() / ".ndi") / "ndi-config.v1.json"
    return path if path.is_file() else None


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
