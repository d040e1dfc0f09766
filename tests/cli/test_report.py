"""The report: what is heard of the show, and one schema for who writes it and who reads it."""

import json
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from app.arguments import Options, Task
from app.control.clock_settings import LinkMode
from app.report import Report
from app.report_schema import (
    REPORT_VERSION,
    ReportDocument,
    ReportedCut,
    ReportedQuality,
    ReportError,
    Sample,
    WindowFigures,
    decode_report,
    encode_report,
)
from bench.reading import BenchError, read_report
from engine.clock import NS_PER_SECOND
from engine.messages.commands import Origin
from engine.messages.events import (
    BackendChoice,
    ComponentState,
    CutShown,
    GeneratorChanged,
)
from engine.messages.quality import QualityChanged, QualityRule, QualityStep, StepState
from engine.messages.stats import GpuShared, SharedGpu, Stats
from engine.metrics.gpus import Gpu
from engine.metrics.machine import Machine
from tests.output_events import output_changed

MACHINE = Machine(
    cpu="any",
    cores=2,
    threads=4,
    usable_threads=4,
    memory_bytes=8 << 30,
    system="Debian 12",
    python="3.11.7",
    torch="2.13.0",
    gpus=(Gpu("NVIDIA H200", 141 << 30, (9, 0), "590.1"),),
    gpus_missing="",
)


def stats(second: int) -> Stats:
    return Stats(
        at_ns=second * NS_PER_SECOND,
        input_fps=30.0,
        pipeline_fps=29.5,
        output_fps=30.0,
        lagged=0,
        repeated=second,
        skipped=0,
        discarded=0,
        dropped=0,
        latency_ns=120_000_000,
        cut_latency_ns=0,
        chunk_ns=30_000_000,
        depth_age_ns=0,
        deadline_error_ns=1,
        chunks=2 * second,
        epoch=0,
        cache_resets=0,
        memory_bytes=1 << 28,
        output_frames=30 * second,
        frames=29 * second,
        first_frame_ns=3 * NS_PER_SECOND,
    )


def quality(second: int, *taken: str, reason: str = "") -> QualityChanged:
    steps = tuple(StepState(QualityStep(key, key, 0.2), QualityRule.AUTO, key in taken) for key in ("a", "b"))
    return QualityChanged(at_ns=second * NS_PER_SECOND, steps=steps, reason=reason)


def performed(path: Path) -> Report:
    """A show of three seconds with one cut, behind a process that began at the first."""
    report = Report(Options(fps=Fraction(25)), MACHINE, NS_PER_SECOND)
    choice = BackendChoice(component="attention", chosen="math", reason="no other", rejected=(("flash", "no CUDA"),))
    for event in (
        GeneratorChanged(at_ns=1, name="wan", state=ComponentState.STARTING, progress=0.5),
        GeneratorChanged(
            at_ns=2, name="small", state=ComponentState.READY, detail="In place of wan.", backends=(choice,)
        ),
        GpuShared(at_ns=2 * NS_PER_SECOND, gpus=(SharedGpu("H200", 3, 0, None),)),
        quality(2),
        quality(3, "a", reason="this machine is busy with obs, 1.1 cores"),
        output_changed(
            at_ns=2,
            name="HOST (Hardcut)",
            width=640,
            height=360,
            fps_numerator=25,
            connections=1,
            tally=True,
        ),
        stats(4),
        stats(5),
        CutShown(at_ns=5 * NS_PER_SECOND, epoch=1, scene="Noir", origin=Origin.MIDI, latency_ns=9, armed=True),
    ):
        report.on_event(event)
    report.note_window(WindowFigures(3.5, 16.25, 2, 100, 0.75))
    report.write(path)
    return report


