"""The machine, its memory and its other load: read for real, and from a driver made of cardboard."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from engine.clock import NS_PER_SECOND, ManualClock
from engine.metrics.gpus import Gpu, GpuLoad, GpuReport, read_gpus
from engine.metrics.load import CpuTimes, LoadMeter, read_cpu_times
from engine.metrics.machine import Machine, describe_machine
from engine.metrics.memory import MemoryReading, ProcessMemory
from engine.session.plain import from_plain, to_plain

H200 = Gpu("NVIDIA H200", 141 << 30, (9, 0), "590.1")


def process(pid: int, gib: int | None) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=None if gib is None else gib << 30)


def sample(pid: int, percent: int, at: int) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, smUtil=percent, timeStamp=at)


class CardboardDriver:
    """As much of nvidia-ml-py as is asked for, with one accelerator."""

    class NVMLError(Exception):
        pass

    def __init__(self, fails_at: str = "") -> None:
        self.fails_at = fails_at
        self.running = 0

    def __getattr__(self, name: str) -> object:
        answers: dict[str, object] = {
            "nvmlDeviceGetCount": 1,
            "nvmlDeviceGetHandleByIndex": "handle",
            "nvmlSystemGetDriverVersion": "590.1",
            "nvmlDeviceGetName": "NVIDIA H200",
            "nvmlDeviceGetCudaComputeCapability": (9, 0),
            "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=141 << 30, used=3 << 30),
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=40),
            "nvmlDeviceGetComputeRunningProcesses": [process(7, 2), process(9, 1)],
            "nvmlDeviceGetGraphicsRunningProcesses": [process(7, 2), process(8, None)],
            "nvmlDeviceGetProcessUtilization": [sample(7, 20, 1), sample(7, 30, 2), sample(8, 4, 2), sample(9, 90, 1)],
        }

        def call(*_: object) -> object:
            if name == self.fails_at:
                raise self.NVMLError(f"{name} refused")
            self.running += {"nvmlInit": 1, "nvmlShutdown": -1}.get(name, 0)
            return answers.get(name)

        return call


def test_an_accelerator_is_described() -> None:
    driver = CardboardDriver()
    load = GpuLoad("NVIDIA H200", 0.4, 3 << 30, (7,), 2 << 30, 0.3, ours=True)
    assert read_gpus(own_pids=(9,), load_library=lambda: driver) == GpuReport((H200,), (load,))
    assert driver.running == 0
    assert load.sentence() == "NVIDIA H200 is shared with 1 other process (2.0 GiB, 30 % of its time)"
    stranger = read_gpus(own_pids=(1,), load_library=lambda: driver).loads[0]
    assert (stranger.foreign_pids, stranger.ours) == ((7, 9), False)  # 8 shows a desktop, and hardly works


@pytest.mark.parametrize(
    ("call", "left"),
    [
        ("nvmlDeviceGetUtilizationRates", GpuLoad("NVIDIA H200", 0.0, 3 << 30, (7,), 2 << 30, 0.3, ours=True)),
        # What draws and works cannot be told from what only draws: nothing is claimed.
        ("nvmlDeviceGetProcessUtilization", GpuLoad("NVIDIA H200", 0.4, 3 << 30, (), 0, None, ours=True)),
        ("nvmlDeviceGetGraphicsRunningProcesses", GpuLoad("NVIDIA H200", 0.4, 3 << 30, (7,), 2 << 30, 0.3, ours=True)),
        ("nvmlDeviceGetComputeRunningProcesses", GpuLoad("NVIDIA H200", 0.4, 3 << 30, (7,), 2 << 30, 0.3)),
    ],
)
def test_what_a_driver_refuses_is_left_out(call: str, left: GpuLoad) -> None:
    driver = CardboardDriver(fails_at=call)
    assert read_gpus(own_pids=(9,), load_library=lambda: driver).loads == (left,)


@pytest.mark.parametrize("call", ["nvmlInit", "nvmlDeviceGetCount"])
def test_a_driver_that_does_not_answer_is_told(call: str) -> None:
    driver = CardboardDriver(fails_at=call)
    found = read_gpus(load_library=lambda: driver)
    assert found.gpus == ()
    assert f"{call} refused" in found.missing
    assert driver.running == 0


def test_a_missing_library_is_told() -> None:
    def absent() -> object:
        raise ImportError

    assert read_gpus(load_library=absent) == GpuReport(missing="nvidia-ml-py is not installed")


def test_this_machine() -> None:
    machine = describe_machine()
    assert machine.cpu
    assert 1 <= machine.usable_threads <= machine.threads
    assert 0 < machine.memory_bytes <= psutil.virtual_memory().total
    assert machine.python == ".".join(map(str, sys.version_info[:3]))
    assert bool(machine.gpus) != bool(machine.gpus_missing)
    assert from_plain(Machine, json.loads(json.dumps(to_plain(machine)))) == machine


def test_a_machine_in_words() -> None:
    machine = Machine(
        cpu="AMD EPYC",
        cores=2,
        threads=4,
        usable_threads=2,
        memory_bytes=8 << 30,
        system="Debian 12",
        python="3.11.7",
        torch="2.13.0",
        gpus=(H200,),
        gpus_missing="",
    )
    assert machine.sentence() == (
        "AMD EPYC, 2 of 4 threads on 2 cores, 8.0 GiB, NVIDIA H200 (141 GiB); Debian 12, Python 3.11.7, torch 2.13.0."
    )
    assert from_plain(Machine, json.loads(json.dumps(to_plain(machine)))) == machine


def test_describing_the_machine_imports_no_torch() -> None:
    look = "import sys; from engine.metrics.machine import describe_machine as d; d(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False, timeout=60).returncode == 0


def test_load_of_others_is_what_is_not_ours() -> None:
    clock = ManualClock()
    readings = [CpuTimes(100.0, {1: 10.0, 2: 5.0}), CpuTimes(107.0, {1: 13.0, 2: 5.5, 3: 0.5})]
    gpus = GpuReport((H200,), (GpuLoad("NVIDIA H200", 0.4, 3 << 30, (7,)),))
    meter = LoadMeter(clock, [1], cpu=lambda roots: readings.pop(0), gpus=lambda pids: gpus)
    clock.advance(2 * NS_PER_SECOND)
    load = meter.read()
    assert (load.seconds, load.own_cores, load.other_cores, load.quiet) == (2.0, 2.0, 1.5, False)
    assert load.sentence() == (
        "Other programs kept 1.50 cores busy over 2 s; NVIDIA H200 is shared with 1 other process."
    )
    assert json.loads(json.dumps(load.as_json()))["gpus"][0]["foreign_pids"] == [7]


def test_a_machine_at_rest_is_quiet() -> None:
    meter = LoadMeter(ManualClock(), [1], cpu=lambda roots: CpuTimes(0.0, {}), gpus=lambda pids: GpuReport())
    load = meter.read()
    assert load.quiet
    assert load.other_cores == 0.0


def test_processor_times_of_a_family() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        times = read_cpu_times([os.getpid()])
        assert {os.getpid(), child.pid} <= set(times.own)
        assert times.everyone >= sum(times.own.values()) - 1.0
    finally:
        child.communicate(b"\n")
    assert read_cpu_times([child.pid]).own == {}


def test_memory_of_this_process_and_of_one_that_has_ended() -> None:
    memory = ProcessMemory(device_bytes=lambda: 17)
    reading = memory.read()
    assert reading == MemoryReading(reading.resident, 17)
    assert 10 << 20 < reading.resident < psutil.virtual_memory().total
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert ProcessMemory(child.pid).resident_bytes() == 0
