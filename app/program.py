"""The composition: one engine, one front, the controllers, one report, started and ended together."""

import logging
import os
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from app import __version__
from app.arguments import Options
from app.control.allowed import parse_allowed
from app.control.clock_settings import LinkMode
from app.control.keeper import ControlKeeper, with_settings
from app.control.reducer import resumed
from app.control.service import ControlService
from app.control.settings_folder import SettingsFolder
from app.control.state import first_state
from app.control.store import ControlStore
from app.decks import deck_service
from app.dmx.core import DmxState
from app.dmx.service import DmxService
from app.errors import AppError
from app.extras import link_installed
from app.link.service import MISSING as LINK_MISSING
from app.link.service import LinkService
from app.log_file import LogFile
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.profiles.library import known_profiles
from app.midi.service import MidiService
from app.models.stall import StallMeter
from app.options.controllers import NOT_AT_ALL
from app.osc.service import OscService, OscState
from app.osc.settings import allowed_at_start
from app.report import Report, check_writable
from app.report_schema import WindowFigures
from app.settings import AfterEnd
from app.show.beginning import NO_SHOW, Beginning, begin, with_lists
from app.show.keeper import ShowKeeper
from app.show.opening import open_on
from app.sound.service import SoundService
from app.timecode.service import TimecodeService
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock, SystemClock
from engine.documents import is_missing
from engine.engine import Engine, EngineConfig
from engine.errors import EngineError, SceneError
from engine.folders import log_folder, user_folder
from engine.messages.commands import ArmBank, Origin
from engine.messages.emergency import Emergency, load_emergency
from engine.messages.events import Level
from engine.messages.input_commands import SelectAudio, SetAudioGain
from engine.metrics.machine import describe_machine
from engine.native_crash import take_crashes
from engine.output.client import OutputConfig
from engine.output.sinks.registry import parse_sink
from engine.session.recorder import SessionConfig

_LOG = logging.getLogger(__name__)

_START_TICKS = 19
"""proc(5): the 22nd field of stat, the 20th behind the command: ticks from the start of the machine."""


def process_start_ns() -> int:
    """Return when this process started, on the monotonic clock, whatever the time of day does meanwhile."""
    if sys.platform == "linux":
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[_START_TICKS]) / os.sysconf("SC_CLK_TCK")
    else:
        age_s = time.time() - psutil.Process().create_time()
    return time.monotonic_ns() - round(age_s * NS_PER_SECOND)


