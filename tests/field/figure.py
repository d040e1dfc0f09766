"""A moving figure on a floor with true depth and flow: the field's input in tests and contact sheets."""

import math

import cv2
import numpy as np

from engine.clock import NS_PER_SECOND
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame

PERIOD_NS = NS_PER_SECOND // 30
_DEPTH_SIDE = 112


def _joints(seconds: float) -> list[tuple[tuple[float, float], tuple[float, float], float]]:
    """Capsules of a dancer as (from, to, radius), in fractions of the edge."""
    beat = 2.0 * math.pi * seconds
    hip = (0.5 + 0.06 * math.sin(0.5 * beat), 0.56 + 0.015 * math.cos(beat))
    neck = (hip[0] + 0.03 * math.sin(0.5 * beat + 1.0), hip[1] - 0.22)
    head = (neck[0] + 0.01 * math.sin(beat), neck[1] - 0.075)
    limbs = [(hip, neck, 0.058), (head, (head[0], head[1] - 0.01), 0.052)]
    for side in (-1.0, 1.0):
        swing = math.sin(0.5 * beat + (0.0 if side < 0 else 1.9))
        shoulder = (neck[0] + 0.05 * side, neck[1] + 0.03)
        angle = 0.4 + 1.1 * swing
        elbow = (shoulder[0] + side * 0.12 * math.cos(angle), shoulder[1] + 0.12 * math.sin(angle))
        bend = angle - 0.9 - 0.5 * math.sin(beat)
        hand = (elbow[0] + side * 0.12 * math.cos(bend), elbow[1] + 0.12 * math.sin(bend))
        knee = (hip[0] + side * (0.07 + 0.04 * swing), hip[1] + 0.16)
        foot = (knee[0] + side * 0.02, hip[1] + 0.33)
        limbs += [(shoulder, elbow, 0.027), (elbow, hand, 0.022), (hip, knee, 0.038), (knee, foot, 0.03)]
    return limbs


def _draw(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """RGB uint8 [448, 448, 3] and depth float32 [112, 112]."""
    side = FRAME_SIZE
    ramp = np.linspace(0.0, 1.0, side, dtype=np.float32)[:, None]
    floor = np.clip((ramp - 0.78) / 0.22, 0.0, 1.0)
    image = np.broadcast_to((28.0 + 22.0 * ramp + 40.0 * floor)[..., None], (side, side, 3)).copy()
    depth = np.broadcast_to(0.08 + 0.1 * ramp + 0.45 * floor, (side, side)).astype(np.float32).copy()
    cv2.circle(image, (int(0.17 * side), int(0.72 * side)), 44, (110.0, 70.0, 60.0), -1, cv2.LINE_AA)
    cv2.circle(depth, (int(0.17 * side), int(0.72 * side)), 44, 0.42, -1, cv2.LINE_AA)
    cv2.rectangle(
        image, (int(0.78 * side), int(0.6 * side)), (int(0.92 * side), int(0.86 * side)), (60.0, 80.0, 120.0), -1
    )
    cv2.rectangle(depth, (int(0.78 * side), int(0.6 * side)), (int(0.92 * side), int(0.86 * side)), 0.4, -1)
    for (x0, y0), (x1, y1), radius in _joints(seconds):
        start, end = (int(x0 * side), int(y0 * side)), (int(x1 * side), int(y1 * side))
        cv2.line(image, start, end, (190.0, 165.0, 150.0), int(2 * radius * side), cv2.LINE_AA)
        inner_start, inner_end = (start[0] - 3, start[1] - 4), (end[0] - 3, end[1] - 4)
        cv2.line(image, inner_start, inner_end, (226.0, 205.0, 190.0), int(1.2 * radius * side), cv2.LINE_AA)
        cv2.line(depth, start, end, 0.82, int(2 * radius * side), cv2.LINE_AA)
    return image.astype(np.uint8), cv2.resize(depth, (_DEPTH_SIDE, _DEPTH_SIDE), interpolation=cv2.INTER_AREA)


def _flow(seconds: float) -> np.ndarray:
    """Motion since the frame before, float32 [112, 112, 2], from the capsules themselves."""
    scale = _DEPTH_SIDE
    total = np.zeros((scale, scale, 2), np.float32)
    now, then = _joints(seconds), _joints(seconds - 1 / 30)
    for (a, b, radius), (c, d, _) in zip(now, then, strict=True):
        mask = np.zeros((scale, scale), np.uint8)
        cv2.line(
            mask,
            (int(a[0] * scale), int(a[1] * scale)),
            (int(b[0] * scale), int(b[1] * scale)),
            1,
            max(1, int(2 * radius * scale)),
        )
        total[mask > 0] = ((a[0] + b[0] - c[0] - d[0]) / 2, (a[1] + b[1] - c[1] - d[1]) / 2)
    return cv2.GaussianBlur(total, (5, 5), 0)


def input_frame(index: int) -> InputFrame:
    """The frame `index` of the film, captured at index periods."""
    image, _ = _draw(index / 30)
    return InputFrame(frame_id=index, capture_ns=index * PERIOD_NS, source_serial=1, image=image)


def control_map(index: int) -> ControlMap:
    """What a perfect depth worker knows about the frame `index`."""
    _, depth = _draw(index / 30)
    capture = index * PERIOD_NS
    return ControlMap(
        frame_id=index, capture_ns=capture, ready_ns=capture + 5_000_000, depth=depth, flow=_flow(index / 30)
    )
