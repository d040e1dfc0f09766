"""`hardcut models convert IN OUT`: a file of weights in another layout, container or dtype."""

from pathlib import Path
from typing import Final, TextIO

from app.commands.progress_line import ProgressLine
from engine.clock import Clock

LAYOUTS: Final = ("original", "diffusers")
DTYPE_NAMES: Final = ("bfloat16", "float16", "float32")

STOPPED: Final = 128 + 2
"""Exit status after Ctrl-C."""


def convert_file(source: Path, target: Path, layout: str, dtype: str, out: TextIO, clock: Clock) -> int:
    """Write `target` from `source`; return the exit status.

    Args:
        layout: one of LAYOUTS; dtype: one of DTYPE_NAMES; "" keeps what there is.

    Raises:
        EngineError: the source is damaged or something else, or the target cannot be written.
    """
    from engine.generators.wan.library.converting import DTYPES, Target, convert

    line = ProgressLine(out, clock, live=out.isatty())
    try:
        for step in convert(
            source, target, to=Target(layout) if layout else None, dtype=DTYPES[dtype] if dtype else None
        ):
            line.show(step.done, step.total, target.name)
    except KeyboardInterrupt:
        line.print_line("Stopped: nothing was written.")
        return STOPPED
    finally:
        line.close()
    out.write(f"{target}: written.\n")
    return 0
