"""The audit: what is planted is found where it was planted, and the list names functions that are there."""

import io
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import CodeType

import pytest
import torch
from torch import Tensor

from bench.wan.audit import collect, judged
from bench.wan.audit_list import ALLOWED, Allowance
from bench.wan.audit_watch import Kind, Watch
from bench.wan.command import run_wan_bench
from bench.wan.options import parse
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.wan import parameters as p
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.kernels import rope
from tests.wan.cards import lora_card

CPU = torch.device("cpu")


def read_back(x: Tensor) -> object:
    return x[0].item()


def branch(x: Tensor) -> object:
    return 1 if (x > 0).any() else 0


def pick(x: Tensor) -> object:
    return x[x > 0]


def place(x: Tensor) -> object:
    return torch.nonzero(x)


def widen(x: Tensor) -> object:
    return x.to(torch.float64)


def mix_types(x: Tensor) -> object:
    return torch.empty(9, dtype=torch.float16).copy_(x)


def straighten(x: Tensor) -> object:
    return x.view(3, 3).t().contiguous()


def reshape(x: Tensor) -> object:
    return x.view(3, 3).t().reshape(9)


def bring_down(x: Tensor) -> object:
    return x.cpu()


def send_up(x: Tensor) -> object:
    return x.to(CPU, torch.float32)


