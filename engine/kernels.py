"""All loops of the engine that are compiled ahead, for setting a machine up: `hardcut setup-kernels`."""

from collections.abc import Callable

from engine.generators.field.compiled.library import LIBRARY as FIELD
from engine.jit import Library, NotCompiledError
from engine.preprocess.compiled.library import LIBRARY as DEPTH
from engine.sources.stage.compiled.library import LIBRARY as STAGE

LIBRARIES: tuple[Library, ...] = (FIELD, STAGE, DEPTH)


def set_up_kernels(tell: Callable[[str], None]) -> bool:
    """Compile what is not yet compiled for this processor, and check it; what stands is left alone.

    Args:
        tell: takes sentences.

    Returns:
        False if some loops cannot be had; torch does their work then, at several times the CPU time.
    """
    complete = True
    for library in LIBRARIES:
        try:
            library.load()
        except NotCompiledError as reason:
            why = f"{reason.what[0].lower()}{reason.what[1:]}"
            tell(f"Compiling the loops of {library.name}, once (half a minute): {why}.")
        else:
            continue
        try:
            library.build()
            library.load()
        except NotCompiledError as error:
            tell(f"{error} Torch does its work instead, at several times the CPU time.")
            complete = False
    return complete
