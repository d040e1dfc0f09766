"""The composition: one engine, one front, the controllers, one report, started and ended together."""

import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from app import __version__
from app.arguments import Options
from app.control.clock_settings import LinkMode
from app.control.keeper import ControlKeeper, with_settings
from app.control.service import ControlService
from app.control.settings_folder import SettingsFolder
from app.control.state import first_state
from app.control.store import ControlStore
from app.decks import deck_service
from app.errors import AppError
from app.extras import link_installed
from app.link.service import MISSING as LINK_MISSING
from app.link.service import LinkService
from app.log_file import LogFile
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.profiles.library import known_profiles
from app.midi.service import MidiService
from app.models.stall import StallMeter
from app.osc.service import OscService
from app.report import Report, check_writable
from app.report_schema import WindowFigures
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.engine import Engine, EngineConfig
from engine.errors import EngineError
from engine.folders import log_folder, user_folder
from engine.messages.commands import ArmBank, Origin
from engine.messages.emergency import Emergency, load_emergency
from engine.metrics.machine import describe_machine
from engine.output.client import OutputConfig
from engine.output.sinks.registry import find_sink, parse_sink
from engine.session.recorder import SessionConfig

_LOG = logging.getLogger(__name__)


def process_start_ns() -> int:
    """Return when this process started, on the monotonic clock."""
    age_s = time.time() - psutil.Process().create_time()
    return time.monotonic_ns() - round(age_s * NS_PER_SECOND)


class Program:
    """The engine and the services beside it, with or without a window."""

    def __init__(self, options: Options) -> None:
        """Check the options against what is there; nothing is started.

        Raises:
            EngineError: an unknown scene, an impossible output, a report that cannot be written, an extra that is
                asked for and missing.
        """
        if options.report is not None:
            check_writable(options.report)
        self.options = options
        self.clock = SystemClock()
        emergency, trouble = _emergency_of(options)
        self.engine = Engine(
            EngineConfig(
                source=options.source,
                scene=options.scene,
                generator=options.generator,
                depth=options.depth,
                seed=options.seed,
                output=_output_of(options),
                user_scenes=user_folder() / "scenes",
                playlist=options.playlist,
                cues=options.cues,
                session=_session_of(options),
                emergency=emergency,
                emergency_file=_emergency_file(),
                notes=(*trouble, *(map(str, known_profiles().faults) if options.midi != "none" else ())),
            ),
            self.clock,
        )
        folder = user_folder() / "midi"
        settings = SettingsFolder(folder)
        first = first_state(self.engine.parameters, self.engine.scenes)
        self.front = ControlStore(
            self.engine.post,
            self.clock,
            lambda: (self.engine.parameters, self.engine.scenes),
            with_settings(first, settings, options.link),
        )
        """The owner of the front: what the controls act on."""
        self._keeper = ControlKeeper(self.front, settings)
        self.osc = (
            OscService(self.engine.post, self.front, self.clock, options.osc) if options.osc is not None else None
        )
        self.midi = self._midi_service(folder) if options.midi != "none" else None
        self.link = self._link_service()
        self.decks = deck_service(self.engine, self.front, self.clock, options.streamdeck, options.brightness)
        services = (self._keeper, self.midi, self.osc, self.link, self.decks)
        self._services: tuple[ControlService[Any, Any], ...] = tuple(one for one in services if one is not None)
        self.log = LogFile(log_folder())
        """The log of this run."""
        self._log_trouble = ""
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
        self._log_trouble = self.log.open()
        try:
            for one in self._services:
                one.start()
            self.engine.start()
        except BaseException:
            self._close_services()
            self.engine.stop()
            self.log.close()
            raise
        scenes = self.front.state.front_scenes
        self.engine.post(ArmBank(stamp_ns=self.clock.now_ns(), origin=Origin.CLI, scenes=scenes))

    def start_window(self) -> tuple[str, ...]:
        """Start as above; return what the window does not hear of otherwise, in sentences."""
        self.start()
        return (self._log_trouble,) if self._log_trouble else ()

    def troubles(self) -> tuple[str, ...]:
        """Return what failed at the start without stopping the show, in sentences."""
        faults = tuple(one.state().fault for one in (self.osc,) if one is not None)
        return tuple(text for text in (self._log_trouble, *faults) if text)

    def stop(self) -> None:
        """End everything, then write the report.

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
        if self.report is not None and self.options.report is not None:
            self.report.write(self.options.report)

    def _close_services(self) -> None:
        for one in reversed(self._services):
            one.close()

    def note_window(self, stalls: StallMeter) -> None:
        """Add to the report how well the window kept up."""
        if self.report is not None:
            self.report.note_window(
                WindowFigures(
                    longest_call_ms=stalls.longest_ns / NS_PER_MS,
                    longest_stall_ms=stalls.worst_ns / NS_PER_MS,
                    late_ticks=stalls.over_budget,
                    ticks=stalls.ticks,
                )
            )

    def _midi_service(self, folder: Path) -> MidiService:
        return MidiService(
            self.engine.post,
            self.front,
            self.clock,
            port_filter=self.options.midi or None,
            folder=UserBindingsFolder(folder),
            clock_out=self.options.midi_clock_out,
        )

    def _link_service(self) -> LinkService | None:
        wanted = self.options.link
        if not link_installed():
            if wanted not in (None, LinkMode.OFF):
                raise AppError("Ableton Link needs the extra link, which is not installed", remedy=LINK_MISSING)
            return None
        return LinkService(self.engine.post, self.clock)


def _output_of(options: Options) -> OutputConfig:
    sink = parse_sink(options.sink)
    return OutputConfig(
        name=options.output_name,
        width=options.width,
        height=options.height,
        fps=options.fps,
        sink=sink,
        pixel_format=find_sink(sink).formats[0],
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