class Program:
    """The engine and the services beside it, with or without a window."""

    def __init__(self, options: Options, beginning: Beginning | None = None) -> None:
        """Check the options against what is there; nothing is started.

        Args:
            beginning: what the performance begins with; None: what the options say, and nothing is kept.

        Raises:
            EngineError: an unknown scene, an impossible output, a report that cannot be written, an extra that is
                asked for and missing.
        """
        begun = beginning if beginning is not None else begin(replace(options, show=NO_SHOW), AfterEnd.HOME)
        options = begun.options
        if options.report is not None:
            check_writable(options.report)
        self.options = options
        self.clock = SystemClock()
        self.engine = _engine_of(options, begun.show.playing.scene, self.clock)
        folder = user_folder() / "midi"
        settings = SettingsFolder(folder)
        first = first_state(self.engine.parameters, self.engine.scenes)
        self.front = ControlStore(
            self.engine.post,
            self.clock,
            lambda: (self.engine.parameters, self.engine.scenes),
            with_settings(first, settings, options.link, options.audio),
        )
        """The owner of the front: what the controls act on."""
        self._begun = begun
        self._opening = open_on(begun.show, self.engine.parameters, self.engine.scenes, self.clock.now_ns())
        if self._opening.front is not None:
            self.front.send(self._opening.front, Origin.CLI)
        self.keeper = ShowKeeper(
            with_lists(begun.show, options),
            begun.folder,
            self.clock,
            lambda text: self.engine.tell(Level.WARNING, text),
            crashes=begun.crashes,
        )
        """What the show is now; kept where the beginning says so."""
        self._keeper = ControlKeeper(self.front, settings)
        self.osc = self._osc_service(options)
        self.timecode = TimecodeService(self.engine.post, self.clock)
        self.midi = self._midi_service(folder) if options.midi != "none" else None
        self.dmx = self._dmx_service(options)
        self.link = self._link_service()
        self.sound = SoundService(self.engine.post, self._led)
        self.decks = deck_service(self.engine, self.front, self.clock, options.streamdeck, options.brightness)
        services = (
            self.keeper,
            self._keeper,
            self.timecode,
            self.midi,
            self.osc,
            self.dmx,
            self.link,
            self.sound,
            self.decks,
        )
        self._services: tuple[ControlService[Any, Any], ...] = tuple(one for one in services if one is not None)
        self.log = LogFile(log_folder())
        """The log of this run."""
        self.report = Report(options, describe_machine(), process_start_ns()) if options.report else None
        self._unsubscribe = [self.engine.subscribe(one.hear) for one in self._services]
        self._unsubscribe += [self.front.subscribe(one.follow) for one in self._services]
        self._unsubscribe.append(self.engine.subscribe(self.log.hear))
        if self.report is not None:
            self._unsubscribe.append(self.engine.subscribe(self.report.on_event))

    def start(self) -> None:
        """Start the services beside the engine, then the engine.

        The engine may step back for the output, and threads inherit that; a hand on a knob does not step back.

        Raises:
            EngineError: the output cannot be had.
        """
        log_trouble = self.log.open()
        crashes = (one.sentence() for one in take_crashes(log_folder()))
        try:
            for one in self._services:
                one.start()
            for command in self._opening.commands:
                self.engine.post(command)
            self.engine.start()
        except BaseException:
            self._close_services()
            if self._begun.folder is not None:
                self._begun.folder.withdraw(self._begun.crashes)
            self.engine.stop()
            self.log.close()
            raise
        told = (log_trouble, *crashes, *self._begun.told, *self._opening.faults, *self._file_troubles())
        for text in filter(None, told):
            self.engine.tell(Level.WARNING, text)
        audio, now_ns = self.front.state.audio, self.clock.now_ns()
        self.engine.post(SetAudioGain(stamp_ns=now_ns, origin=Origin.CLI, gain_db=audio.gain_db))
        self.engine.post(SelectAudio(stamp_ns=now_ns, origin=Origin.CLI, name=audio.input))
        scenes = self.front.state.front_scenes
        for command in resumed(self.front.state, self.clock.now_ns(), Origin.CLI):
            self.engine.post(command)
        self.engine.post(ArmBank(stamp_ns=self.clock.now_ns(), origin=Origin.CLI, scenes=scenes))

    def troubles(self) -> tuple[str, ...]:
        """Return what failed at the start without stopping the show, in sentences."""
        osc = self.osc.state() if self.osc is not None else OscState()
        dmx = self.dmx.state() if self.dmx is not None else DmxState()
        return tuple(filter(None, (osc.fault, osc.note, dmx.fault, dmx.note)))

    def _file_troubles(self) -> tuple[str, ...]:
        """Return what is wrong with the files of the controllers, which then do as without a file."""
        front = self.front.state
        osc = self.osc.state().trouble if self.osc is not None else ""
        dmx = self.dmx.state().trouble if self.dmx is not None else ""
        return front.macros_trouble, front.clock_trouble, front.audio_trouble, osc, dmx

    def stop(self, *, clean: bool = True) -> None:
        """End everything, then write the report.

        Args:
            clean: it ends in order; else the next start goes on where this show was.

        Raises:
            ReportError: the report could not be written.
        """
        try:
            self._close_services()
            self.engine.stop()
        except EngineError as error:  # a driver that does not let go; the report is written all the same
            _LOG.warning("%s", error)
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self.log.save_backends()
        self.log.close()
        if clean and self._begun.folder is not None:
            self._begun.folder.end()
        if self.report is not None and self.options.report is not None:
            self.report.write(self.options.report)

    def _close_services(self) -> None:
        for one in reversed(self._services):
            one.close()

    def note_window(self, stalls: StallMeter, seen_ns: int | None) -> None:
        """Add to the report how well the window kept up, and when the first one was painted."""
        if self.report is not None:
            self.report.note_window(
                WindowFigures(
                    longest_call_ms=stalls.longest_ns / NS_PER_MS,
                    longest_stall_ms=stalls.worst_ns / NS_PER_MS,
                    late_ticks=stalls.over_budget,
                    ticks=stalls.ticks,
                    seen_s=(seen_ns - process_start_ns()) / NS_PER_SECOND if seen_ns is not None else None,
                )
            )

    def _led(self) -> bool:
        """Return whether a clock that goes before the sound's sets the tempo."""
        followed = self.midi is not None and bool(self.midi.state().clock.followed)
        return followed or (self.link is not None and self.link.state().leads)

    def _midi_service(self, folder: Path) -> MidiService:
        return MidiService(
            self.engine.post,
            self.front,
            self.clock,
            port_filter=self.options.midi or None,
            folder=UserBindingsFolder(folder),
            clock_out=self.options.midi_clock_out,
            on_timecode=self.timecode.hear_midi,
        )

    def _osc_service(self, options: Options) -> OscService | None:
        if options.osc is None:
            return None
        kept, trouble = allowed_at_start(user_folder() / "osc.toml")
        allowed = kept.joined(parse_allowed(options.osc_allow))
        return OscService(self.engine.post, self.front, self.clock, options.osc, allowed=allowed, trouble=trouble)

    def _dmx_service(self, options: Options) -> DmxService | None:
        """DMX where it is asked for, by an option or by a file of channels that says where to listen."""
        file = user_folder() / "dmx.toml"
        if options.dmx == NOT_AT_ALL or (options.dmx is None and is_missing(file)):
            return None
        allowed = parse_allowed(options.dmx_allow)
        return DmxService(self.engine.post, self.front, self.clock, options.dmx or "", file, allowed=allowed)

    def _link_service(self) -> LinkService | None:
        wanted = self.options.link
        if not link_installed():
            if wanted not in (None, LinkMode.OFF):
                raise AppError("Ableton Link needs the extra link, which is not installed", remedy=LINK_MISSING)
            return None
        return LinkService(self.engine.post, self.clock)


