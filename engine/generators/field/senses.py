"""The input on the lattice: depth and motion, brought up to date and smoothed; luminance levels."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.state import Senses
from engine.messages.frame import ControlMap, InputFrame

FRESH_NS: Final = 250 * NS_PER_MS
"""A control map of this age is still believed in full."""

STALE_NS: Final = 1000 * NS_PER_MS
"""A control map of this age is not believed at all."""

_REST: Final = 0.22
"""In frames: how much of the way to a chunk's map is left after its last frame. What a frame goes is as much as each
that is to come: maps come once a chunk, and its first frame must not take the most of their step."""

_TRUST_FOLLOW: Final = 0.2
_LEVEL_FOLLOW: Final = 0.03
_ADVANCE_FOLLOW: Final = 0.15
_WIDE: Final = 8
"""Lattice points to one of the grid on which a thing's surroundings are averaged."""

_MAX_FLOW: Final = 0.1
"""Fastest motion that is followed, in edges per input frame."""

_MAX_AHEAD: Final = 4.0
"""Input frames that a map is moved ahead, or back, at most; beyond, its flow is no longer true."""


def blank_senses(lattice: Lattice) -> Senses:
    """Before the first input: flat, still, not trusted."""
    return Senses(
        depth=np.full(lattice.shape, 0.5, np.float32),
        near=np.zeros(lattice.shape, np.float32),
        flow=np.zeros((*lattice.shape, 2), np.float32),
        trust=0.0,
        low=0.06,
        high=0.72,
        last_frame_id=-1,
        advance=1.0,
    )


def _standing_out(depth: Plane, coarse: float) -> Plane:
    """Depth before that of the wide surroundings, 0..1: a figure stands out, a floor does not."""
    rows, columns = depth.shape
    wide = _WIDE / coarse
    size = (max(round(columns / wide), 1), max(round(rows / wide), 1))
    tiny = cv2.GaussianBlur(cv2.resize(depth, size, interpolation=cv2.INTER_AREA), (0, 0), 2.0)
    # 4 (depth - around) + 0.3 (depth - 0.3), with the factor taken where there is less to multiply.
    around = cv2.resize(tiny * np.float32(-4.0) - np.float32(0.09), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return _plane(np.clip(cv2.scaleAdd(depth, 4.3, around), 0.0, 1.0))


def _limited(frames_ahead: float) -> float:
    return min(max(frames_ahead, -_MAX_AHEAD), _MAX_AHEAD)


def _trust_of(control: ControlMap | None, now_ns: int) -> float:
    if control is None:
        return 0.0
    age = now_ns - control.capture_ns
    return min(max((STALE_NS - age) / (STALE_NS - FRESH_NS), 0.0), 1.0)


def _toward(old: Plane, new: Plane, share: float) -> Plane:
    return _plane(cv2.addWeighted(old, 1.0 - share, new, share, 0.0))


def _plane(array: npt.ArrayLike) -> Plane:
    return np.asarray(array, np.float32)


def _shrunk(lattice: Lattice, array: Plane) -> Plane:
    if array.shape[:2] == lattice.shape:
        return array
    shrinks = array.shape[0] >= lattice.rows and array.shape[1] >= lattice.columns
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return _plane(cv2.resize(array, (lattice.columns, lattice.rows), interpolation=interpolation))


def senses_on(lattice: Lattice, senses: Senses) -> Senses:
    """The same with as many points as the lattice."""
    if senses.depth.shape == lattice.shape:
        return senses
    depth, near, flow = (_shrunk(lattice, plane) for plane in (senses.depth, senses.near, senses.flow))
    return replace(senses, depth=depth, near=near, flow=flow)


def on_lattice(lattice: Lattice, control: ControlMap | None) -> ControlMap | None:
    """The map with as many points as the lattice."""
    if control is None:
        return None
    return replace(control, depth=_shrunk(lattice, control.depth), flow=_shrunk(lattice, control.flow))


def _brought_forward(lattice: Lattice, control: ControlMap, frames_ahead: float) -> tuple[Plane, Plane]:
    """Depth and flow moved along the flow to where a frame has them (backward lookup).

    Args:
        frames_ahead: of the frame before the map; below 0 for the first frames of a chunk whose map is of its last.
    """
    depth, flow = control.depth, control.flow
    if frames_ahead != 0.0:
        column = lattice.column - flow[..., 0] * np.float32(frames_ahead * lattice.columns)
        row = lattice.row - flow[..., 1] * np.float32(frames_ahead * lattice.rows)
        moved = cv2.remap(depth, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        depth = _plane(moved)
    # A little softer than it came: a hard step on the lattice would draw stairs at full resolution.
    soft = _plane(cv2.GaussianBlur(depth, (3, 3), 0))
    cv2.patchNaNs(soft, 0.5)
    return np.clip(soft, 0.0, 1.0), flow


def sense(
    lattice: Lattice,
    before: Senses,
    *,
    frame: InputFrame | None,
    control: ControlMap | None,
    now_ns: int,
    light: Plane,
    advance: float,
    left: int,
) -> Senses:
    """The senses one frame later.

    Args:
        frame: the input frame of this output frame; light: its luminance on the lattice.
        control: the newest map, of on_lattice.
        advance: input frames per output frame, as the request shows it.
        left: frames of the chunk from this one on, 1 for its last.
    """
    share = 1.0 / (left + _REST)
    first = before.last_frame_id < 0
    trust_now = _trust_of(control, now_ns)
    trust = trust_now if first else before.trust + _TRUST_FOLLOW * (trust_now - before.trust)
    depth, near, flow = before.depth, before.near, before.flow
    pace = advance if first else before.advance + _ADVANCE_FOLLOW * (advance - before.advance)
    if control is not None and trust_now > 0.0:
        ahead = 0.0 if frame is None else _limited(float(frame.frame_id - control.frame_id))
        new_depth, new_flow = _brought_forward(lattice, control, ahead)
        moved = np.clip(new_flow, -_MAX_FLOW, _MAX_FLOW) * np.float32(pace)
        cv2.patchNaNs(moved, 0.0)
        depth = new_depth if before.trust <= 0.0 else _toward(depth, new_depth, share)
        flow = moved if before.trust <= 0.0 else _toward(flow, moved, share)
        near = _standing_out(depth, lattice.coarse)
    low, high = before.low, before.high
    if frame is not None:
        mean, spread = float(light.mean()), float(light.std(ddof=1))
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
