"""How the field computes, told with reasons: measured on a two-core x86-64 server with AVX-512."""

from typing import Final

import torch

from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.materials import TILE
from engine.generators.field.senses import LATTICE
from engine.generators.field.trunk import INPUTS, OUTPUTS, WIDTH
from engine.messages.events import BackendChoice, Component
from engine.messages.frame import FRAME_SIZE

TRUNK: Final = Component("field trunk")
RASTER: Final = Component("field raster")
"""Sessions hold these: they never change."""

_TRUNK_SHAPES = f"[{INPUTS} → {WIDTH} → {WIDTH} → {OUTPUTS}] at {LATTICE}×{LATTICE} points"
_HEAD_SHAPES = (
    f"{FRAME_SIZE}×{FRAME_SIZE} planes, tile {TILE}×{TILE}, table {TABLE_LIGHTS}×{TABLE_HUES}, picture [.., 4] fp32"
)


def describe(device: torch.device, threads: int) -> tuple[BackendChoice, ...]:
    """The choices for a device."""
    if device.type == "cpu":
        cuda = "the device was set to cpu" if torch.cuda.is_available() else "no CUDA device"
        count = f"{threads} thread{'s' if threads > 1 else ''}"
        return (
            BackendChoice(
                component=TRUNK,
                chosen=f"torch cpu fp32, {count}",
                reason="the forms are broad: a lattice of a quarter of the picture's edge shows them all",
                shapes=_TRUNK_SHAPES,
                rejected=(
                    ("cuda", cuda),
                    ("full resolution", "16 times the time"),
                    ("sine activations", "twice the time of the parabola"),
                    ("two threads", "a sixth faster for twice the CPU time"),
                ),
            ),
            BackendChoice(
                component=RASTER,
                chosen="opencv on torch memory, fp32",
                reason="remap of four fp32 channels takes 0.6 ms",
                shapes=_HEAD_SHAPES,
                rejected=(
                    ("torch grid_sample", "two to four times the time"),
                    ("uint8 feedback", "no faster, and trails stick at rounding"),
                ),
            ),
        )
    name = torch.cuda.get_device_name(device)
    return (
        BackendChoice(
            component=TRUNK,
            chosen=f"torch {device} fp32",
            reason=name,
            shapes=_TRUNK_SHAPES,
            rejected=(("cpu", "a CUDA device is there"),),
        ),
        BackendChoice(
            component=RASTER,
            chosen="torch interpolate and grid_sample, fp32",
            reason="pictures stay on the GPU; finished frames are copied to the host",
            shapes=_HEAD_SHAPES,
            rejected=(("opencv", "works in host memory only"),),
        ),
    )
