"""The report says how the generator computed."""

import json
from pathlib import Path

from app.arguments import Options
from app.report import Report
from engine.clock import NS_PER_SECOND
from engine.messages.events import BackendChoice, ComponentState, GeneratorChanged, GpuShared, SharedGpu


def test_the_generator_and_its_choices_are_reported(tmp_path: Path) -> None:
    choice = BackendChoice(component="attention", chosen="math", reason="no other", rejected=(("flash", "no CUDA"),))
    report = Report(Options(), {}, 0)
    report.hear(GeneratorChanged(at_ns=1, name="wan", state=ComponentState.STARTING, progress=0.5))
    report.hear(
        GeneratorChanged(
            at_ns=2, name="small", state=ComponentState.READY, detail="In place of wan.", backends=(choice,)
        )
    )
    report.write(tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())["generator"]
    assert (told["name"], told["detail"]) == ("small", "In place of wan.")
    assert told["backends"][0]["rejected"] == [["flash", "no CUDA"]]


def test_others_on_the_gpu_are_reported(tmp_path: Path) -> None:
    report = Report(Options(), {}, 0)
    report.hear(GpuShared(at_ns=2 * NS_PER_SECOND, gpus=(SharedGpu("H200", 3, 0, None),)))
    report.write(tmp_path / "report.json")
    document = json.loads((tmp_path / "report.json").read_text())
    assert [2.0, "The GPU is shared. H200: 3 other programs."] in document["told"]
