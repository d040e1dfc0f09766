"""What the dancer dances: phrases of eight beats, written as one pose per beat.

Positions are metres in the dancer's own frame: x towards the viewer's right when the dancer faces
the viewer, y up, z towards the viewer. "left" and "right" are the viewer's, so that a phrase can be
mirrored by swapping them.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Vector = tuple[float, float, float]

BEATS_PER_PHRASE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One pose.

    Attributes:
        pelvis: offset of the pelvis from standing upright.
        turn: heading, in revolutions; a phrase may end a whole number of turns further.
        hips: roll of the pelvis, radians; positive drops the right hip.
        lean: chest towards the right and towards the front, radians.
        twist: chest against pelvis, radians.
        head: turn and nod, radians.
        left_hand, right_hand: reach from that shoulder in the chest's frame, in arm's lengths.
        left_foot, right_foot: (x, height of the lifted ankle, z) on the floor.
    """

    pelvis: Vector = (0.0, -0.04, 0.0)
    turn: float = 0.0
    hips: float = 0.0
    lean: tuple[float, float] = (0.0, 0.04)
    twist: float = 0.0
    head: tuple[float, float] = (0.0, 0.0)
    left_hand: Vector = (-0.32, -0.86, 0.12)
    right_hand: Vector = (0.32, -0.86, 0.12)
    left_foot: Vector = (-0.15, 0.0, 0.0)
    right_foot: Vector = (0.15, 0.0, 0.0)

    def mirrored(self) -> "Pose":
        """The same pose seen in a mirror."""
        return Pose(
            pelvis=_flip(self.pelvis),
            turn=-self.turn,
            hips=-self.hips,
            lean=(-self.lean[0], self.lean[1]),
            twist=-self.twist,
            head=(-self.head[0], self.head[1]),
            left_hand=_flip(self.right_hand),
            right_hand=_flip(self.left_hand),
            left_foot=_flip(self.right_foot),
            right_foot=_flip(self.left_foot),
        )

    def flat(self) -> npt.NDArray[np.float64]:
        """All numbers in a row, in the order of the fields: float64 [22]."""
        return np.array(
            [
                *self.pelvis, self.turn, self.hips, *self.lean, self.twist, *self.head,
                *self.left_hand, *self.right_hand, *self.left_foot, *self.right_foot,
            ]
        )  # fmt: skip


TURN: Final = 3
"""Place of the heading in a flat pose."""


def _flip(vector: Vector) -> Vector:
    return (-vector[0], vector[1], vector[2])


def _and_mirrored(*poses: Pose) -> tuple[Pose, ...]:
    """Four beats, then the same four in the mirror."""
    return (*poses, *(pose.mirrored() for pose in poses))


P = Pose

GROOVE = _and_mirrored(
    P(pelvis=(-0.10, -0.10, 0), hips=-0.16, lean=(0.10, 0.08), twist=0.30, head=(-0.3, 0.05),
      left_hand=(-0.30, -0.35, 0.55), right_hand=(0.55, -0.62, -0.25), left_foot=(-0.24, 0, 0),
      right_foot=(0.20, 0, 0)),
    P(pelvis=(0.00, -0.03, 0), hips=0.0, twist=0.0, head=(0, -0.05),
      left_hand=(-0.62, -0.50, 0.2), right_hand=(0.62, -0.50, 0.2), left_foot=(-0.24, 0, 0),
      right_foot=(0.06, 0.12, 0.06)),
    P(pelvis=(0.12, -0.11, 0), hips=0.18, lean=(-0.12, 0.06), twist=-0.35, head=(0.35, 0.08),
      left_hand=(-0.72, 0.05, 0.2), right_hand=(0.25, -0.25, 0.6), left_foot=(-0.24, 0, 0),
      right_foot=(0.28, 0, 0.02)),
    P(pelvis=(0.04, -0.02, 0), hips=0.05, twist=-0.1, head=(0.1, -0.1),
      left_hand=(-0.45, 0.72, 0.2), right_hand=(0.50, -0.55, 0.3), left_foot=(-0.05, 0.13, 0.05),
      right_foot=(0.24, 0, 0)),
)  # fmt: skip

