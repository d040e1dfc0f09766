"""Our cache beside diffusers without one: the same latents, and sentences where the two cannot be compared."""

import io
import json
import sys

import pytest

from bench.wan.command import run_wan_bench

pytestmark = pytest.mark.usefixtures("one_thread")

COMMAND = ["--generator", "wan-tiny", "--random-weights", "--against", "diffusers", "--anyway", "--chunks", "2"]


@pytest.mark.parametrize("recipe", [["self-forcing", "--window", "6"], ["longlive", "--window", "9"]])
def test_both_make_the_same_video(recipe: list[str]) -> None:
    out = io.StringIO()
    assert run_wan_bench([*COMMAND, "--recipe", *recipe, "--steps", "2"], out) == 0
    lines = out.getvalue().splitlines()
    found = json.loads(lines[-1])["against"]
    assert len(found["relative_errors"]) == int(recipe[-1]) // 3
    assert max(found["relative_errors"]) < 1e-4
    assert found["cached_ms"] > 0 and found["ratio"] > 0
    assert lines[1].startswith("With our cache: ") and "2 + 1 passes over 3 latent frames" in lines[1]
    assert lines[2].startswith("diffusers ") and f"2 passes over {recipe[-1]} latent frames" in lines[2]


def test_a_context_without_an_equal_is_said() -> None:
    out = io.StringIO()
    assert run_wan_bench([*COMMAND, "--recipe", "krea"], out) == 1
    assert "Choose self-forcing, causal-forcing or longlive." in out.getvalue()


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    out = io.StringIO()
    assert run_wan_bench(COMMAND, out) == 1
    assert "Install it with: pip install 'hardcut[test]'." in out.getvalue()
