"""Generators of other packages: what is asked of their specs, and the scenes of one that brings none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.extensions.plugins import install
from tests.netns import ROOT

TOYS = """
from dataclasses import replace
from engine.generators.base import GeneratorSpec
from engine.generators.registry import GeneratorEntry
from engine.messages.parameters import ParameterSpec, ParameterTable

SIZE = ParameterSpec(id="plain.size", label="Size", minimum=0.0, maximum=1.0, default=0.25, help="Larger.")

def entry(key, **changes):
    table = ParameterTable([SIZE])
    spec = GeneratorSpec(name=key, label="Plain", chunk_frames=1, parameters=table, package="toy_package")
    return GeneratorEntry(id=key, label="Plain", describe=lambda: replace(spec, **changes), build=lambda: {}["model"])

PLAIN = entry("plain")
NAMELESS = entry("nameless", name="another")
EMPTY = entry("empty", chunk_frames=0)
LOST = entry("lost", package="")
ASTRAY = entry("astray", package="no_such_package")
SCENELESS = entry("sceneless", scenes="scenes")
"""
NAMES = ("plain", "nameless", "empty", "lost", "astray", "sceneless")

ASK = """
import json
from pathlib import Path
from engine.engine import Engine, EngineConfig
from engine.errors import GeneratorError
from engine.generators.registry import GENERATORS, build_generator, find_generator
from engine.generators.scenes import load_scenes

entry = find_generator("plain")
spec = entry.describe()
own = Path("OWN")
(own / "plain").mkdir(parents=True)
(own / "plain" / "mine.toml").write_text('name = "Mine"\\ngenerator = "plain"\\nprompt = "x"\\n')
scenes = load_scenes(spec, own)
try:
    build_generator(entry)
except GeneratorError as error:
    failure = str(error)
print(json.dumps({
    "faults": [fault.reason for fault in GENERATORS.faults()],
    "scenes": [[name, scene.prompt, scene.values(spec.parameters)] for name, scene in scenes.items()],
    "own": list(scenes.own),
    "engine": list(Engine(EngineConfig(generator="plain", user_scenes=own)).scenes),
    "failure": failure,
}))
"""


def test_specs_are_checked_and_a_scene_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"hardcut.generators": {name: f"toy_generators:{name.upper()}" for name in NAMES}}
    install(tmp_path, "toys", points, {"toy_generators": TOYS})
    (tmp_path / "toy_package").mkdir()
    (tmp_path / "toy_package" / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path}")
    code = ASK.replace("OWN", str(tmp_path / "own"))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["faults"] == [
        "ModuleNotFoundError: No module named 'no_such_package'",
        "A chunk cannot have 0 frames (empty)",
        "Its spec names no package that makes the pictures (lost)",
        "Its spec is named another (nameless)",
        f"The generator's folder of scenes is not there ({tmp_path / 'toy_package' / 'scenes'})",
    ]
    assert found["scenes"] == [["Default", "Plain", {"plain.size": 0.25}], ["Mine", "x", {"plain.size": 0.25}]]
    assert found["own"] == ["Mine"]
    assert found["engine"] == ["Default", "Mine"]
    assert found["failure"] == "Plain failed: KeyError: 'model' (plain)."
