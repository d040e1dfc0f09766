"""Processes that write into each other's memory: the kernels of that are interpreted here, between real processes."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from torch._C._distributed_c10d import FileStore

from engine.errors import GeneratorError
from engine.generators.wan.model.share import Share
from engine.generators.wan.parallel.peers import Agreement
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


def test_what_one_cannot_nobody_does(tmp_path: Path) -> None:
    found: dict[int, list[tuple[list[str], str]]] = {}

    def refused() -> str:
        raise GeneratorError("GPU 1 cannot reach the memory of GPU 0")

    def work(rank: int) -> None:
        agreement = Agreement(FileStore(str(tmp_path / "meeting"), 2), Share(rank, 2, 8, 2))
        first = agreement.on("first", lambda: f"region {rank}")
        found[rank] = [first, agreement.on("second", refused if rank else lambda: "")]

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[rank][0] for rank in range(2)] == [(["region 0", "region 1"], "")] * 2
    assert found[0][1] == found[1][1] and found[0][1][1] == "GPU 1 cannot reach the memory of GPU 0"
