"""The probe of learned depth, with tiny networks on a CPU: all figures are there, and mistakes are sentences."""

import json
from pathlib import Path

import pytest
import torch

from bench.gpu.table import figures_in
from bench.probes.learned_depth import main, parse


@pytest.mark.usefixtures("one_thread")
def test_a_tiny_run_tells_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "depth.json"
    arguments = ["--tiny", "--plain", "--frames", "3", "--beside", "wan-tiny", "--chunks", "1", "--turns", "2"]
    assert main([*arguments, "--json", str(path)]) == 0
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert json.loads(path.read_text(encoding="utf-8")) == document
    assert set(document["backends"]) == {"pictures", "video"}
    figures = {one["id"]: one for one in document["figures"]}
    assert (figures["pictures.ms"]["count"], figures["generator.fps"]["count"]) == (3, 2)
    for name in ("pictures", "video"):
        assert figures[f"{name}.ms"]["min"] >= figures[f"{name}.network_ms"]["min"] > 0
        assert figures[f"{name}.plain_network_ms"]["count"] == 3
        assert figures[f"beside.{name}.generator_fps"]["median"] > 0
        assert {f"beside.{name}.slower_percent", f"beside.{name}.maps_a_second"} < set(figures)
    assert figures_in(path)["generator.fps"] == figures["generator.fps"]["median"]


def test_the_14b_is_not_tried_without_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert main(["--tiny", "--beside", "wan-14b"]) == 1
    assert capsys.readouterr().out == "There is no GPU here for wan-14b: choose --beside wan-tiny.\n"


def test_mistakes_are_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (["sculptures"], "There is no model 'sculptures'"),
        (["--turns", "0"], "Less than one"),
    ):
        with pytest.raises(SystemExit) as ended:
            parse(arguments)
        assert ended.value.code == 2
        assert sentence in capsys.readouterr().err
