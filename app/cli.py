"""`hardcut`: perform in a window or headless; `hardcut doctor` and the other commands beside it."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.arguments import Options, Task, parse
from app.display import has_display
from app.streams import (
    CleanFormatter,
    ForgivingText,
    drop_what_is_unsaid,
    fill_missing_streams,
    write_what_can_be_written,
)
from engine.errors import EngineError
from engine.folders import cache_folder, log_folder
from engine.module_cache import keep_modules
from engine.native_crash import PROGRAM, note_crashes
from engine.native_heap import limit_arenas
from engine.plain_text import cleaned

if TYPE_CHECKING:
    from app.show.beginning import Beginning
    from app.views.shell import Shell

MISTAKE = 2
"""Exit status for something the user can put right on the command line."""

FAILURE = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return the exit status."""
    limit_arenas()
    keep_modules(cache_folder() / "modules")
    fill_missing_streams()
    write_what_can_be_written()
    try:
        try:
            return _run(_begin(sys.argv[1:] if arguments is None else arguments))
        finally:
            if sys.stdout is not None:  # as it is in a program without a console
                sys.stdout.flush()  # the interpreter's own flush, at its end, would tell of a broken pipe
    except EngineError as error:
        _print_line(f"hardcut: {error}")
        return MISTAKE
    except KeyboardInterrupt:
        return 128 + 2
    except BrokenPipeError:  # who read the output has seen enough, as in "hardcut midi profiles | head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is flushed at the end
        return 128 + 13


def _begin(arguments: Sequence[str]) -> Options:
    options = parse(arguments)
    told = logging.StreamHandler()
    told.setFormatter(CleanFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=options.log_level.upper(), handlers=[told])
    return options


def _run(options: Options) -> int:
    match options.task:
        case Task.SOURCES:
            return _list_sources()
        case Task.DOCTOR:
            from app.commands.doctor.command import run_doctor

            return run_doctor(options.rest, sys.stdout)
        case Task.REPORT:
            from app.commands.report import run_report

            return run_report(options.rest, _print_line)
        case Task.BENCH:
            from bench.command import run_bench

            return run_bench(options.rest)
        case Task.REPLAY:
            from app.commands.replay import run_replay

            return run_replay(options.rest, _print_line)
        case Task.RENDER:
            from app.commands.render import run_render

            return run_render(options.rest, _print_line)
        case Task.MODELS:
            from app.commands.models.command import run_models

            return run_models(options.rest, _print_line)
        case Task.MIDI:
            from app.commands.midi.command import run_midi

            return run_midi(options.rest)
        case Task.OSC:
            from app.commands.osc import run_osc

            return run_osc(options.rest)
        case Task.SETUP_KERNELS:
            from engine.kernels import set_up_kernels

            return 0 if set_up_kernels(_print_line) else FAILURE
        case Task.PERFORM if options.headless:
            return _perform_headless(options)
        case Task.PERFORM if not has_display():
            _print_line("There is no display here: performing headless. Ctrl-C ends it.")
            return _perform_headless(options)
        case _:
            return _perform_in_window(options)


def _list_sources() -> int:
    from engine.sources.catalogue import find_sources
    from engine.sources.registry import SOURCES

    catalogue = find_sources()
    width = max(len(str(entry.spec)) for entry in catalogue.entries)
    for entry in catalogue.entries:
        sys.stdout.write(f"{cleaned(f'{entry.spec!s:{width}}  {entry.label}')}\n")
    for note in (*catalogue.notes, *map(str, SOURCES.faults())):
        _print_line(note)
    return 0


def _note_crashes() -> None:
    """Have a crash of this process noted, before anything is loaded that may crash it."""
    if trouble := note_crashes(log_folder(), PROGRAM):
        _print_line(trouble)


def _perform_headless(options: Options) -> int:
    _note_crashes()
    from app.second_start import check_output_free
    from app.show.beginning import output_name

    taken = check_output_free(output_name(options))
    from app.headless import StatusLine, default_stream, ending_on_signals, kept_awake, perform
    from app.program import Program

    program = Program(options, _begun(options, taken))
    line = StatusLine(default_stream())
    program.engine.subscribe(line.on_event)
    ended = threading.Event()
    with ending_on_signals(ended):
        program.start()
        for sentence in program.troubles():
            line.print_line(sentence)
        try:
            with kept_awake(program.engine.tell):
                perform(line, options.duration_s, program.report.process_events if program.report else _nothing, ended)
        except BaseException:
            program.stop(clean=False)
            raise
        program.stop()
    return _end(program.engine.hung)


def _perform_in_window(options: Options) -> int:
    _note_crashes()
    from app.views.shell import open_shell
    from engine.folders import user_folder

    shell = open_shell(user_folder() / "window.toml")  # before all that takes long to load
    try:
        return _fill(shell, options)
    finally:
        shell.close()


def _fill(shell: "Shell", options: Options) -> int:
    """Perform in the window that takes the place of a bare one."""
    from app.second_start import check_output_free
    from app.show.beginning import output_name

    taken = check_output_free(output_name(options))
    from app.commands.doctor.mending import ShowMends
    from app.commands.doctor.window import WindowCheckups
    from app.commands.models.window import WindowFetcher
    from app.models.choices import ChoiceBook
    from app.models.controllers.feed import ControllerFeed
    from app.program import Program
    from app.settings import choices_file
    from app.show.desk import ShowDesk
    from app.views.app import run_window
    from app.views.sections.album import Album
    from engine.clock import SystemClock
    from engine.folders import cache_folder, user_folder

    program = Program(options, _begun(options, taken))
    midi = ControllerFeed(
        program.front, program.midi, program.osc, program.decks, program.link, program.dmx, program.sound
    )
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal is not a closed window
    try:
        status = run_window(
            program.engine,
            program.front,
            midi,
            place=user_folder() / "window.toml",
            choices=ChoiceBook(choices_file()),
            desk=ShowDesk(program.engine, program.keeper, user_folder(), program.front, program.midi),
            album=Album(cache_folder() / "scenes", program.options.generator, program.engine.first_scene),
            recording=lambda: program.engine.session_files,
            checkups=WindowCheckups(
                program.engine.subscribe,
                lambda: program.keeper.state().show,
                ShowMends(program.engine.post, program.engine.now_ns),
            ),
            fetcher=WindowFetcher(SystemClock()),
            on_ready=program.start,
            on_ended=lambda stalls: program.note_window(stalls, shell.seen_ns),
            duration_s=options.duration_s,
            shell=shell,
        )
    except BaseException:
        program.stop(clean=False)
        raise
    program.stop()
    return status or _end(program.engine.hung)


def _begun(options: Options, taken: str = "") -> "Beginning":
    """What the performance begins with, by what the performer chose.

    Args:
        taken: told of another Hardcut whose place this one takes; "" without one.
    """
    from app.settings import Choices, SettingsError, choices_file, load_choices
    from app.show.beginning import begin

    try:
        chosen = load_choices(choices_file())
    except SettingsError as error:
        _print_line(str(error))
        chosen = Choices()
    begun = begin(options, chosen.after_end)
    return replace(begun, told=(taken, *begun.told)) if taken else begun


def _end(hung: bool) -> int:
    """Return the status of a show that ended in order; end the process if a thread hangs."""
    if hung:
        drop_what_is_unsaid()
        os._exit(0)
    return 0


def _nothing() -> None:
    return


def _print_line(sentence: str) -> None:
    ForgivingText(sys.stderr).say(f"{cleaned(sentence)}\n")