REACH = _and_mirrored(
    P(pelvis=(-0.08, -0.16, 0), hips=-0.1, lean=(-0.18, 0.20), twist=0.4, head=(-0.2, 0.2),
      left_hand=(-0.35, -0.75, 0.35), right_hand=(-0.25, -0.45, 0.7), left_foot=(-0.34, 0, 0),
      right_foot=(0.28, 0, 0)),
    P(pelvis=(0.16, -0.06, 0), hips=0.12, lean=(0.16, -0.04), twist=-0.25, head=(0.5, -0.35),
      left_hand=(-0.80, -0.40, -0.1), right_hand=(0.50, 0.84, 0.1), left_foot=(-0.36, 0, -0.05),
      right_foot=(0.30, 0, 0.05)),
    P(pelvis=(0.18, -0.04, 0), hips=0.14, lean=(0.24, -0.06), twist=-0.30, head=(0.5, -0.45),
      left_hand=(-0.88, -0.28, -0.1), right_hand=(0.66, 0.74, 0.1), left_foot=(-0.40, 0.02, -0.08),
      right_foot=(0.30, 0, 0.05)),
    P(pelvis=(0.02, -0.12, 0), hips=0.0, lean=(0.0, 0.15), twist=0.1, head=(0, 0.15),
      left_hand=(-0.45, -0.1, 0.55), right_hand=(0.45, -0.1, 0.55), left_foot=(-0.12, 0.06, 0),
      right_foot=(0.22, 0, 0)),
)  # fmt: skip

WAVE = (
    P(pelvis=(-0.06, -0.05, 0), hips=-0.12, lean=(0.06, 0), left_hand=(-0.92, 0.28, 0), right_hand=(0.92, -0.22, 0),
      head=(-0.5, -0.05), left_foot=(-0.18, 0, 0), right_foot=(0.18, 0, 0)),
    P(pelvis=(0.0, -0.08, 0), hips=0.0, lean=(0.0, 0.06), left_hand=(-0.93, -0.05, 0.1), right_hand=(0.90, 0.25, 0),
      head=(0.0, 0.0), left_foot=(-0.18, 0, 0), right_foot=(0.18, 0, 0)),
    P(pelvis=(0.07, -0.05, 0), hips=0.14, lean=(-0.08, 0), left_hand=(-0.90, -0.3, 0), right_hand=(0.82, 0.5, 0),
      head=(0.5, -0.15), left_foot=(-0.18, 0, 0), right_foot=(0.20, 0, 0)),
    P(pelvis=(0.02, -0.10, 0), hips=0.04, lean=(0.05, 0.1), left_hand=(-0.88, 0.12, 0.1), right_hand=(0.93, 0.0, 0.1),
      head=(0.2, 0.1), left_foot=(-0.18, 0, 0), right_foot=(0.18, 0, 0)),
    P(pelvis=(-0.08, -0.04, 0), hips=-0.15, lean=(0.10, 0), left_hand=(-0.75, 0.60, 0), right_hand=(0.90, -0.3, 0),
      head=(-0.5, -0.2), left_foot=(-0.20, 0, 0), right_foot=(0.16, 0, 0)),
    P(pelvis=(0.0, -0.14, 0), hips=0.0, lean=(0.0, 0.18), left_hand=(-0.75, -0.1, 0.55),
      right_hand=(0.75, -0.1, 0.55),
      head=(0.0, 0.25), left_foot=(-0.18, 0, 0), right_foot=(0.18, 0, 0)),
    P(pelvis=(0.0, 0.0, 0.02), hips=0.0, lean=(0.0, -0.16), left_hand=(-0.70, 0.66, -0.1),
      right_hand=(0.70, 0.66, -0.1),
      head=(0.0, -0.5), left_foot=(-0.18, 0.02, 0), right_foot=(0.18, 0.02, 0)),
    P(pelvis=(0.0, -0.07, 0), hips=0.0, lean=(0.0, 0.0), left_hand=(-0.90, 0.1, 0.1), right_hand=(0.90, 0.1, 0.1),
      head=(0.0, 0.0), left_foot=(-0.16, 0, 0), right_foot=(0.16, 0, 0)),
)  # fmt: skip

