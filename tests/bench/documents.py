"""Lines of the bench for tests: figures that were never measured."""

from bench.document import BenchDocument, document_of
from bench.figures import Better, Figure
from engine.metrics.machine import Machine

MACHINE = Machine(
    cpu="any",
    cores=2,
    threads=2,
    usable_threads=2,
    memory_bytes=8 << 30,
    system="Debian 12",
    python="3.11.7",
    torch="2.13.0",
    gpus=(),
    gpus_missing="no driver",
)


def rate(*values: float, **more: object) -> Figure:
    return Figure(
        **{
            "id": "headless.fps",
            "label": "rate",
            "unit": "FPS",
            "values": values,
            "command": "hardcut bench",
            "better": Better.HIGHER,
        }
        | more
    )


def wait(*values: float, **more: object) -> Figure:
    return rate(*values, **{"id": "cut.p95", "label": "wait", "unit": "ms", "digits": 0, "better": Better.LOWER} | more)


def document(*figures: Figure) -> BenchDocument:
    return document_of(
        seconds=2.0, repeats=1, machine=MACHINE, network="private", load={}, figures=figures, failures={"x": "why"}
    )
