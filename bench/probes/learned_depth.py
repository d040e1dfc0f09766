"""Times learned depth at full size with random weights: alone, and beside a generator, which it makes slower.

    python -m bench.probes.learned_depth [--beside wan-14b] [MODEL …]      models: pictures video

One line of JSON, last: `figures`, each with its median and the least and most of it. MODEL.ms is what the estimator
takes a frame of 448×448, motion and range included; MODEL.network_ms its network alone, from the picture in memory to
the map in memory, waited for (MODEL.plain_network_ms: with every kernel launched by itself); MODEL.first_s the first
frame, for which the model is read, and recorded as a graph. With --beside, by turns:
generator.fps as the program runs it, and beside.MODEL.generator_fps while the estimator is offered thirty pictures a
second; by how many per cent such a turn is slower; what the estimator takes a frame meanwhile, and its maps a second.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import torch

from bench.probes.random_depth import MODELS, RandomDepth, estimator_of, moving_pictures, written
from bench.wan.measure import to_steady
from bench.wan.model import never, opened, request_of
from bench.wan.options import MODELS as GENERATORS
from bench.wan.options import WanBenchOptions
from bench.wan.options import parse as parse_wan
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.command_line import SentenceParser
from engine.errors import EngineError
from engine.messages.events import ComponentState, DepthChanged
from engine.messages.frame import FRAME_SIZE, InputFrame, RgbImage
from engine.metrics.gpus import read_gpus
from engine.preprocess.learned.network import Network
from engine.preprocess.worker import DepthWorker

RATE: Final = 30
"""Pictures a second that the estimator is offered beside the generator."""

WARM: Final = 40
"""Frames before any is timed: a model that looks back has by then all 32 that it sees."""

WARM_S: Final = 60.0
"""How long those may take beside the generator."""

_TINY_EDGE: Final = 56
_TINY_WARM: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is measured; see --help. edge: of the square picture, in pixels; warm: frames before any is timed."""

    models: tuple[str, ...]
    tiny: bool
    plain: bool
    beside: WanBenchOptions | None
    frames: int
    chunks: int
    turns: int
    json: Path | None

    @property
    def edge(self) -> int:
        return _TINY_EDGE if self.tiny else FRAME_SIZE

    @property
    def warm(self) -> int:
        return _TINY_WARM if self.tiny else WARM


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, as `hardcut bench` writes its own: the median of several values, their least and most."""

    id: str
    values: Sequence[float]

    def document(self) -> dict[str, object]:
        middle, low, high = (round(pick(self.values), 3) for pick in (median, min, max))
        return {"id": self.id, "median": middle, "min": low, "max": high, "count": len(self.values)}


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line.

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help.
    """
    parser = SentenceParser(
        prog="bench.probes.learned_depth",
        description="Times learned depth with random weights: alone, and beside a generator.",
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"{' '.join(MODELS)} (both)")
    parser.add_argument("--beside", choices=tuple(GENERATORS), help="with random weights: fp8 on a GPU, window 6")
    parser.add_argument("--frames", type=int, default=100, metavar="N", help="timed alone (100)")
    parser.add_argument("--chunks", type=int, default=8, metavar="N", help="of the generator in each turn (8)")
    parser.add_argument("--turns", type=int, default=3, metavar="N", help="with and without (3)")
    parser.add_argument("--plain", action="store_true", help="alone also without a recorded graph")
    parser.add_argument("--tiny", action="store_true", help="tiny networks on a tiny picture: does it run?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the JSON line to a file")
    found = parser.parse_args(arguments)
    if unknown := [name for name in found.models if name not in MODELS]:
        parser.error(f"There is no model {unknown[0]!r} here; choose of {', '.join(MODELS)}.")
    if min(found.frames, found.chunks, found.turns) < 1:
        parser.error("Less than one frame, chunk or turn cannot be measured.")
    return Options(
        models=tuple(found.models) or MODELS,
        tiny=found.tiny,
        plain=found.plain,
        beside=None if found.beside is None else _generator(found.beside),
        frames=found.frames,
        chunks=found.chunks,
        turns=found.turns,
        json=found.json,
    )


