"""What of a running model is counted, from what the probes answer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.context import Bench
from bench.harness.namespace import Namespace
from bench.harness.processes import Workplace
from bench.measures import changes, knob, loop, model
from bench.reading import BenchError
from bench.wan.transfers import of_trace
from engine.clock import NS_PER_MS, NS_PER_SECOND
from tests.netns import ROOT

GIB = 2**30


def answered(**changed: Any) -> dict[str, Any]:
    samples = [(number, 0.5 * number, 100, 40 * GIB, 50 * GIB) for number in range(100)]
    moved = {"up": 3.0, "up_bytes": 7e6, "down": 2.0, "down_bytes": 9e6, "profiled": True}
    return {
        "device": "a GPU",
        "chunk_frames": 12,
        "samples": samples,
        "transfers": moved,
        "joules": 49.5 * 690,
        "why": "",
        **changed,
    }


def test_a_flat_run_is_flat_and_a_leak_is_seen() -> None:
    flat = model.ModelRun.read(answered())
    assert flat.slides == 99 and flat.fps == pytest.approx(24.0) and flat.slowed_percent == pytest.approx(0.0)
    assert flat.hours == pytest.approx(99 / 9000)
    assert flat.grown_percent(lambda one: one.allocated) == 0.0
    samples = [(number, 0.5 * number, 100, 40 * GIB + number * GIB // 10, 50 * GIB) for number in range(100)]
    leaking = model.ModelRun.read(answered(samples=samples))
    grown = leaking.grown_percent(lambda one: one.allocated)
    assert grown is not None and 22.0 < grown < 23.0  # 9 GiB of 40


def test_the_last_tenth_of_a_run_that_slows_down_is_slower() -> None:
    instants = [float(number) if number < 50 else 50.0 + 2.0 * (number - 50) for number in range(100)]
    samples = [(number, at_s, 100, GIB, GIB) for number, at_s in enumerate(instants)]
    assert model.ModelRun.read(answered(samples=samples)).slowed_percent == pytest.approx(50.0)


def test_without_a_gpu_its_figures_have_reasons() -> None:
    with Workplace() as workplace:
        bench = Bench(workplace, Namespace(workplace), 2.0, 1, print)
        for measure in (model.measure, loop.measure, changes.measure, knob.measure):
            with pytest.raises(BenchError, match="about a model"):
                measure(bench)


def test_copies_of_a_trace_are_counted_by_way() -> None:
    def copy(name: str, size: int) -> dict[str, Any]:
        return {"cat": "gpu_memcpy", "name": f"Memcpy {name}", "args": {"bytes": size}}

    events = [
        {"cat": "kernel", "name": "a kernel", "args": {}},
        *([copy("HtoD (Pinned -> Device)", 1000)] * 4),
        copy("DtoH (Device -> Pinned)", 500),
        copy("DtoD (Device -> Device)", 9),
        {"ph": "M", "name": "process_name"},
    ]
    found = of_trace({"traceEvents": events}, 2)
    assert (found.up, found.up_bytes, found.down, found.down_bytes) == (2.0, 2000.0, 0.5, 250.0)


def change(first: float, whole: float) -> dict[str, float | None]:
    return {"boundary": 10.0, "first": first, "whole": whole}


def turns(off: float, on: float) -> dict[str, dict[str, list[float]]]:
    return {
        "off": {"rates": [off] * 3, "chunk_ms": [400.0] * 3},
        "on": {"rates": [on] * 3, "chunk_ms": [410.0] * 3},
    }


def test_changes_are_judged_by_the_length_of_a_chunk() -> None:
    run: dict[str, Any] = {
        "chunk_frames": 12,
        "output_fps": 30.0,
        "knob": [change(600.0, 600.0), change(900.0, 900.0)],
        "prompt": [change(600.0, 1800.0)],
        "soft": [change(600.0, 9000.0), {"boundary": None, "first": None, "whole": None}],
        "cuts": [{"armed": False, "ms": 470.0}, {"armed": False, "ms": 480.0}],
        "prompt_cost": turns(30.0, 27.0),
        "missed": 1,
    }
    found = {figure.id: figure for figure in changes.figures([run])}
    assert found["changes.chunk"].median == 400
    first = found["changes.knob.first.p50"]
    assert first.goal is not None and (first.goal.high, first.median, first.reached) == (680, 600, True)
    assert found["changes.prompt.whole.p50"].reached is True and found["changes.soft.whole.p50"].reached is False
    assert found["changes.cut.not_armed"].median == 480 and found["changes.cut.not_armed"].reached is True
    assert found["changes.cut.armed"].median is None and "no time" in found["changes.cut.armed"].note
    assert found["changes.prompt.cost"].median == 10.0 and found["changes.prompt.longer"].median == 10.0
    assert "--random-weights" in found["changes.style.cost"].note
    assert found["changes.missed"].reached is False
    assert len(found) == len(changes.figures([run]))


def test_the_show_is_held_against_the_round_that_it_was_played_in() -> None:
    rates = {"show": [28.0, 14.0], "alone": [28.0, 14.0], "bare": [35.0, 17.5]}  # the GPU slowed down in between
    assert loop.share(rates, "alone") == 1.0 and loop.share(rates, "bare") == pytest.approx(0.8)


@given(latency_ms=st.integers(60, 1400), noise=st.floats(0.0, 2.0))
def test_the_first_picture_that_a_knob_changed_is_found(latency_ms: int, noise: float) -> None:
    sent_ns, period_ns = 10 * NS_PER_SECOND, NS_PER_SECOND // 30
    seen_ns = [number * period_ns for number in range(600)]
    turned_ns = sent_ns + latency_ms * NS_PER_MS
    pictures = [
        [
            10.0 + noise * ((number + tile) % 2) + 28.0 * (number % 4 == 0) + 6.0 * (at_ns >= turned_ns)
            for tile in range(64)
        ]
        for number, at_ns in enumerate(seen_ns)
    ]
    found = knob.changed(sent_ns, seen_ns, pictures)
    assert found is not None and latency_ms <= found <= latency_ms + 34
    assert knob.changed(3 * NS_PER_SECOND, seen_ns, pictures) is None


def test_a_tune_ends_at_rest(seconds: float = 30.0) -> None:
    import random

    tune = knob.turns(random.Random(0), seconds)
    assert [value for value, _ in tune][::2] == [knob.REST] * (len(tune) // 2 + 1) and tune[1][0] == knob.TURNED
    assert len(knob.turns(random.Random(0), 2.0)) == 5


@pytest.mark.slow
def test_a_model_is_played_and_told(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "bench.probes.model", "wan-tiny", "1", ""]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    run = model.ModelRun.read(json.loads(told.splitlines()[-1]))
    assert run.slides >= 2 and run.up[0] > 0 and run.joules is None and run.why == "no GPU computes"