def _engine_of(options: Options, scene: str, clock: Clock) -> Engine:
    """The engine, in a scene that a show asks for if it is there."""
    emergency, trouble = _emergency_of(options)
    config = EngineConfig(
        source=options.source,
        scene=scene,
        generator=options.generator,
        format=options.format,
        depth=options.depth,
        seed=options.seed,
        output=_output_of(options),
        user_scenes=user_folder() / "scenes",
        playlist=options.playlist,
        cues=options.cues,
        session=_session_of(options),
        held_quality=options.quality,
        gpus=options.gpus,
        emergency=emergency,
        emergency_file=_emergency_file(),
        notes=(*trouble, *(map(str, known_profiles().faults) if options.midi != "none" else ())),
    )
    try:
        return Engine(config, clock)
    except SceneError:
        if "scene" in options.given or not scene:
            raise
        return Engine(replace(config, scene=""), clock)  # what opens the show tells of it


def _output_of(options: Options) -> OutputConfig:
    return OutputConfig(
        name=options.output_name,
        width=options.width,
        height=options.height,
        fps=options.fps,
        fit=options.fit,
        upscale=options.upscale,
        sinks=tuple(parse_sink(text) for text in options.sink),
        interpolation=options.interpolate,
    )


def _emergency_file() -> Path:
    return user_folder() / "emergency.toml"


def _emergency_of(options: Options) -> tuple[Emergency | None, tuple[str, ...]]:
    """Return what is asked for or was chosen last, and what is wrong with the file of that."""
    if options.emergency is not None:
        return options.emergency, ()
    try:
        return load_emergency(_emergency_file()), ()
    except EngineError as error:
        return None, (str(error),)


def _session_of(options: Options) -> SessionConfig | None:
    if options.session is None:
        return None
    return SessionConfig(
        path=options.session,
        keep_inputs=options.session_inputs,
        version=__version__,
        settings={key: str(value) for key, value in asdict(options).items()},
        machine=describe_machine().sentence(),
    )