SPIN = (
    P(pelvis=(0, -0.06, 0), left_hand=(-0.85, 0.05, 0.3), right_hand=(0.85, 0.05, 0.3),
      left_foot=(-0.16, 0, 0), right_foot=(0.18, 0, 0.05)),
    P(pelvis=(0, -0.18, 0), turn=-0.08, twist=-0.3, left_hand=(-0.9, 0.0, 0.1), right_hand=(0.25, -0.05, 0.85),
      left_foot=(-0.12, 0, 0.06), right_foot=(0.24, 0, -0.16)),
    P(pelvis=(-0.05, 0.03, 0), turn=0.32, twist=0.2, head=(0.3, -0.05), left_hand=(0.05, 0.0, 0.72),
      right_hand=(-0.05, 0.0, 0.72),
      left_foot=(-0.04, 0.02, 0), right_foot=(0.20, 0.42, 0.14)),
    P(pelvis=(-0.05, 0.05, 0), turn=1.05, head=(0.2, -0.1), left_hand=(-0.05, 0.35, 0.62),
      right_hand=(0.05, 0.35, 0.62),
      left_foot=(-0.04, 0.03, 0), right_foot=(0.20, 0.45, 0.14)),
    P(pelvis=(-0.05, 0.04, 0), turn=1.72, head=(0.3, -0.2), left_hand=(-0.30, 0.86, 0.2),
      right_hand=(0.30, 0.86, 0.2),
      left_foot=(-0.04, 0.02, 0), right_foot=(0.20, 0.40, 0.14)),
    P(pelvis=(0.04, -0.14, 0), turn=2.0, lean=(0.1, 0.1), left_hand=(-0.92, 0.12, 0.0), right_hand=(0.92, -0.10, 0.0),
      left_foot=(-0.24, 0, 0), right_foot=(0.34, 0, 0)),
    P(pelvis=(0.10, -0.20, 0), turn=2.0, lean=(0.14, 0.06), head=(0.4, -0.1), left_hand=(-0.92, 0.3, 0.0),
      right_hand=(0.93, 0.02, 0.1),
      left_foot=(-0.30, 0, 0), right_foot=(0.34, 0, 0)),
    P(pelvis=(0.02, -0.05, 0), turn=2.0, left_hand=(-0.6, -0.5, 0.3), right_hand=(0.6, -0.5, 0.3),
      left_foot=(-0.16, 0, 0), right_foot=(0.16, 0.05, 0)),
)  # fmt: skip

LUNGE = _and_mirrored(
    P(pelvis=(0.26, -0.26, 0.04), hips=0.08, lean=(0.22, 0.10), twist=-0.35, head=(0.6, -0.05),
      left_hand=(-0.80, 0.48, -0.1), right_hand=(0.90, -0.25, 0.2), left_foot=(-0.46, 0, -0.08),
      right_foot=(0.46, 0, 0.08)),
    P(pelvis=(0.30, -0.30, 0.04), hips=0.08, lean=(0.26, 0.12), twist=-0.4, head=(0.6, -0.1),
      left_hand=(-0.72, 0.60, -0.1), right_hand=(0.92, -0.18, 0.2), left_foot=(-0.46, 0, -0.08),
      right_foot=(0.46, 0, 0.08)),
    P(pelvis=(0.12, -0.12, 0.0), hips=0.0, lean=(0.0, 0.2), twist=0.3, head=(0.0, 0.25),
      left_hand=(-0.15, -0.30, 0.72), right_hand=(0.55, 0.20, 0.5), left_foot=(-0.30, 0.05, 0.05),
      right_foot=(0.36, 0, 0.05)),
    P(pelvis=(0.0, -0.03, 0.0), hips=-0.05, lean=(-0.05, 0.0), twist=0.3, head=(-0.3, -0.2),
      left_hand=(-0.40, 0.82, 0.15), right_hand=(0.65, 0.55, 0.2), left_foot=(-0.12, 0.08, 0.02),
      right_foot=(0.18, 0, 0)),
)  # fmt: skip

