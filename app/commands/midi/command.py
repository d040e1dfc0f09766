"""`hardcut midi`: lists, checks and explains controller profiles, prints what controllers send, measures."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.commands.midi.user_bindings import export_bindings, import_bindings
from app.errors import ControlError, MidiError
from app.midi.core import LISTEN_NS
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.messages.decode import Decoder
from app.midi.messages.types import Clock, QuarterFrame, describe
from app.midi.ports.port import InputPort, MidiSystem
from app.midi.ports.port_names import PortAddress, normalise
from app.midi.ports.system import open_system
from app.midi.profiles.library import known_profiles
from app.midi.profiles.profile import Profile, load_profile, match_profile
from engine.clock import NS_PER_SECOND
from engine.command_line import SentenceParser
from engine.folders import user_folder
from engine.plain_text import cleaned

SCAN_S: Final = 0.5


def run_midi(arguments: Sequence[str]) -> int:
    """Run `hardcut midi …`; return the exit status. AppError for what the user can put right."""
    parser = SentenceParser(prog="hardcut midi", description="MIDI controllers.")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="profiles|monitor|export|import|bench")
    profiles = tasks.add_parser("profiles", help="list the profiles, explain one, or check a file")
    profiles.add_argument("name", nargs="?", default="", help="a part of a profile's or port's name: explain it")
    profiles.add_argument("--check", type=Path, metavar="FILE", help="a profile or a file of learnt controls")
    monitor = tasks.add_parser("monitor", help="print what controllers send, until Ctrl-C")
    monitor.add_argument("port", nargs="?", default="", help="a part of a port's name")
    monitor.add_argument(
        "--clock", action="store_true", help="the ticks of the MIDI clock and the pieces of timecode too"
    )
    monitor.add_argument("--seconds", type=float, default=0.0, help="end by itself")
    export = tasks.add_parser("export", help="write what was learnt for a controller to a file")
    export.add_argument("name", help="a part of the controller's name")
    export.add_argument("file", type=Path)
    bring = tasks.add_parser("import", help="take what was learnt from a file; it names its controller")
    bring.add_argument("file", type=Path)
    bench = tasks.add_parser("bench", help="measure latency, bursts, a fast knob, the clock and replugging over JACK")
    bench.add_argument("--seconds", type=float, default=20.0, help="of the fast knob (20)")
    bench.add_argument("--replugs", type=int, default=10, help="unplug and plug in so often (10)")
    found = parser.parse_args(arguments)
    if found.task == "monitor":
        return _monitor(found.port, found.clock, found.seconds)
    if found.task == "export":
        return export_bindings(_folder(), found.name, found.file, _print_line)
    if found.task == "import":
        return import_bindings(_folder(), found.file, _print_line)
    if found.task == "bench":
        from bench.midi.command import run_bench

        return run_bench(found.seconds, found.replugs)
    if found.check is not None:
        return _check(found.check)
    return _explain(found.name) if found.name else _list()


def _folder() -> Path:
    return user_folder() / "midi"


def _print_line(line: str) -> None:
    sys.stdout.write(f"{cleaned(line)}\n")
    sys.stdout.flush()


def _list() -> int:
    library = known_profiles()
    width = max(len(profile.name) for profile in library.profiles)
    for profile in library.profiles:
        lights = "lights" if profile.leds is not None else "no lights"
        ports = ", ".join(profile.match) or "any other"
        own = f"  (your own, {path.name})" if (path := library.own.get(profile.name)) else ""
        _print_line(f"{profile.name:{width}}  {profile.confidence.value:6}  {lights:9}  port names with: {ports}{own}")
    for fault in library.faults:
        sys.stderr.write(f"{fault}\n")
    return 0


def _explain(name: str) -> int:
    profiles = known_profiles().profiles
    found = next((one for one in profiles if name.casefold() in one.name.casefold()), None)
    profile = found or match_profile(name, profiles)
    if profile is None:
        raise ControlError(f"No profile is for {name!r}", remedy="hardcut midi profiles lists them.")
    for line in explained(profile):
        _print_line(line)
    return 0


def explained(profile: Profile) -> list[str]:
    """Describe a profile."""
    lines = [
        f"{profile.name}: confidence {profile.confidence.value}.",
        f"  From: {profile.evidence}.",
        f"  Ports: {', '.join(profile.match) or 'whatever no other profile knows'}.",
    ]
    if profile.reject:
        lines.append(f"  Left alone: {', '.join(profile.reject)}.")
    if profile.seed is not None:
        lines.append("  Tells where its faders stand when it is plugged in.")
    leds = profile.leds
    if leds is not None:
        lit = [name for name, has in (("pads", leds.pad), ("buttons", leds.button), ("rings", leds.rings)) if has]
        lines.append(f"  Lights: {', '.join(lit)}.")
    for binding in profile.layout.every():
        bank = f", bank {binding.bank}" if binding.bank else ""
        lines.append(f"  {binding.slot!s:12} {binding.source}, {binding.mode.value}{bank}")
    return lines


def _check(file: Path) -> int:
    try:
        profile = load_profile(file)
    except ControlError as fault:
        try:
            user = UserBindingsFolder.read(file)
        except ControlError:
            raise fault from None
        _print_line(f"{file.name} is sound: {len(user.bindings)} learnt controls of {user.port}.")
        return 0
    _print_line(f"{file.name} is sound: {profile.name}, {len(profile.controls)} controls.")
    return 0


class _Monitor:
    """Open every port that is there; print their messages on the caller's thread."""

    def __init__(self, system: MidiSystem, port_filter: str) -> None:
        self._system = system
        self._filter = port_filter.casefold()
        self._open: dict[PortAddress, tuple[str, InputPort, Decoder]] = {}

    def scan(self) -> None:
        present = self._system.inputs()
        for address in [address for address in self._open if address not in present]:
            name, port, _ = self._open.pop(address)
            port.close()
            _print_line(f"{name}: unplugged")
        for address in present:
            name = normalise(address.raw, self._system.api)
            if address in self._open or self._filter not in name.casefold():
                continue
            try:
                self._open[address] = name, self._system.open_input(address), Decoder()
            except MidiError as error:
                _print_line(f"{name}: {error}")
                continue
            profile = match_profile(name, known_profiles().profiles)
            _print_line(f"{name}: listening ({profile.name if profile is not None else 'left alone by its profile'})")

    def show(self, start_ns: int, now_ns: int, ticks: bool) -> None:
        for name, port, decoder in self._open.values():
            for stamp_ns, packet in port.read(now_ns):
                for message in decoder.push(packet):
                    if ticks or not isinstance(message, Clock | QuarterFrame):
                        _print_line(f"{(stamp_ns - start_ns) / 1e9:9.4f} s  {name}: {describe(message)}")

    def close(self) -> None:
        for _, port, _ in self._open.values():
            port.close()


def _monitor(port_filter: str, ticks: bool, seconds: float) -> int:
    system = open_system()
    monitor = _Monitor(system, port_filter)
    start_ns = time.monotonic_ns()
    scanned_ns = 0
    try:
        _print_line(f"{system.api.value}: printing what arrives; Ctrl-C ends it.")
        while not seconds or time.monotonic_ns() - start_ns < seconds * 1e9:
            now_ns = time.monotonic_ns()
            if now_ns - scanned_ns > SCAN_S * 1e9:
                scanned_ns = now_ns
                monitor.scan()
            monitor.show(start_ns, now_ns, ticks)
            time.sleep(LISTEN_NS / NS_PER_SECOND)
    except KeyboardInterrupt:
        return 0
    finally:
        monitor.close()
        system.close()
    return 0
