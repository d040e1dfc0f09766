"""Probes that measure in a process of their own and say what they found in one line of JSON."""

import json
from typing import Any

from bench.harness.processes import Child
from bench.reading import BenchError


def answer(child: Child, trouble: str) -> Any:
    """Wait for a probe's line, and return what it says.

    Args:
        trouble: what could not be measured, a clause, for the case that it says nothing.

    Raises:
        BenchError: it ended without a word.
    """
    line = child.line()
    if not line:
        raise BenchError(trouble, where=child.last_error_line())
    return json.loads(line)