ARABESQUE = (
    P(pelvis=(0, -0.10, 0), lean=(0, 0.12), left_hand=(-0.5, -0.2, 0.6), right_hand=(0.5, -0.2, 0.6),
      left_foot=(-0.10, 0, 0.10), right_foot=(0.12, 0, -0.14), turn=0.05),
    P(pelvis=(-0.02, -0.02, 0.06), lean=(0, 0.30), turn=0.17, left_hand=(-0.4, 0.35, 0.75),
      right_hand=(0.88, 0.0, 0.0),
      left_foot=(-0.06, 0, 0.06), right_foot=(0.14, 0.42, -0.50), head=(0, -0.25)),
    P(pelvis=(-0.02, 0.00, 0.10), lean=(0, 0.52), turn=0.22, left_hand=(-0.25, 0.55, 0.78),
      right_hand=(0.90, 0.15, -0.2),
      left_foot=(-0.06, 0, 0.06), right_foot=(0.14, 0.80, -0.66), head=(0, -0.55)),
    P(pelvis=(-0.02, 0.01, 0.12), lean=(0, 0.60), turn=0.24, left_hand=(-0.22, 0.64, 0.72),
      right_hand=(0.90, 0.22, -0.25),
      left_foot=(-0.06, 0, 0.06), right_foot=(0.14, 0.90, -0.66), head=(0, -0.65)),
    P(pelvis=(0.0, -0.14, 0.0), lean=(0.1, 0.25), turn=0.12, left_hand=(-0.7, -0.3, 0.4), right_hand=(0.7, -0.3, 0.4),
      left_foot=(-0.12, 0, 0.06), right_foot=(0.22, 0, -0.20), head=(0, 0.1)),
    P(pelvis=(0.05, -0.20, 0), lean=(-0.15, 0.1), turn=0.0, twist=0.3, left_hand=(-0.85, 0.1, 0.2),
      right_hand=(-0.1, -0.2, 0.75),
      left_foot=(-0.24, 0, 0), right_foot=(0.26, 0, 0), head=(-0.4, 0.1)),
    P(pelvis=(0.0, -0.02, 0), lean=(0.10, -0.1), turn=0.0, left_hand=(-0.55, 0.76, 0), right_hand=(0.55, 0.76, 0),
      left_foot=(-0.10, 0.02, 0), right_foot=(0.10, 0.02, 0), head=(0.2, -0.4)),
    P(pelvis=(0.0, -0.08, 0), lean=(0.0, 0.08), turn=0.0, left_hand=(-0.88, -0.2, 0.1), right_hand=(0.88, -0.2, 0.1),
      left_foot=(-0.15, 0, 0), right_foot=(0.15, 0, 0)),
)  # fmt: skip