def test_what_is_written_is_read_by_the_same_types(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    performed(path)
    report = read_report(path)
    assert report.version == REPORT_VERSION
    assert report.machine == MACHINE
    assert report.first_frame_s == 2.0
    assert report.output is not None and report.output.state is ComponentState.READY
    assert report.generator is not None and report.generator.backends[0].rejected == (("flash", "no CUDA"),)
    assert (report.generator.name, report.generator.detail) == ("small", "In place of wan.")
    assert report.gui == WindowFigures(3.5, 16.25, 2, 100, 0.75)
    assert report.cuts == (ReportedCut(t_s=4.0, scene="Noir", origin=Origin.MIDI, ns=9, armed=True, late_ns=None),)
    busy = "this machine is busy with obs, 1.1 cores"
    assert report.told == (
        (1.0, "The GPU is shared. H200: 3 other programs."),
        (2.0, f"Picture simplified 1 of 2: {busy}"),
    )
    assert report.quality == (
        ReportedQuality(t_s=1.0, taken=(), offered=2, reason=""),
        ReportedQuality(t_s=2.0, taken=("a",), offered=2, reason=busy),
    )
    assert [sample.t_s for sample in report.samples] == [3.0, 4.0]
    assert (
        report.final
        == report.samples[-1]
        == Sample(t_s=4.0, **{name: getattr(stats(5), name) for name in (one.name for one in fields(Stats))})
    )


def options_of(options: Options, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "report.json"
    Report(options, MACHINE, 0).write(path)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["options"]
    return found


def test_options_are_values(tmp_path: Path) -> None:
    """Numbers, switches, names of enums and null: nothing is a Python object in quotes."""
    options = Options(
        task=Task.PERFORM,
        headless=True,
        fps=Fraction(30000, 1001),
        report=Path("here.json"),
        link=LinkMode.FOLLOW,
        midi_clock_out=("synth",),
        shape={"display:2": "turn 90"},
    )
    found = options_of(options, tmp_path)
    assert (found["task"], found["headless"], found["link"]) == ("perform", True, LinkMode.FOLLOW.value)
    assert found["fps"] == pytest.approx(29.97, abs=0.001)
    assert (found["report"], found["session"], found["streamdeck"]) == ("here.json", None, None)
    assert (found["osc"], found["midi_clock_out"]) == (["127.0.0.1", 9000], ["synth"])
    assert (found["width"], found["duration_s"]) == (896, 0.0)
    assert found["shape"] == ["display:2=turn 90"]


def test_every_option_has_a_form(tmp_path: Path) -> None:
    assert set(options_of(Options(), tmp_path)) == set(Options.__dataclass_fields__)


def document(tmp_path: Path) -> dict[str, Any]:
    performed(tmp_path / "report.json")
    found: dict[str, Any] = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (None, "The report is of an older form, 1, written by Hardcut"),
        (REPORT_VERSION + 1, f"The report is of a newer form, {REPORT_VERSION + 1}, written by Hardcut"),
        ("x", "The report is of an older form, x"),
    ],
)
def test_a_report_of_another_version_is_told(tmp_path: Path, version: object, words: str) -> None:
    data = document(tmp_path)
    data["version"] = version
    if version is None:
        del data["version"]
    with pytest.raises(ReportError) as told:
        decode_report(json.dumps(data).encode(), "old.json")
    assert str(told.value).startswith(words)
    assert f"form {REPORT_VERSION} is read here (old.json)" in str(told.value)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"{}", b'{"hardcut": "1", "version": 2, "samples": [{}]}', b"[" * 10000, b'{"hardcut": "\xff"}'),
        b'{"hardcut": "1", "version": ' + b"9" * 65 + b"}",
    ],
)
def test_a_damaged_report_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(data)
    with pytest.raises(ReportError, match=r"report\.json"):
        read_report(path)


def test_a_missing_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"left no report \(.*none\.json"):
        read_report(tmp_path / "none.json")


def test_a_report_survives_the_way_there_and_back(tmp_path: Path) -> None:
    performed(tmp_path / "report.json")
    report = read_report(tmp_path / "report.json")
    for one in (report, replace(report, gui=None, output=None, generator=None, final=None, samples=())):
        assert isinstance(one, ReportDocument)
        assert decode_report(encode_report(one).encode(), "") == one
