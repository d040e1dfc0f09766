"""The input on the lattice: depth and motion, brought up to date and smoothed; luminance levels."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.clock import NS_PER_MS
from engine.generators.field.state import Senses
from engine.messages.frame import ControlMap, InputFrame

Plane = npt.NDArray[np.float32]

LATTICE: Final = 112
"""Edge of the lattice: 448 / 4. Forms are far broader than 4 pixels, and it keeps the network under 2 ms."""

FRESH_NS: Final = 250 * NS_PER_MS
"""A control map of this age is still believed in full."""

STALE_NS: Final = 1000 * NS_PER_MS
"""A control map of this age is not believed at all."""

_FOLLOW: Final = 0.55
"""Share of the way to a new map that one frame goes: a step of the map is spread over about three frames."""

_TRUST_FOLLOW: Final = 0.2
_LEVEL_FOLLOW: Final = 0.03
_ADVANCE_FOLLOW: Final = 0.15
_MAX_AHEAD: Final = 4.0
"""Input frames that a map is moved ahead at most; beyond, its flow is no longer true."""


class Lattice:
    """Positions of the lattice's points."""

    def __init__(self) -> None:
        axis = (np.arange(LATTICE, dtype=np.float32) + 0.5) / LATTICE
        x, y = np.meshgrid(axis, axis)
        self.view_x: Plane = np.asarray(x * 2.0 - 1.0, np.float32)
        """-1..1, rightwards."""
        self.view_y: Plane = np.asarray(y * 2.0 - 1.0, np.float32)
        """-1..1, downwards."""
        self.column: Plane = np.asarray(x * LATTICE - 0.5, np.float32)
        self.row: Plane = np.asarray(y * LATTICE - 0.5, np.float32)


def blank_senses() -> Senses:
    """Before the first input: flat, still, not trusted."""
    return Senses(
        depth=torch.full((LATTICE, LATTICE), 0.5),
        near=torch.zeros((LATTICE, LATTICE)),
        flow=torch.zeros((LATTICE, LATTICE, 2)),
        trust=0.0,
        low=0.06,
        high=0.72,
        last_frame_id=-1,
        advance=1.0,
    )


def _standing_out(depth: Plane) -> Plane:
    """Depth before that of the wide surroundings, 0..1: a figure stands out, a floor does not."""
    tiny = cv2.GaussianBlur(cv2.resize(depth, (14, 14), interpolation=cv2.INTER_AREA), (0, 0), 2.0)
    around = cv2.resize(tiny, (LATTICE, LATTICE), interpolation=cv2.INTER_CUBIC)
    return np.clip((depth - around) * 4.0 + (depth - 0.3) * 0.3, 0.0, 1.0).astype(np.float32)


def _trust_of(control: ControlMap | None, now_ns: int) -> float:
    if control is None:
        return 0.0
    age = now_ns - control.capture_ns
    return min(max((STALE_NS - age) / (STALE_NS - FRESH_NS), 0.0), 1.0)


def _plane(array: npt.ArrayLike) -> Plane:
    return np.asarray(array, np.float32)


def _on_lattice(array: Plane) -> Plane:
    if array.shape[0] == LATTICE and array.shape[1] == LATTICE:
        return array
    shrinks = array.shape[0] >= LATTICE and array.shape[1] >= LATTICE
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return _plane(cv2.resize(array, (LATTICE, LATTICE), interpolation=interpolation))


def _brought_forward(lattice: Lattice, control: ControlMap, frames_ahead: float) -> tuple[Plane, Plane]:
    """Depth and flow moved along the flow to where the newest frame has them (backward lookup)."""
    depth, flow = _on_lattice(control.depth), _on_lattice(control.flow)
    if frames_ahead > 0.0:
        reach = np.float32(frames_ahead * LATTICE)
        column, row = _plane(lattice.column - flow[..., 0] * reach), _plane(lattice.row - flow[..., 1] * reach)
        moved = cv2.remap(depth, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        depth = _plane(moved)
    # A little softer than it came: a hard step on the lattice would draw stairs at full resolution.
    return _plane(cv2.GaussianBlur(depth, (3, 3), 0)), flow


def sense(
    lattice: Lattice,
    before: Senses,
    *,
    frame: InputFrame | None,
    control: ControlMap | None,
    now_ns: int,
    light: Tensor,
    advance: float,
) -> Senses:
    """The senses one frame later.

    Args:
        frame: the input frame of this output frame; light: its luminance on the lattice, on the CPU.
        advance: input frames per output frame, as the request shows it.
    """
    first = before.last_frame_id < 0
    trust_now = _trust_of(control, now_ns)
    trust = trust_now if first else before.trust + _TRUST_FOLLOW * (trust_now - before.trust)
    depth, near, flow = before.depth, before.near, before.flow
    pace = advance if first else before.advance + _ADVANCE_FOLLOW * (advance - before.advance)
    if control is not None and trust_now > 0.0:
        ahead = 0.0 if frame is None else min(max(float(frame.frame_id - control.frame_id), 0.0), _MAX_AHEAD)
        new_depth, new_flow = _brought_forward(lattice, control, ahead)
        known = torch.from_numpy(np.ascontiguousarray(new_depth, np.float32))
        moved = torch.from_numpy(np.ascontiguousarray(new_flow, np.float32)).clamp(-0.1, 0.1) * pace
        depth = known.clone() if before.trust <= 0.0 else torch.lerp(depth, known, _FOLLOW)
        near = torch.from_numpy(_standing_out(depth.numpy()))
        flow = moved if before.trust <= 0.0 else torch.lerp(flow, moved, _FOLLOW)
    low, high = before.low, before.high
    if frame is not None:
        mean, spread = float(light.mean()), float(light.std())
        low_now = min(max(mean - 1.6 * spread, 0.0), 0.16)
        high_now = min(max(mean + 2.2 * spread, 0.40), 0.92)
        follow = 1.0 if first else _LEVEL_FOLLOW
        low, high = low + follow * (low_now - low), high + follow * (high_now - high)
    return Senses(
        depth=depth,
        near=near,
        flow=flow,
        trust=trust,
        low=low,
        high=high,
        last_frame_id=before.last_frame_id if frame is None else frame.frame_id,
        advance=pace,
    )
