"""Loops written in Python and compiled ahead of the show, into machine code that runs without the interpreter's lock.

numba compiles during set-up, in a process of its own (`engine.jit.build`); what it made is kept in the user's
cache folder. A show loads that through llvmlite alone: importing numba would cost it 110 MiB and a third of a
second, llvmlite costs 50 MiB and 50 ms.

    kernel    one compiled loop: its signature, and the call into machine code
    library   kernels that are compiled, kept and loaded together
"""

from engine.jit.kernel import Kernel, kernel
from engine.jit.library import Library, NotCompiledError

__all__ = ["Kernel", "Library", "NotCompiledError", "kernel"]