JUMP = (
    P(pelvis=(0, -0.12, 0), lean=(0, 0.15), left_hand=(-0.5, -0.6, 0.3), right_hand=(0.5, -0.6, 0.3)),
    P(pelvis=(0, -0.34, 0), lean=(0, 0.45), left_hand=(-0.35, -0.7, -0.5), right_hand=(0.35, -0.7, -0.5),
      head=(0, -0.1), left_foot=(-0.18, 0, 0), right_foot=(0.18, 0, 0)),
    P(pelvis=(0, 0.24, 0), lean=(0, -0.08), left_hand=(-0.70, 0.68, 0.1), right_hand=(0.70, 0.68, 0.1),
      head=(0, -0.3), left_foot=(-0.48, 0.34, 0), right_foot=(0.48, 0.34, 0)),
    P(pelvis=(0, -0.26, 0), lean=(0, 0.25), left_hand=(-0.85, 0.2, 0.2), right_hand=(0.85, 0.2, 0.2),
      left_foot=(-0.24, 0, 0), right_foot=(0.24, 0, 0)),
    P(pelvis=(-0.10, -0.10, 0), hips=-0.2, lean=(0.12, 0.05), twist=0.3, left_hand=(-0.45, -0.2, 0.5),
      right_hand=(0.7, 0.55, 0.1),
      left_foot=(-0.20, 0, 0), right_foot=(0.18, 0, 0), head=(-0.3, 0)),
    P(pelvis=(0.10, -0.10, 0), hips=0.2, lean=(-0.12, 0.05), twist=-0.3, left_hand=(-0.7, 0.55, 0.1),
      right_hand=(0.45, -0.2, 0.5),
      left_foot=(-0.18, 0, 0), right_foot=(0.20, 0, 0), head=(0.3, 0)),
    P(pelvis=(-0.12, -0.12, 0), hips=-0.22, lean=(0.14, 0.05), twist=0.3, left_hand=(-0.85, 0.3, 0.2),
      right_hand=(0.4, 0.8, 0.1),
      left_foot=(-0.20, 0, 0), right_foot=(0.18, 0.04, 0), head=(-0.4, 0)),
    P(pelvis=(0.0, -0.05, 0), hips=0.0, left_hand=(-0.5, 0.6, 0.3), right_hand=(0.5, 0.6, 0.3)),
)  # fmt: skip

KICK = _and_mirrored(
    P(pelvis=(0, -0.12, 0), lean=(0, 0.12), twist=0.2, left_hand=(-0.6, -0.3, 0.4), right_hand=(0.6, -0.3, 0.4),
      left_foot=(-0.12, 0, 0), right_foot=(0.20, 0.02, -0.22)),
    P(pelvis=(-0.05, 0.0, -0.04), lean=(-0.12, -0.18), twist=-0.3, left_hand=(-0.45, 0.55, 0.55),
      right_hand=(0.90, 0.1, -0.2),
      left_foot=(-0.10, 0, 0), right_foot=(0.40, 1.02, 0.48), head=(0.2, 0.0)),
    P(pelvis=(-0.02, -0.14, 0), lean=(0.05, 0.15), twist=0.1, left_hand=(-0.8, -0.1, 0.3),
      right_hand=(0.8, -0.1, 0.3),
      left_foot=(-0.14, 0, 0), right_foot=(0.24, 0.03, 0.05)),
    P(pelvis=(0.10, -0.20, 0), hips=0.15, lean=(0.20, 0.10), twist=-0.4, head=(0.5, 0.0),
      left_hand=(-0.88, 0.30, -0.1),
      right_hand=(0.35, -0.35, 0.6), left_foot=(-0.36, 0, 0), right_foot=(0.30, 0, 0)),
)  # fmt: skip

