"""Attention kernels, model families and depth estimators of other packages, and what is made of them."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.extensions.plugins import install
from tests.netns import ROOT

KERNEL = """
from engine.generators.wan.attention.registry import AttentionEntry, Number

def build():
    from engine.generators.wan.attention.reference import MathAttention
    class Plain(MathAttention):
        name = "plain"
    return Plain()

def broken():
    raise KeyError("tile")

PLAIN = AttentionEntry(id="plain", label="plain", build=build, capabilities=(), numbers=(Number.FLOAT32,))
BROKEN = AttentionEntry(id="broken", label="broken", build=broken, capabilities=(), numbers=(Number.FLOAT32,))
"""

FAMILY = """
from pathlib import Path
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.families import ModelFamily
from engine.generators.wan.recipes import ContextKind, Recipe

SMALL = ModelDims(
    name="small", dim=64, ffn_dim=128, heads=2, layers=2, vace_layers=(0,), text_dim=32, text_len=8, freq_dim=32
)
ROLLING = ModelFamily(
    id="rolling",
    label="Rolling",
    recipe=Recipe(name="rolling", context=ContextKind.CLEAN_PASS, window=6, sink=3, steps=(1000, 500)),
    sizes=(SMALL,),
    cards=Path(__file__).parent / "rolling_cards",
)
OTHER = ModelFamily(id="other", label="Other", recipe=ROLLING.recipe)
"""

CARD = """
label = "Rolling small"
dims = "small"
recipe = "rolling"
edge = 224
random_weights = true
"""

DEPTH = """
import numpy as np
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap
from engine.preprocess.registry import DepthEntry

class Flat:
    name = "flat"
    def reset(self): pass
    def push(self, frame, now_ns):
        flat = np.full((8, 8), 0.5, np.float32)
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, flat, np.zeros((8, 8, 2), np.float32))
    def flush(self): return None
    def backends(self): return (BackendChoice(component="depth", chosen="flat", reason="a test"),)

def broken():
    raise KeyError("weights")

FLAT = DepthEntry(id="flat", label="Flat", edge=8, build=Flat)
BROKEN = DepthEntry(id="broken", label="Broken", edge=8, build=broken)
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of each kind, for the processes that a test starts."""
    points: Mapping[str, Mapping[str, str]] = {
        "hardcut.attention": {"plain": "toy_kernel:PLAIN", "broken": "toy_kernel:BROKEN"},
        "hardcut.model_families": {"rolling": "toy_family:ROLLING", "other": "toy_family:OTHER"},
        "hardcut.depth": {"flat": "toy_depth:FLAT", "broken": "toy_depth:BROKEN"},
    }
    install(tmp_path, "toys", points, {"toy_kernel": KERNEL, "toy_family": FAMILY, "toy_depth": DEPTH})
    (tmp_path / "rolling_cards").mkdir()
    (tmp_path / "rolling_cards" / "wan-rolling.toml").write_text(CARD)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path}")


def told(code: str) -> object:
    """What a process prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", f"import json\n{code}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usefixtures("plugins")
def test_a_kernel_is_tried_first_and_used_where_it_is_right() -> None:
    code = """
import torch
from engine.generators.wan.attention.choose import choose_attention
from engine.generators.wan.dims import WAN_TINY
backend, choice = choose_attention(torch.device("cpu"), torch.float32, WAN_TINY)
print(json.dumps([backend.name, choice.chosen, choice.rejected]))
"""
    assert told(code) == ["plain", "plain", [["broken", "could not be made: 'tile'"]]]


@pytest.mark.usefixtures("plugins")
def test_a_family_brings_recipe_size_and_cards_and_plays() -> None:
    code = """
from engine.extensions import extension_faults
from engine.generators.registry import find_generator, generator_names
import sys
spec = find_generator("wan-rolling").describe()
light = "torch" not in sys.modules
generator = find_generator("wan-rolling").build()
list(generator.warm_up())
generator.close()
print(json.dumps([spec.label, spec.chunk_frames, light, list(extension_faults())]))
"""
    fault = "The plug-in other of toys 1.0 is left out (hardcut.model_families): Its recipe is that of rolling (other)."
    assert told(code) == ["Rolling small", 12, True, [fault]]


@pytest.mark.usefixtures("plugins")
def test_a_depth_estimator_is_chosen_by_name() -> None:
    code = """
import numpy as np
from engine.errors import DepthError
from engine.messages.frame import InputFrame
from engine.preprocess.registry import build_depth
frame = InputFrame(1, 5, 1, np.zeros((448, 448, 3), np.uint8))
seen = InputFrame(2, 6, 1, frame.image, np.zeros((448, 448), np.float32))
estimator = build_depth("flat")
found = [estimator.push(one, 7) for one in (frame, seen)]
words = []
for name in ("broken", "none"):
    try:
        build_depth(name)
    except DepthError as error:
        words.append(str(error))
print(json.dumps([[list(one.depth.shape) for one in found], words]))
"""
    assert told(code) == [
        [[8, 8], [8, 8]],
        [
            "Broken failed: KeyError: 'weights' (broken).",
            (
                "There is no such depth estimator (none). Known are: cues, person-depth, matte, edges, soft-edges,"
                " lines, depth-edges, motion, pose, external, depth-anything-v2-small, video-depth-anything-small,"
                " broken, flat, model:FOLDER, external:SOURCE."
            ),
        ],
    ]
