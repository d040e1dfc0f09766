"""Processes that write into each other's memory: the kernels of that are interpreted here, between real processes."""

import ctypes
import json
import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._C._distributed_c10d import FileStore

from engine.errors import GeneratorError
from engine.generators.ranks import Ranks
from engine.generators.wan.model.share import Share
from engine.generators.wan.parallel import device_memory, peers
from engine.generators.wan.parallel.crew import Crew
from engine.generators.wan.parallel.peers import Agreement
from tests.wan.cards import small_card
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


def test_who_was_stopped_writes_to_nobody() -> None:
    """Its numbers mean nothing: others that still wait must not take them for those that they wait for."""
    pytest.importorskip("triton", reason="triton comes with torch for CUDA only")
    told = subprocess.run(
        [sys.executable, "-m", "tests.wan.stopped_peer"],
        capture_output=True,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        text=True,
        timeout=120,
        check=True,
    )
    first, *later = json.loads(told.stdout.splitlines()[-1])
    assert first == [[1, 0], [0.0, 10.0]]  # what it had before its waiting was ended is right
    assert later == [first, first]


def test_who_does_not_come_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_LOOKS", 1)
    card = small_card()
    crew = Crew(card, tmp_path, torch.device("cuda", 0), torch.bfloat16, Ranks(2), (0, 1))
    with pytest.raises(GeneratorError, match="did not meet"):
        crew.meet()


class _Runtime:
    """CUDA's runtime library on a machine where memory cannot be lent."""

    def __init__(self) -> None:
        self.held: set[int] = set()

    def cudaMalloc(self, address: Any, size: ctypes.c_size_t) -> int:
        assert size.value
        address._obj.value = 4096
        self.held.add(4096)
        return 0

    def cudaFree(self, address: ctypes.c_void_p) -> int:
        assert address.value is not None
        self.held.remove(address.value)
        return 0

    def cudaIpcGetMemHandle(self, handle: Any, address: ctypes.c_void_p) -> int:  # noqa: ARG002
        return 801

    def cudaIpcOpenMemHandle(self, address: Any, handle: Any, flags: ctypes.c_uint) -> int:
        assert flags.value == 1
        address._obj.value = 4096 * (1 + bytes(handle)[0])
        self.held.add(address._obj.value)
        return 0

    def cudaIpcCloseMemHandle(self, address: ctypes.c_void_p) -> int:
        return self.cudaFree(address)

    def cudaDeviceGetP2PAttribute(self, found: Any, attribute: ctypes.c_int, *devices: ctypes.c_int) -> int:
        assert attribute.value == 3
        found._obj.value = devices[1].value
        return 0

    def cudaGetLastError(self) -> int:
        return 801

    def cudaGetErrorString(self, status: int) -> bytes:  # noqa: ARG002
        return b"operation not supported"


def test_memory_that_cannot_be_lent_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = _Runtime()
    monkeypatch.setattr(device_memory, "_library", lambda: runtime)
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    with pytest.raises(GeneratorError, match=r"no handle of GPU memory \(operation not supported\)"):
        device_memory.lent_region(0, 1024)
    assert not runtime.held


def test_what_is_not_met_again_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = _Runtime()
    monkeypatch.setattr(device_memory, "_library", lambda: runtime)
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    first, second = (bytes([number]).ljust(device_memory.HANDLE_BYTES, b"\0") for number in (1, 2))
    at = [device_memory.opened_region(0, one) for one in (first, second, first)]
    assert at == [8192, 12288, 8192] and runtime.held == {8192, 12288}
    device_memory.close_others(0, [second])
    assert runtime.held == {12288}
    assert device_memory.opened_region(0, first) == 8192  # another crew
    device_memory.close_others(0, [])
    assert not runtime.held
    assert (device_memory.has_atomics(0, 1), device_memory.has_atomics(1, 0)) == (True, False)


def test_what_one_cannot_nobody_does(tmp_path: Path) -> None:
    found: dict[int, list[tuple[list[str], str]]] = {}

    def refused() -> str:
        raise GeneratorError("GPU 1 cannot reach the memory of GPU 0")

    def work(rank: int) -> None:
        agreement = Agreement(FileStore(str(tmp_path / "meeting"), 2), Share(rank, 2, 8, 2), lambda: False)
        first = agreement.on("first", lambda: f"region {rank}")
        found[rank] = [first, agreement.on("second", refused if rank else lambda: "")]

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[rank][0] for rank in range(2)] == [(["region 0", "region 1"], "")] * 2
    assert found[0][1] == found[1][1] and found[0][1][1] == "GPU 1 cannot reach the memory of GPU 0"


def test_nobody_waits_for_one_that_has_gone(tmp_path: Path) -> None:
    gone = threading.Event()
    gone.set()
    agreement = Agreement(FileStore(str(tmp_path / "meeting"), 2), Share(0, 2, 8, 2), gone.is_set)
    with pytest.raises(RuntimeError, match="the others did not come"):
        agreement.on("first", str)
