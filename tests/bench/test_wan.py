"""The Wan benchmark at a size that a CPU can do, and the arithmetic behind its floor."""

import io
import json
from pathlib import Path

import pytest
import torch

from bench.wan.command import run_wan_bench
from bench.wan.model import _CODECS, card_of
from bench.wan.options import parse
from engine.generators.wan.arithmetic import Ceilings, Work, pass_work
from engine.generators.wan.cards import Compilation, Graphs, Pace, Precision
from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.codecs.codec import random_codec
from engine.generators.wan.dims import WAN_1_3B, WAN_14B, LatentGrid
from engine.generators.wan.loading.random_weights import write_codec
from engine.generators.wan.recipes import KREA, LONGLIVE, SELF_FORCING


@pytest.mark.parametrize(
    ("dims", "window", "linear", "total"),
    [(WAN_1_3B, 6, 5.88, 8.14), (WAN_1_3B, 9, 5.88, 9.16), (WAN_14B, 6, 56.2, 66.3), (WAN_14B, 9, 56.2, 70.8)],
)
def test_the_arithmetic_of_a_pass(dims, window, linear, total) -> None:  # type: ignore[no-untyped-def]
    work = pass_work(dims, SELF_FORCING, LatentGrid(), window=window, vace=False, weight_bytes=2)
    assert work.linear / 1e12 == pytest.approx(linear, rel=0.01)
    assert (work.linear + work.attention) / 1e12 == pytest.approx(total, rel=0.01)


def test_the_floor_is_the_larger_of_computing_and_moving() -> None:
    ceilings = Ceilings(matrix=1e12, linear=2e12, bandwidth=1e9, multiprocessors=1)
    assert Work(linear=2e9, attention=1e9, bytes=1e6).floor_ms(ceilings) == pytest.approx(2.0)
    assert Work(linear=2e9, attention=1e9, bytes=1e7).floor_ms(ceilings) == pytest.approx(10.0)


def test_options() -> None:
    found = parse(["--generator", "wan-14b", "--random-weights", "--precision", "fp8", "--vace"])
    assert (found.dims, found.recipe, found.fp8, found.vace) == (WAN_14B, KREA, True, True)
    found = parse(
        ["--generator", "wan-1.3b", "--random-weights", "--steps", "2", "--window", "21", "--recipe", "longlive"]
    )
    assert (found.recipe.steps, found.recipe.window, found.recipe.sink) == ((1000, 500), 21, LONGLIVE.sink)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--generator", "wan-1.3b"], "Only random weights can be measured: add --random-weights."),
        (["--generator", "wan-1.3b", "--random-weights", "--window", "7"], "A window of 7 latent frames"),
        (["--generator", "wan-1.3b", "--random-weights", "--steps", "0"], "0 denoise steps cannot be measured"),
        (["--generator", "wan-1.3b", "--random-weights", "--chunks", "1"], "1 chunks are too few"),
        (["--generator", "wan-1.3b", "--random-weights", "--gpus", "0"], "0 GPUs cannot share a pass"),
        (["--generator", "wan-1.3b", "--random-weights", "--gpus", "2", "--audit"], "look at one process"),
    ],
)
def test_mistakes_are_sentences(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_full_size_without_a_gpu_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    out = io.StringIO()
    assert run_wan_bench(["--generator", "wan-14b", "--random-weights"], out) == 1
    assert out.getvalue() == "There is no GPU here, and at full size a chunk would take minutes: add --tiny.\n"


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("recipe", ["longlive", "krea", "streamdiffusion-v2"])
def test_a_tiny_run_tells_both_figures(recipe: str, tmp_path: Path) -> None:
    out, path = io.StringIO(), tmp_path / "bench.json"
    arguments = ["--generator", "wan-tiny", "--random-weights", "--compile", "off", "--chunks", "2", "--recipe", recipe]
    if recipe == "longlive":
        arguments += ["--vace", "--bias"]
    if recipe == "krea":
        arguments += ["--no-overlap", "--no-kernels", "--profile", "--decoder", "taehv"]
    assert run_wan_bench([*arguments, "--json", str(path), "--anyway"], out) == 0
    lines = out.getvalue().splitlines()
    document = json.loads(lines[-1])
    assert json.loads(path.read_text(encoding="utf-8")) == document
    bare, program = document["bare"], document["program"]
    stages = [stage["name"] for stage in bare["stages"]]
    denoise = ["denoise 1", "denoise 2", "denoise 3", "denoise 4"]
    assert (
        stages
        == {
            "longlive": ["conditioning", *denoise, "decode", "clean pass", "between"],
            "krea": ["conditioning", "context", *denoise, "decode", "between"],
            "streamdiffusion-v2": ["conditioning", *denoise[:2], "decode", "between"],
        }[recipe]
    )
    assert sum(stage["ms"] for stage in bare["stages"]) == pytest.approx(bare["chunk_ms"])
    assert program["left_out"] == []
    assert bare["left_out"] == ["depth"] * (recipe != "longlive") + ["the input's picture", "waiting for each chunk"]
    assert bare["frames"] == program["frames"] == (4 if recipe == "streamdiffusion-v2" else 12)
    assert document["after_warm_up"] == {"graphs": 0, "breaks": 0, "late": 0}
    for figure in (bare, program):
        assert figure["fps"] == pytest.approx(1e3 * figure["frames"] / figure["chunk_ms"])
        assert figure["floor_ms"] > 0
    assert program["floor_ms"] > bare["floor_ms"]
    assert program["longest_ms"] >= program["chunk_ms"]
    assert document["ceilings"]["matrix"] > 0
    own = document["options"]["kernels"]
    assert own is document["options"]["overlap"] is (recipe != "krea")
    assert bool(document["kernels"]) is (recipe == "krea")
    assert document["options"]["bias"] is (recipe == "longlive")
    components = [choice["component"] for choice in document["backends"]]
    assert components[:3] == ["wan model", "wan attention", "wan row kernels"]  # told by the program's own assembly
    assert "wan codec" in components and "wan text" in components
    assert any(line.startswith("FPS") for line in lines)


@pytest.mark.parametrize("name", ["taehv", "light"])
def test_a_written_codec_is_loaded_as_what_was_written(name: str, tmp_path: Path) -> None:
    config = _CODECS[name]
    write_codec(tmp_path / "codec.safetensors", config, 3)
    loaded = load_codec(tmp_path / "codec.safetensors", torch.device("cpu"), torch.bfloat16)
    drawn = random_codec(config, 3, torch.device("cpu"), torch.bfloat16)
    for network, expected in ((loaded.encoder, drawn.encoder), (loaded.decoder, drawn.decoder)):
        tensors = network.state_dict()
        for key, value in expected.state_dict().items():
            torch.testing.assert_close(tensors[key], value, rtol=0, atol=0)


def test_the_card_is_the_generators_own_with_random_weights() -> None:
    options = parse(["--generator", "wan-14b", "--random-weights", "--precision", "fp8", "--no-graphs"])
    card = card_of(options)
    assert (card.name, card.dims, card.edge, card.recipe) == ("wan-14b", WAN_14B, 448, KREA)
    assert card.random_weights and card.depth_branch and card.text is None and not card.loras
    assert card.pace == Pace(Precision.FP8, Compilation.AUTO, Graphs.OFF)
    assert [file.file for file in card.files] == ["taehv.safetensors"]
