"""The output process: `python -m engine.output.host --name Hardcut --canvas 896x896 --fps 30/1`.

It owns the sinks, the pacer and the last good picture, and outlives a crash of the engine.
It imports neither torch nor Qt.

With --wait it loads everything and waits for its inheritance on standard input (engine.output.inheritance); it ends if
none comes. On standard output it says one line: its note once it sends, or why it does not. Afterwards it has neither:
no stream that somebody else may close or fill is needed for the show to go on.
"""

import argparse
import contextlib
import gc
import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from engine.clock import NS_PER_SECOND, SystemClock
from engine.errors import OutputError
from engine.folders import log_folder, runtime_folder
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import parse_rate
from engine.native_crash import OUTPUT, note_crashes
from engine.native_heap import limit_arenas
from engine.output.activity import activity
from engine.output.inheritance import Inheritance
from engine.output.layout import SharedMemory
from engine.output.out_of_memory import outlive_others
from engine.output.realtime import fine_timers, raise_priority
from engine.output.rendezvous import Lock, Note, Rendezvous, Seat
from engine.output.settings import NDI_SINK, OutputConfig, parse_size
from engine.output.sinks.registry import parse_sink

LINGER_S = 4 * 3600
"""How long the last good picture stays on air without an engine: longer than a set, shorter than a night."""

LOCK_PATIENCE_S = 1.0
"""Whoever asks whether an output runs holds its lock for an instant."""

CLOSE_PATIENCE_S = 2.0
EXIT_REFUSED = 2


def run(config: OutputConfig, linger_ns: int, inheritance: Inheritance) -> None:
    """Run the output of that name until it is told to end, starting with what an earlier one left.

    Raises:
        OutputError: if one is already running, the ring cannot be made, or the sink has stopped returning.
    """
    meeting = Rendezvous(runtime_folder(), config.name)
    priority = raise_priority()  # at once: viewers may be waiting for it to take over
    seat = Seat(meeting, _acquire_host_lock(meeting))
    memory: SharedMemory | None = None
    try:
        meeting.sweep_leftovers()
        places = meeting.ring_paths()
        memory = SharedMemory.create_at_first(places)
        inheritance.write_to(memory)
        stopped = threading.Event()
        _end_on_signals(stopped)
        from engine.output.loop import OutputLoop  # OpenCV comes with it: after the refusals

        loop = OutputLoop(
            config,
            memory,
            SystemClock(),
            meeting=meeting,
            seat=seat,
            linger_ns=linger_ns,
            priority=priority,
            remark=_ring_remark(places, memory),
        )
        note = Note(
            name=config.name,
            pid=os.getpid(),
            started_ns=time.monotonic_ns(),
            ring=str(memory.path),
        )
        with fine_timers(), activity("Hardcut sends pictures"):
            loop.open()
            seat.publish(note)  # what is wrong with it, the loop says each second
            _reply(note.written())
            gc.collect()
            gc.freeze()  # start-up objects live for ever: no collection walks them during the show
            try:
                loop.run(stopped)
            finally:
                memory = loop.memory
                if not loop.close(CLOSE_PATIENCE_S if not loop.sink_stuck else 0.0):
                    _log("The sink did not return; it is left behind.")
    finally:
        if seat.is_own():
            with contextlib.suppress(OSError):
                meeting.note_path.unlink(missing_ok=True)  # first of all: nobody new is invited to a ring that goes
        if memory is not None:
            memory.close()
            with contextlib.suppress(OSError):
                memory.path.unlink(missing_ok=True)
        seat.leave()


def _ring_remark(places: Sequence[Path], memory: SharedMemory) -> str:
    """Return a sentence if the ring is not at its best place, else ""."""
    if memory.path == places[0]:
        return ""
    return f"The frame ring lies in {memory.path.parent}, for want of room in {places[0].parent}."


def _reply(line: str) -> None:
    """Write the one line to standard output, and close the streams to whoever started this process."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def _log(line: str) -> None:
    """Write to the log; a full disk is no reason to end."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _acquire_host_lock(meeting: Rendezvous) -> Lock:
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while (lock := Lock.acquire(meeting.host_lock)) is None:
        if time.monotonic() > deadline:
            raise OutputError(
                "An output of this name is already running", where=meeting.name, remedy="Choose another name."
            )
        time.sleep(0.01)
    return lock


def _end_on_signals(stopped: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal ends the window, not the show


def arguments(config: OutputConfig, linger_ns: int = LINGER_S * NS_PER_SECOND) -> list[str]:
    """Return the command line that `main` parses to this configuration."""
    return [
        *("--name", config.name),
        *("--canvas", f"{config.width}x{config.height}"),
        *("--fps", f"{config.fps.numerator}/{config.fps.denominator}"),
        *("--fit", config.fit.value),
        *("--upscale", config.upscale.value),
        *(word for sink in config.sinks for word in ("--sink", str(sink))),
        *("--linger", str(linger_ns / NS_PER_SECOND)),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; the exit status is 0 after an orderly end, 2 if it could not start."""
    parser = argparse.ArgumentParser(prog="engine.output.host", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--name", default=OutputConfig().name)
    parser.add_argument("--canvas", default="896x896")
    parser.add_argument("--fps", default="30/1")
    parser.add_argument("--fit", choices=[fit.value for fit in Fit], default=Fit.FIT.value)
    parser.add_argument("--upscale", choices=[one.value for one in Upscale], default=Upscale.SMOOTH.value)
    parser.add_argument("--sink", action="append", help="where the pictures go; may be given again (none)")
    parser.add_argument("--linger", type=float, default=LINGER_S, help="seconds to go on without an engine")
    parser.add_argument("--wait", action="store_true", help="begin with what comes on standard input")
    options = parser.parse_args(argv)
    limit_arenas()
    outlive_others()
    if trouble := note_crashes(log_folder(), OUTPUT):
        _log(trouble)
    try:
        width, height = parse_size(options.canvas)
        config = OutputConfig(
            name=options.name,
            width=width,
            height=height,
            fps=parse_rate(options.fps),
            fit=Fit(options.fit),
            upscale=Upscale(options.upscale),
            sinks=tuple(parse_sink(text) for text in options.sink or ()),
        )
        inheritance = _await_inheritance(config) if options.wait else Inheritance()
        if inheritance is None:
            return 0
        run(config, int(options.linger * NS_PER_SECOND), inheritance)
    except OutputError as error:
        _log(str(error))
        _reply(str(error))
        return EXIT_REFUSED
    except Exception as error:  # noqa: BLE001 - the top of the process: its starter and the log tell what happened
        _log(traceback.format_exc())
        _reply(f"The output process has failed: {type(error).__name__}: {error}.")
        return 1
    return 0


def _await_inheritance(config: OutputConfig) -> Inheritance | None:
    """Import everything, then wait for the inheritance; None if the starter has ended or needs no process."""
    importlib.import_module("engine.output.loop")
    if NDI_SINK in config.sinks:
        with contextlib.suppress(ImportError, OSError):  # opening the sink tells it
            importlib.import_module("NDIlib")
    return Inheritance.read(sys.stdin.buffer)


if __name__ == "__main__":
    status = main()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status)  # a sink that never returns must not keep the process
