"""Exceptions a kernel may raise on an unsupported device, and their one-line message."""

import importlib
from typing import Final

_LONGEST: Final = 200


def kernel_errors() -> tuple[type[Exception], ...]:
    """What the first calls of a kernel may raise: a package or a library is missing, it takes other inputs, it asks for
    too much, there is no place to compile it.

    Triton's errors (compiling, too little shared memory) have a base of their own. Asked for only when something was
    raised, so that nobody waits for Triton in vain.
    """
    plain = (ImportError, OSError, RuntimeError, TypeError, ValueError, AttributeError, AssertionError)
    try:
        triton: type[Exception] = importlib.import_module("triton.errors").TritonError
    except (ImportError, AttributeError):
        return plain
    return (*plain, triton)


def first_error_line(problem: Exception) -> str:
    """Return the first line of an exception, or its class name where it has no text; at most 200 characters."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return lines[0][:_LONGEST]
