"""How torch computes, told with reasons: measured on a two-core x86-64 server with AVX-512."""

import torch

from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.lattice import Lattice
from engine.generators.field.materials import TILE
from engine.generators.field.painter import LAUNCHES, RASTER, TRUNK
from engine.generators.field.reference.replay import Verdict
from engine.generators.field.trunk import INPUTS, OUTPUTS, WIDTH
from engine.messages.events import BackendChoice


def describe(
    device: torch.device,
    threads: int,
    lattice: Lattice,
    turned_down: tuple[tuple[str, str], ...],
    verdict: Verdict | None = None,
) -> tuple[BackendChoice, ...]:
    """The choices for a device.

    Args:
        turned_down: other ways to compute, and why they were not taken.
        verdict: on replaying frames; None: the device has no graphs.
    """
    launches = () if device.type == "cpu" and verdict is None else (_launches(lattice, verdict),)
    trunk = f"[{INPUTS} → {WIDTH} → {WIDTH} → {OUTPUTS}] at {lattice.columns}×{lattice.rows} points"
    head = (
        f"{lattice.width}×{lattice.height} planes, tile {TILE}×{TILE}, table {TABLE_LIGHTS}×{TABLE_HUES}, "
        "picture [.., 4] fp32"
    )
    if device.type == "cpu":
        cuda = "the device was set to cpu" if torch.cuda.is_available() else "no CUDA device"
        count = f"{threads} thread{'s' if threads > 1 else ''}"
        return (
            BackendChoice(
                component=TRUNK,
                chosen=f"torch cpu fp32, {count}",
                reason="the forms are broad: a lattice of a quarter of the picture's edge shows them all",
                shapes=trunk,
                rejected=(
                    *turned_down,
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
                shapes=head,
                rejected=(
                    *turned_down,
                    ("torch grid_sample", "two to four times the time"),
                    ("uint8 feedback", "no faster, and trails stick at rounding"),
                ),
            ),
            *launches,
        )
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "the device that was asked for"
    return (
        BackendChoice(
            component=TRUNK,
            chosen=f"torch {device} fp32",
            reason=name,
            shapes=trunk,
            rejected=(("cpu", "a GPU is there"),),
        ),
        BackendChoice(
            component=RASTER,
            chosen="torch interpolate and grid_sample, fp32",
            reason="pictures stay on the GPU; finished frames are copied to the host",
            shapes=head,
            rejected=(("opencv", "works in host memory only"),),
        ),
        *launches,
    )


def _launches(lattice: Lattice, verdict: Verdict | None) -> BackendChoice:
    """How a frame's work is brought to the device."""
    shapes = f"one frame of {lattice.width}×{lattice.height}"
    if verdict is None:
        return _plain(shapes, "torch records no graphs on this device", "torch has none for this device")
    if verdict.replayed is None:
        return _plain(shapes, "plain launches work", verdict.told)
    return BackendChoice(
        component=LAUNCHES,
        chosen="one replayed graph a frame",
        reason=verdict.told,
        shapes=shapes,
        rejected=(("plain launches", "the host would launch nearly 300 kernels a frame"),),
    )


def _plain(shapes: str, reason: str, why_no_graph: str) -> BackendChoice:
    return BackendChoice(
        component=LAUNCHES,
        chosen="plain launches",
        reason=reason,
        shapes=shapes,
        rejected=(("one replayed graph a frame", why_no_graph),),
    )
