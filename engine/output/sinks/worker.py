"""The process of one isolated sink: `python -m engine.output.sinks.worker --sink record --name Hardcut`.

It serves the output process's orders (engine.output.sinks.exchange), one after the other, on its main thread: so do
systems want it that draw on a screen. It ends when it is closed, or when the output process has gone: then a recording
is finished in order, and a display keeps its last picture for a while, until the next output process has one.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from engine.errors import OutputError
from engine.memory_left import read_headroom
from engine.messages.sinks import RECORDER
from engine.output.out_of_memory import go_first
from engine.output.realtime import lower_priority
from engine.output.settings import VideoFormat
from engine.output.sinks.base import Shaping, Sink, SinkEndedError, SinkStatus
from engine.output.sinks.exchange import Answer, Known, Order, PictureFile, Verb
from engine.output.sinks.registry import build_sink, find_sink, parse_sink

LINGER_POLL_S = 0.05


def serve(sink: Sink, orders: BinaryIO, answers: BinaryIO) -> bool:
    """Carry out orders until the sink is closed; False if the orders ended before."""
    known = Known[PictureFile]()
    while line := orders.readline():
        order = Order.parse(line)
        answer = _carry_out(order, sink, known)
        with contextlib.suppress(OSError):  # the output process has gone: the orders end too
            answers.write(answer.line())
            answers.flush()
        if order.verb is Verb.CLOSE:
            return True
    return False


def _carry_out(order: Order, sink: Sink, known: Known[PictureFile]) -> Answer:
    error, ended, unmapped = "", False, False
    wanted, status = False, SinkStatus("", 0, False)
    try:
        match order.verb:
            case Verb.OPEN:
                sink.open()
            case Verb.SEND if order.video is not None:
                try:
                    pictures = _mapped(order, order.video, known)
                except OSError as fault:
                    error, unmapped = f"The picture cannot be reached: {fault.strerror}.", True
                else:
                    sink.send(pictures.image(order.video), order.video)
            case Verb.SHAPE if isinstance(sink, Shaping):
                sink.shape(order.shape)
            case Verb.CLOSE:
                sink.close()
            case _:
                pass
    except OutputError as fault:
        error, ended = str(fault), isinstance(fault, SinkEndedError)
    except Exception as fault:  # noqa: BLE001 - a driver's or a plug-in's fault: the output process tells it
        error = f"{type(fault).__name__}: {fault}."
    try:
        status, wanted = sink.status(), sink.wanted()
    except Exception as fault:  # noqa: BLE001 - as above
        error = error or f"{type(fault).__name__}: {fault}."
    return Answer(status, wanted, error, ended, unmapped)


def _mapped(order: Order, video: VideoFormat, known: Known[PictureFile]) -> PictureFile:
    """Return the memory of a picture, mapped when it comes for the first time."""
    found = known.find(video, order.picture)
    if found is None:
        found = PictureFile.attach(Path(order.file), order.picture)
        known.add(order.picture, found)
    return found


def linger(sink: Sink, seconds: float) -> None:
    """Keep an abandoned sink as it is for so long, asking for its status so that it serves its window."""
    pause = threading.Event()
    for _ in range(round(seconds / LINGER_POLL_S)):
        with contextlib.suppress(Exception):
            sink.status()
        pause.wait(LINGER_POLL_S)


def _own_stdout() -> BinaryIO:
    """Return standard output for answers alone; whatever a library prints goes to the log."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="engine.output.sinks.worker")
    parser.add_argument("--sink", required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args(argv)
    spec = parse_sink(options.sink)
    entry = find_sink(spec)
    lower_priority(entry.niceness)  # the output's own is for deadlines
    if spec.id == RECORDER:
        go_first(max(read_headroom().limit, 1))
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, number):  # the output process ends it, in order
            signal.signal(getattr(signal, number), signal.SIG_IGN)
    answers = _own_stdout()
    try:
        sink = build_sink(spec, options.name)
    except OutputError as error:
        sys.stdin.buffer.readline()
        answers.write(Answer(SinkStatus("", 0, False), False, str(error), ended=True).line())
        answers.flush()
        return 2
    if not serve(sink, sys.stdin.buffer, answers):
        linger(sink, entry.linger_s)
        sink.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
