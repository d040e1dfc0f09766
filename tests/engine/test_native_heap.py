"""Many threads come and go, and memory is taken from few arenas."""

import subprocess
import sys

import pytest

from engine.native_heap import give_back, limit_arenas

THREADS = """
import ctypes, sys, threading
from engine.native_heap import limit_arenas
if sys.argv[1] == "few":
    limit_arenas()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
meeting = threading.Barrier(12)
def take():
    meeting.wait()
    library.malloc(ctypes.c_size_t(100_000))
    meeting.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
library.malloc_stats()
"""


def arenas(how: str) -> int:
    told = subprocess.run([sys.executable, "-c", THREADS, how], capture_output=True, text=True, timeout=60, check=True)
    return told.stderr.count("Arena ")


def test_arenas_are_few() -> None:
    if not limit_arenas():
        pytest.skip("the C library here is not glibc")
    assert arenas("few") <= 4 < arenas("many")
    assert give_back()