def _generator(name: str) -> WanBenchOptions:
    pace = ("--precision", "fp8") if torch.cuda.is_available() else ("--compile", "off")
    return parse_wan(
        ["--generator", name, "--random-weights", "--recipe", "self-forcing", "--window", "6", *pace, "--anyway"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if something could not be measured."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu" and options.beside is not None and not options.beside.tiny:
        _say(f"There is no GPU here for {options.beside.generator}: choose --beside wan-tiny.")
        return 1
    backends: dict[str, str] = {}
    try:
        with written(tiny=options.tiny) as models:
            chosen = {name: models[name] for name in options.models}
            figures = [one for name, model in chosen.items() for one in alone(name, model, options, backends)]
            if options.beside is not None:
                figures += beside(options.beside, chosen, options, device)
    except EngineError as error:
        _say(f"It could not be measured: {error}")
        return 1
    line = json.dumps(
        {
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU",
            "torch": torch.__version__,
            "picture": [options.edge, options.edge],
            "tiny": options.tiny,
            "beside": None if options.beside is None else options.beside.generator,
            "others_on_gpu": [sentence for gpu in read_gpus().loads if (sentence := gpu.sentence())],
            "backends": backends,
            "figures": [one.document() for one in figures],
        },
        ensure_ascii=False,
    )
    if options.json is not None:
        options.json.write_text(f"{line}\n", encoding="utf-8")
    _say(line)
    return 0


def alone(name: str, model: RandomDepth, options: Options, backends: dict[str, str]) -> list[Figure]:
    """Time a model on a thread of its own while nothing else runs; note how it computed."""
    took = _timed(model.name, model.load, options)
    backends[name] = took.backend
    _say(f"{model.name}: {took.backend}; {median(took.ms):.2f} ms a frame.")
    found = {"ms": took.ms, "network_ms": took.network_ms, "first_s": [took.first_s]}
    if options.plain:
        found["plain_network_ms"] = _timed(model.name, model.load_plain, options).network_ms
    return [Figure(f"{name}.{key}", values) for key, values in found.items()]


@dataclass(frozen=True, slots=True)
class _Took:
    """Milliseconds of each timed frame, and of its network; seconds of the first; how it computed."""

    ms: list[float]
    network_ms: list[float]
    first_s: float
    backend: str


def _timed(name: str, load: Callable[[], Network], options: Options) -> _Took:
    pictures = moving_pictures(options.edge)

    def work() -> _Took:
        network_ms, ms = list[float](), list[float]()
        estimator = estimator_of(name, load, network_ms)
        for number in range(1 + options.warm + options.frames):
            frame = _frame(number, number * NS_PER_SECOND // RATE, pictures)
            begun_ns = time.perf_counter_ns()
            estimator.push(frame, frame.capture_ns)
            ms.append((time.perf_counter_ns() - begun_ns) / NS_PER_MS)
        backend = estimator.backends()[0].reason
        estimator.close()
        return _Took(ms[-options.frames :], network_ms[-options.frames :], ms[0] / 1e3, backend)

    with ThreadPoolExecutor(1) as thread:  # on a CPU it goes behind the others from now on
        return thread.submit(work).result()


class Feeder:
    """An estimator on the program's depth thread, and a thread that offers it pictures while it is wanted."""

    def __init__(self, model: RandomDepth, pictures: Sequence[RgbImage]) -> None:
        self._pictures = pictures
        self._clock = SystemClock()
        self._number = 0
        self._network_ms: list[float] = []
        self._took_ms: list[float] = []
        self._failed = ""
        self._ended = threading.Event()
        self._worker = DepthWorker(
            estimator_of(model.name, model.load, self._network_ms),
            self._clock,
            self._hear,
            on_map=self._count,
            name="depth",
        )
        self._worker.start()

    @contextmanager
    def feeding(self) -> Iterator[None]:
        """Offer pictures in a with-block.

        Raises:
            EngineError: the estimator failed.
        """
        self._ended.clear()
        thread = threading.Thread(target=self._feed, name="pictures")
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
        if self._failed:
            raise EngineError(self._failed)

    def warm(self, count: int) -> None:
        """Feed until so many maps are made, or for a minute at most."""
        until_ns = self._clock.now_ns() + int(WARM_S * NS_PER_SECOND)
        with self.feeding():
            while len(self._took_ms) < count and not self._failed and self._clock.now_ns() < until_ns:
                time.sleep(0.01)
        self.forget()

    def forget(self) -> None:
        """Leave out what was timed so far."""
        self._network_ms.clear()
        self._took_ms.clear()

    def taken(self) -> tuple[list[float], list[float]]:
        """Milliseconds of each map, and of its network."""
        return list(self._took_ms), list(self._network_ms)

    def close(self) -> None:
        self._worker.close()

    def _feed(self) -> None:
        due_ns = self._clock.now_ns()
        while not self._ended.is_set():
            self._number += 1
            self._worker.offer(_frame(self._number, self._clock.now_ns(), self._pictures))
            due_ns += NS_PER_SECOND // RATE
            self._ended.wait(max(due_ns - self._clock.now_ns(), 0) / NS_PER_SECOND)

    def _hear(self, event: DepthChanged) -> None:
        if event.state is ComponentState.FAILED:
            self._failed = event.detail

    def _count(self) -> None:
        self._took_ms.append(self._worker.stats().last_ns / NS_PER_MS)


def beside(
    wan: WanBenchOptions, models: Mapping[str, RandomDepth], options: Options, device: torch.device
) -> list[Figure]:
    """Time a generator without and with each model beside it, by turns."""
    pictures = moving_pictures(options.edge)
    fps: dict[str, list[float]] = {name: [] for name in ("without", *models)}
    rates: dict[str, list[float]] = {name: [] for name in models}
    with opened(wan, device) as generator:
        begun = time.perf_counter()
        for _ in generator.warm_up():
            pass
        _say(f"{wan.generator} is warm after {time.perf_counter() - begun:.0f} s.")
        card = generator.parts.card
        request = request_of(card, wan, depth=True, picture=True)

        def play(chunks: int) -> float:
            begun = time.perf_counter()
            for _ in range(chunks):
                generator.generate(request, never)
            return time.perf_counter() - begun

        play(to_steady(generator.video))
        feeders = {name: Feeder(model, pictures) for name, model in models.items()}
        try:
            for feeder in feeders.values():
                feeder.warm(options.warm)
            for _ in range(options.turns):
                fps["without"].append(_turn(play, options.chunks, card.chunk_frames))
                for name, feeder in feeders.items():
                    made = len(feeder.taken()[0])
                    begun = time.perf_counter()
                    with feeder.feeding():
                        fps[name].append(_turn(play, options.chunks, card.chunk_frames))
                    rates[name].append((len(feeder.taken()[0]) - made) / (time.perf_counter() - begun))
        finally:
            for feeder in feeders.values():
                feeder.close()
    figures = [Figure("generator.fps", fps["without"])]
    for name, feeder in feeders.items():
        slower = [100 * (1 - with_it / bare) for bare, with_it in zip(fps["without"], fps[name], strict=True)]
        took, network = feeder.taken()
        figures += [
            Figure(f"beside.{name}.{key}", values)
            for key, values in (
                ("generator_fps", fps[name]),
                ("slower_percent", slower),
                ("ms", took),
                ("network_ms", network),
                ("maps_a_second", rates[name]),
            )
        ]
    return [one for one in figures if one.values]


def _turn(play: Callable[[int], float], chunks: int, frames: int) -> float:
    """FPS over some chunks, after one that is not timed."""
    play(1)
    return chunks * frames / play(chunks)


def _frame(number: int, now_ns: int, pictures: Sequence[RgbImage]) -> InputFrame:
    return InputFrame(number, now_ns, 1, pictures[number % len(pictures)])


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
