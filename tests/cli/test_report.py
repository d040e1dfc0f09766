"""The report says how the generator computed."""

import json
from pathlib import Path

from app.arguments import Options
from app.report import Report
from engine.events import BackendChoice, GeneratorChanged, StageState


def test_the_generator_and_its_choices_are_reported(tmp_path: Path) -> None:
    choice = BackendChoice(component="attention", chosen="math", reason="no other", rejected=(("flash", "no CUDA"),))
    report = Report(Options(), {}, 0)
    report.hear(GeneratorChanged(at_ns=1, name="wan", state=StageState.STARTING, progress=0.5))
    report.hear(
        GeneratorChanged(at_ns=2, name="small", state=StageState.READY, detail="In place of wan.", backends=(choice,))
    )
    report.write(tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())["generator"]
    assert (told["name"], told["detail"]) == ("small", "In place of wan.")
    assert told["backends"][0]["rejected"] == [["flash", "no CUDA"]]
