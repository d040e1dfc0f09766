"""What a performer sets of the control map, beside the generator's parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.clock import NS_PER_MS
from engine.messages.parameters import (
    MAP_CONTRAST,
    MAP_FAR,
    MAP_INVERT,
    MAP_NEAR,
    MAP_RETURN_CUT,
    MAP_SEND,
    MAP_SHARPNESS,
    MAP_SMOOTHING,
    MAP_WAIT,
)


@dataclass(frozen=True, slots=True)
class MapSettings:
    """How maps are shaped before anybody uses them; as it stands, it leaves them as they are.

    Attributes:
        contrast: exponent of the map (gamma), 0.25..4: above 1 only the nearest stays bright.
        near, far: the ends, each 0..1, of the part of the range that is stretched to the whole of it.
        invert: black becomes white.
        smoothing_s: time constant of smoothing along the motion, in seconds; 0: none.
        sharpness: of the soft maximum of depth and edges: 0 is their mean, 40 nearly the greater.
        wait_ns: how long a chunk waits for the map of its newest frame.
        send: maps go out as a source of their own.
        return_cut: the scene begins anew when the map's own source comes back.
    """

    contrast: float = 1.0
    near: float = 1.0
    far: float = 0.0
    invert: bool = False
    smoothing_s: float = 0.0
    sharpness: float = 8.0
    wait_ns: int = 0
    send: bool = False
    return_cut: bool = False


def settings_of(values: Mapping[str, float]) -> MapSettings:
    """Return the settings that values of MAP_PARAMETERS, all of them, stand for."""
    return MapSettings(
        contrast=values[MAP_CONTRAST],
        near=values[MAP_NEAR],
        far=values[MAP_FAR],
        invert=values[MAP_INVERT] >= 0.5,
        smoothing_s=values[MAP_SMOOTHING],
        sharpness=values[MAP_SHARPNESS],
        wait_ns=round(values[MAP_WAIT] * NS_PER_MS),
        send=values[MAP_SEND] >= 0.5,
        return_cut=values[MAP_RETURN_CUT] >= 0.5,
    )