@pytest.mark.parametrize(
    ("plant", "kind", "what"),
    [
        (read_back, Kind.WAIT, "_local_scalar_dense"),
        (branch, Kind.WAIT, "_local_scalar_dense"),
        (pick, Kind.WAIT, "index"),
        (place, Kind.WAIT, "nonzero"),
        (widen, Kind.CONVERSION, "_to_copy float32 → float64"),
        (mix_types, Kind.CONVERSION, "copy_ float32 → float16"),
        (straighten, Kind.COPY, "clone"),
        (reshape, Kind.COPY, "clone"),
        (bring_down, Kind.TRANSFER, ".cpu() asked for"),
        (send_up, Kind.TRANSFER, ".to() asked for"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("inference", [True, False], ids=["inference", "eager"])
def test_what_is_planted_is_found(
    plant: Callable[[Tensor], object], kind: Kind, what: str, inference: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a function of ours, under inference mode, where operators arrive whole, and without."""
    monkeypatch.setattr(rope, "_frequencies", lambda _: plant(torch.arange(1.0, 10.0)))
    work = getattr(rope, "_frequencies")  # noqa: B009 - what the test put there
    with torch.inference_mode(inference), Watch(CPU) as watch:
        work(3)
    assert [(move.kind, move.what, tally.count) for move, tally in watch.tallies.items()] == [(kind, what, 1)]


def test_a_place_is_the_nearest_line_of_the_engine() -> None:
    tables = rope.RotaryTables.__new__(rope.RotaryTables)
    tables.cos, tables._time, tables._time_frequencies = torch.zeros(1, 4), 2, torch.ones(2, dtype=torch.float64)
    counts, written = collect([lambda: tables.shift(3)], CPU)
    found = {(move.kind, move.place.module, move.place.function): counts[move] for move in counts}
    where = ("engine/generators/wan/kernels/rope.py", "RotaryTables.shift")
    assert found == {(Kind.COPY, *where): 1, (Kind.CONVERSION, *where): 2}
    assert sum(written.values()) == 2 * 8 + 2 * 4 * 4
    assert not [finding for finding in judged(counts, written) if finding.allowance is None]


def test_computing_is_nothing_to_tell() -> None:
    x = torch.ones(4, 4)
    with torch.inference_mode(), Watch(CPU) as watch:
        torch.nn.functional.layer_norm(x @ x.t() + x, (4,)).mul_(2.0).fill_(3.0)
    assert watch.tallies == {}


def test_more_than_the_list_allows_is_refused() -> None:
    tables = rope.RotaryTables.__new__(rope.RotaryTables)
    tables.cos, tables._time, tables._time_frequencies = torch.zeros(1, 4), 2, torch.ones(2, dtype=torch.float64)
    counts, written = collect([lambda: tables.shift(3)], CPU)
    module, function = "engine/generators/wan/kernels/rope.py", "RotaryTables.shift"
    for most, refused in ((2, 1), (1, 2)):
        entry = Allowance(kind=Kind.CONVERSION, module=module, function=function, reason="a test", most=most)
        findings = judged(counts, written, [entry])
        assert [finding.allowance is None for finding in findings] == [True] * refused + [False] * (2 - refused)


def functions(code: CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return {code.co_qualname}.union(*(functions(one) for one in inner))


def test_the_list_names_functions_that_are_there_once_each() -> None:
    for entry in ALLOWED:
        path = Path(__file__).parents[2] / entry.module
        known = functions(compile(path.read_text(encoding="utf-8"), str(path), "exec"))
        assert not entry.function or entry.function in known, f"{entry.function} has left {entry.module}"
        assert entry.reason and entry.most > 0
    assert len({(entry.kind, entry.module, entry.function) for entry in ALLOWED}) == len(ALLOWED)


AUDIT = ["--generator", "wan-tiny", "--random-weights", "--audit", "--anyway"]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(("recipe", "decoder"), [("longlive", "taehv"), ("krea", "light")])
def test_nothing_is_moved_behind_a_chunks_back(recipe: str, decoder: str) -> None:
    out = io.StringIO()
    status = run_wan_bench([*AUDIT, "--vace", "--recipe", recipe, "--decoder", decoder], out)
    text = out.getvalue()
    assert status == 0, text
    rows = json.loads(text.splitlines()[-1])["audit"]
    assert {row["kind"] for row in rows} == {"transfer", "wait", "conversion", "copy"}
    assert all(row["allowed"] for row in rows)


@pytest.mark.usefixtures("one_thread")
def test_a_live_lora_moves_nothing_more(tmp_path: Path) -> None:
    """Not even its strength, which is turned between these chunks: the adapters read it as it lies there."""
    card = lora_card(tmp_path, live=True)
    generator = WanGenerator(card, folder=tmp_path, device="cpu", dtype=torch.bfloat16)
    asked = ChunkRequest(
        key=ChunkKey(0, 0, 0),
        frames=(),
        control=None,
        now_ns=0,
        period_ns=1,
        values=p.PARAMETERS.defaults(),
        prompt=PromptBlend((("gold", 1.0),)),
    )
    turned = replace(asked, values={**asked.values, p.LORA: 0.3})
    try:
        list(generator.warm_up())
        chunks = [lambda request=request: generator.generate(request, bool) for request in (asked, turned)]
        findings = judged(*collect(chunks, CPU))
    finally:
        generator.close()
    layers = {
        finding.move.place.function for finding in findings if finding.move.place.module.endswith("model/linear.py")
    }
    assert layers == {"Linear.after_modulation"}  # which puts values in their place, adapters or none
    assert findings and all(finding.allowance is not None for finding in findings)


@pytest.mark.usefixtures("one_thread")
def test_a_chunk_that_moves_more_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = rope.RotaryTables.move_to

    def slower(tables: rope.RotaryTables, position: int) -> None:
        plain(tables, int(tables.cos.new_tensor(position).item()))

    monkeypatch.setattr(rope.RotaryTables, "move_to", slower)
    out = io.StringIO()
    assert run_wan_bench(AUDIT, out) == 1
    text = out.getvalue()
    assert "NOT ALLOWED" in text and "_local_scalar_dense" in text
    assert text.splitlines()[-2] == "1 of these is not on the list of what a chunk may do."


def test_waits_that_the_driver_tells_of_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the driver's part played by hand: torch's own warning, and the calls that it does not know of."""
    modes: list[object] = []
    monkeypatch.setattr(torch.cuda, "get_sync_debug_mode", lambda: 0)
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    monkeypatch.setattr(torch.cuda, "synchronize", plain := lambda: None)
    with Watch(torch.device("cuda")) as watch:
        warnings.warn("called a synchronizing CUDA operation (Triggered internally)", UserWarning, stacklevel=1)
        torch.cuda.synchronize()
    assert [(move.kind, move.what) for move in watch.tallies] == [
        (Kind.WAIT, "the driver synchronises"),
        (Kind.WAIT, "torch.cuda.synchronize()"),
    ]
    assert modes == ["warn", 0] and torch.cuda.synchronize is plain
    with pytest.warns(UserWarning, match="of another kind"), Watch(torch.device("cuda")) as watch:
        warnings.warn("of another kind", UserWarning, stacklevel=1)
    assert not watch.tallies


def test_one_of_two_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*AUDIT, "--against", "diffusers"])
    assert ended.value.code == 2
    assert "not allowed with argument --audit" in capsys.readouterr().err