SWEEP = (
    P(pelvis=(0, -0.16, 0), lean=(-0.1, 0.4), left_hand=(-0.6, -0.7, 0.2), right_hand=(0.4, -0.8, 0.3),
      left_foot=(-0.28, 0, 0), right_foot=(0.28, 0, 0), head=(0, 0.2)),
    P(pelvis=(-0.12, -0.34, -0.08), lean=(-0.3, 0.95), twist=0.3, left_hand=(-0.3, -0.9, 0.2),
      right_hand=(-0.2, -0.9, 0.3),
      left_foot=(-0.36, 0, 0), right_foot=(0.36, 0, 0), head=(0, 0.2)),
    P(pelvis=(0.12, -0.34, -0.08), lean=(0.3, 0.95), twist=-0.3, left_hand=(0.2, -0.9, 0.3),
      right_hand=(0.3, -0.9, 0.2),
      left_foot=(-0.36, 0, 0), right_foot=(0.36, 0, 0), head=(0, 0.2)),
    P(pelvis=(0.10, -0.14, 0), lean=(0.25, 0.2), twist=-0.3, left_hand=(-0.2, 0.3, 0.8), right_hand=(0.85, 0.3, 0.1),
      left_foot=(-0.34, 0, 0), right_foot=(0.32, 0, 0), head=(0.3, -0.2)),
    P(pelvis=(0.0, 0.02, 0), lean=(0.0, -0.22), left_hand=(-0.35, 0.92, -0.1), right_hand=(0.35, 0.92, -0.1),
      left_foot=(-0.14, 0.04, 0), right_foot=(0.14, 0.04, 0), head=(0, -0.6)),
    P(pelvis=(-0.04, 0.0, 0), lean=(-0.22, -0.15), left_hand=(-0.65, 0.74, 0), right_hand=(0.0, 0.97, 0),
      left_foot=(-0.14, 0.02, 0), right_foot=(0.14, 0.02, 0), head=(-0.3, -0.5)),
    P(pelvis=(0.04, 0.0, 0), lean=(0.22, -0.15), left_hand=(0.0, 0.97, 0), right_hand=(0.65, 0.74, 0),
      left_foot=(-0.14, 0.02, 0), right_foot=(0.14, 0.02, 0), head=(0.3, -0.5)),
    P(pelvis=(0.0, -0.08, 0), lean=(0.0, 0.1), left_hand=(-0.9, 0.15, 0.2), right_hand=(0.9, 0.15, 0.2),
      left_foot=(-0.16, 0, 0), right_foot=(0.16, 0, 0), head=(0, 0.1)),
)  # fmt: skip

ROLL = (
    P(pelvis=(-0.12, -0.14, 0.0), hips=-0.24, lean=(0.14, 0.05), left_hand=(-0.55, 0.35, 0.45),
      right_hand=(0.55, 0.35, 0.45),
      left_foot=(-0.24, 0, 0), right_foot=(0.24, 0, 0), head=(-0.3, 0.1)),
    P(pelvis=(0.0, -0.16, 0.10), hips=0.0, lean=(0.0, -0.14), left_hand=(-0.75, 0.5, 0.3),
      right_hand=(0.75, 0.5, 0.3),
      left_foot=(-0.24, 0, 0), right_foot=(0.24, 0, 0), head=(0, -0.2)),
    P(pelvis=(0.13, -0.14, 0.0), hips=0.24, lean=(-0.14, 0.05), left_hand=(-0.5, 0.8, 0.15),
      right_hand=(0.5, 0.8, 0.15),
      left_foot=(-0.24, 0, 0), right_foot=(0.24, 0, 0), head=(0.3, 0.1)),
    P(pelvis=(0.0, -0.16, -0.10), hips=0.0, lean=(0.0, 0.3), left_hand=(-0.85, 0.4, 0.2), right_hand=(0.85, 0.4, 0.2),
      left_foot=(-0.24, 0, 0), right_foot=(0.24, 0, 0), head=(0, 0.1)),
    P(pelvis=(-0.14, -0.18, 0.0), hips=-0.26, lean=(0.16, 0.05), turn=0.1, left_hand=(-0.93, 0.0, 0.0),
      right_hand=(0.75, 0.6, 0),
      left_foot=(-0.26, 0, 0), right_foot=(0.24, 0, 0), head=(-0.5, 0)),
    P(pelvis=(0.14, -0.18, 0.0), hips=0.26, lean=(-0.16, 0.05), turn=-0.1, left_hand=(-0.75, 0.6, 0.0),
      right_hand=(0.93, 0.0, 0),
      left_foot=(-0.24, 0, 0), right_foot=(0.26, 0, 0), head=(0.5, 0)),
    P(pelvis=(-0.08, -0.10, 0.0), hips=-0.18, lean=(0.1, 0.05), turn=0.06, left_hand=(-0.5, -0.5, 0.5),
      right_hand=(0.2, 0.95, 0),
      left_foot=(-0.20, 0, 0), right_foot=(0.16, 0.08, 0), head=(0.3, -0.4)),
    P(pelvis=(0.0, -0.05, 0.0), hips=0.0, lean=(0.0, 0.05), turn=0.0, left_hand=(-0.6, -0.4, 0.4),
      right_hand=(0.6, 0.2, 0.4),
      left_foot=(-0.16, 0, 0), right_foot=(0.16, 0, 0)),
)  # fmt: skip

