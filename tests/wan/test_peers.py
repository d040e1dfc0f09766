"""Processes that write into each other's memory: the kernels of that are interpreted here, between real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wan.peer import given, region_bytes


@pytest.mark.parametrize("size", [2, 3])
def test_what_each_sends_is_what_each_gets(size: int, tmp_path: Path) -> None:
    pytest.importorskip("triton", reason="triton comes with torch for CUDA only")
    files = [tmp_path / str(rank) for rank in range(size)]
    for file in files:
        file.write_bytes(bytes(region_bytes(size)))
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.wan.peer", str(rank), *map(str, files)],
            stdout=subprocess.PIPE,
            env={**os.environ, "TRITON_INTERPRET": "1"},
            text=True,
        )
        for rank in range(size)
    ]
    told = [json.loads(one.communicate(timeout=120)[0].splitlines()[-1]) for one in processes]
    for rank, turns in enumerate(told):
        for turn, (parts, all_told) in enumerate(turns):
            expected = [[given(of, rank, turn, which, 3 + rank).tolist() for which in range(3)] for of in range(size)]
            assert parts == expected
            assert all_told == [float(one + turn) for one in range(150)]
