"""The composition: one engine, the controllers, one report, started and ended together."""

import logging
import time
from contextlib import suppress
from dataclasses import asdict

import psutil

from app import __version__
from app.arguments import Options
from app.control.clock_settings import LinkMode
from app.control.macros import NO_MACROS, Macros
from app.control.slots import default_assignments
from app.decks import deck_service
from app.errors import AppError, MidiError
from app.extras import link_installed
from app.link.service import MISSING as LINK_MISSING
from app.link.service import LinkService
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.profiles.library import known_profiles
from app.midi.service import MidiService
from app.midi.state import MidiState
from app.models.pads import PADS_PER_BANK
from app.models.stall import StallMeter
from app.osc.core import Played
from app.osc.macros import MacroPart
from app.osc.service import OscService
from app.report import Report, check_writable
from app.report_schema import WindowFigures
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.engine import Engine, EngineConfig
from engine.errors import EngineError
from engine.folders import user_folder
from engine.messages.commands import ArmBank, Origin
from engine.metrics.machine import describe_machine
from engine.output.client import OutputConfig
from engine.output.sinks.registry import find_sink, parse_sink
from engine.session.recorder import SessionConfig

_LOG = logging.getLogger(__name__)


def process_start_ns() -> int:
    """When this process began, on the monotonic clock."""
    age_s = time.time() - psutil.Process().create_time()
    return time.monotonic_ns() - round(age_s * NS_PER_SECOND)


class Program:
    """Everything that performs, with or without a window."""

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
                notes=tuple(map(str, known_profiles().faults)) if options.midi != "none" else (),
            ),
            self.clock,
        )
        self._macros: Macros = NO_MACROS
        self._link_mode = LinkMode.OFF
        self.osc = self._osc_service(*options.osc) if options.osc is not None else None
        self.midi = self._midi_service() if options.midi != "none" else None
        self.link = self._link_service()
        self.decks = deck_service(self.engine, self.clock, options.streamdeck, options.brightness)
        self._controllers = [one for one in (self.midi, self.osc, self.link, self.decks) if one is not None]
        self.report = Report(options, describe_machine(), process_start_ns()) if options.report else None
        self._unsubscribe = [self.engine.subscribe(one.hear) for one in self._controllers]
        if self.report is not None:
            self._unsubscribe.append(self.engine.subscribe(self.report.hear))

    def start(self) -> None:
        """Start the controllers, then the engine.

        The engine may step back for the output, and threads inherit that; a hand on a knob does not step back.

        Raises:
            EngineError: the output cannot be had.
        """
        try:
            for one in self._controllers:
                one.start()
            self.engine.start()
        except BaseException:
            self._close_controllers()
            self.engine.stop()
            raise
        pads = tuple(self.engine.scenes)[:PADS_PER_BANK]
        self.engine.post(ArmBank(stamp_ns=self.clock.now_ns(), origin=Origin.CLI, scenes=pads))

    def troubles(self) -> tuple[str, ...]:
        """What could not be had at the start and does not keep the show, in sentences."""
        return tuple(one.state().fault for one in (self.osc,) if one is not None and one.state().fault)

    def stop(self) -> None:
        """End everything, then write the report.

        Raises:
            ReportError: the report could not be written.
        """
        try:
            self._close_controllers()
            self.engine.stop()
        except EngineError as error:  # a driver that does not let go; the report is written all the same
            _LOG.warning("%s", error)
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        if self.report is not None and self.options.report is not None:
            self.report.write(self.options.report)

    def _close_controllers(self) -> None:
        for one in reversed(self._controllers):
            one.close()

    def note_window(self, stalls: StallMeter) -> None:
        """Put into the report how well the window kept up."""
        if self.report is not None:
            self.report.note_window(
                WindowFigures(
                    longest_call_ms=stalls.longest_ns / NS_PER_MS,
                    longest_stall_ms=stalls.worst_ns / NS_PER_MS,
                    late_ticks=stalls.over_budget,
                    ticks=stalls.ticks,
                )
            )

    def _midi_service(self) -> MidiService:
        table = self.engine.parameters
        return MidiService(
            post=self.engine.post,
            table=table,
            assignments=default_assignments(table, tuple(self.engine.scenes)),
            clock=self.clock,
            on_change=self._midi_changed,
            port_filter=self.options.midi or None,
            folder=UserBindingsFolder(user_folder() / "midi"),
            clock_out=self.options.midi_clock_out,
        )

    def _midi_changed(self, state: MidiState) -> None:
        """OSC moves the same macros, Link is set beside the clocks; called on the midi thread.

        The window asks for the state when it draws.
        """
        if self.link is not None and self.options.link is None and state.clock.settings.link is not self._link_mode:
            self._link_mode = state.clock.settings.link
            self.link.set_mode(self._link_mode)
        if self.osc is not None and state.macros != self._macros:
            self._macros = state.macros
            self.osc.set_macros(_osc_macros(state.macros))

    def _link_service(self) -> LinkService | None:
        wanted = self.options.link
        if not link_installed():
            if wanted not in (None, LinkMode.OFF):
                raise AppError("Ableton Link needs the extra link, which is not installed", remedy=LINK_MISSING)
            return None
        service = LinkService(self.engine.post, self.clock)
        if wanted is not None:
            service.set_mode(wanted)
        return service

    def _osc_service(self, host: str, port: int) -> OscService:
        played = Played(pads=tuple(self.engine.scenes))
        service = OscService(self.engine.post, self.engine.parameters, played, self.clock, (host, port))
        with suppress(MidiError):  # a damaged file is told by the MIDI service, which reads it too
            self._macros = UserBindingsFolder(user_folder() / "midi").load_macros()
        service.set_macros(_osc_macros(self._macros))
        return service


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


def _osc_macros(macros: Macros) -> dict[int, tuple[MacroPart, ...]]:
    return {
        number: tuple(MacroPart(part.parameter, part.span) for part in macro.parts) for number, macro in macros.items()
    }