PHRASES: Final = (GROOVE, REACH, WAVE, SPIN, LUNGE, ARABESQUE, JUMP, KICK, SWEEP, ROLL)


@lru_cache(maxsize=64)
def _flat_phrase(index: int, mirrored: bool) -> npt.NDArray[np.float64]:
    poses = [pose.mirrored() if mirrored else pose for pose in PHRASES[index]]
    flat = np.stack([pose.flat() for pose in poses])
    flat.setflags(write=False)
    return flat


@lru_cache(maxsize=64)
def _round(seed: int, number: int) -> tuple[int, ...]:
    """Every phrase once, in an order of its own, never beginning with the one that came last."""
    order = [int(index) for index in np.random.default_rng([seed, number]).permutation(len(PHRASES))]
    if number > 0 and _round_end(seed, number - 1) == order[0]:
        order[0], order[1] = order[1], order[0]
    return tuple(order)


@lru_cache(maxsize=64)
def _round_end(seed: int, number: int) -> int:
    # The swap in _round touches the first two only, so the last needs no recursion.
    return int(np.random.default_rng([seed, number]).permutation(len(PHRASES))[-1])


@lru_cache(maxsize=64)
def _phrase(seed: int, number: int) -> npt.NDArray[np.float64]:
    which = max(number, 0)
    index = _round(seed, which // len(PHRASES))[which % len(PHRASES)]
    mirrored = bool(np.random.default_rng([seed, which, 1]).integers(2))
    return _flat_phrase(index, mirrored)


def _key(seed: int, beat: int, phrase: int) -> npt.NDArray[np.float64]:
    """The pose on a beat, its heading counted on from the phrase given (an adjacent one)."""
    number, step = divmod(beat, BEATS_PER_PHRASE)
    key: npt.NDArray[np.float64] = _phrase(seed, number)[step].copy()
    if number > phrase:
        key[TURN] += round(_phrase(seed, phrase)[-1, TURN])
    elif number < phrase:
        key[TURN] -= round(_phrase(seed, number)[-1, TURN])
    return key


def pose_at(beats: float, seed: int) -> npt.NDArray[np.float64]:
    """The flat pose at a time in beats (>= 0): float64 [22].

    Catmull-Rom through the poses on the beats, eased so that the body arrives on the beat.
    """
    beat = int(np.floor(beats))
    phrase = beat // BEATS_PER_PHRASE
    before, start, end, after = (_key(seed, beat + step, phrase) for step in (-1, 0, 1, 2))
    u = beats - beat
    u += 0.45 * (u * u * (3.0 - 2.0 * u) - u)
    pose: npt.NDArray[np.float64] = 0.5 * (
        2.0 * start
        + u * (end - before)
        + u * u * (2.0 * before - 5.0 * start + 4.0 * end - after)
        + u * u * u * (3.0 * (start - end) + after - before)
    )
    return pose
