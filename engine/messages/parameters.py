"""Parameters as data: one table feeds the window, MIDI, presets and the command line."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from engine.errors import ParameterError
from engine.messages.transitions import FOLLOW_THE_HAND, Transition


class CommitPolicy(Enum):
    """When a new value takes hold."""

    FRAME = "frame"  # in the output process, at the next output frame
    CHUNK = "chunk"  # at the next chunk boundary, latest value wins
    CUT = "cut"  # only together with a cache reset


class Curve(Enum):
    """How a control's travel maps onto the range."""

    LINEAR = "linear"
    SQUARE = "square"  # finer near the minimum


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSpec:
    """One parameter.

    Attributes:
        id: "group.name", never reused for something else.
        minimum, maximum: the closed range, in unit.
        help: one line that says what a performer sees when it moves.
        glide: how a new value is travelled to, unless a command says otherwise.
        aliases: ids it had in earlier versions.
    """

    id: str
    label: str
    minimum: float
    maximum: float
    default: float
    help: str
    unit: str = ""
    curve: Curve = Curve.LINEAR
    policy: CommitPolicy = CommitPolicy.CHUNK
    glide: Transition = FOLLOW_THE_HAND
    aliases: tuple[str, ...] = ()

    def check(self, value: float) -> float:
        """The value as float; ParameterError if it is not a number or lies outside the range."""
        number = float(value)
        if not math.isfinite(number) or not self.minimum <= number <= self.maximum:
            raise ParameterError(
                f"{self.label} cannot be {value:g}",
                where=self.id,
                remedy=f"Choose a value from {self.minimum:g} to {self.maximum:g}.",
            )
        return number

    def from_travel(self, travel: float) -> float:
        """The value at a control's travel, clamped to 0..1."""
        position = min(max(travel, 0.0), 1.0)
        if self.curve is Curve.SQUARE:
            position *= position
        return self.minimum + (self.maximum - self.minimum) * position

    def to_travel(self, value: float) -> float:
        """The travel in 0..1 that gives this value."""
        span = self.maximum - self.minimum
        position = min(max((value - self.minimum) / span, 0.0), 1.0) if span else 0.0
        return math.sqrt(position) if self.curve is Curve.SQUARE else position


class ParameterTable(Mapping[str, ParameterSpec]):
    """An immutable table of parameters in display order, looked up by id or by an earlier id."""

    def __init__(self, specs: Iterable[ParameterSpec]) -> None:
        self._specs: dict[str, ParameterSpec] = {}
        self._aliases: dict[str, str] = {}
        for spec in specs:
            for name in (spec.id, *spec.aliases):
                if name in self:
                    raise ValueError(f"parameter {name} is defined twice")
            self._specs[spec.id] = spec
            self._aliases.update(dict.fromkeys(spec.aliases, spec.id))

    def __getitem__(self, key: str) -> ParameterSpec:
        spec = self._specs.get(self._aliases.get(key, key))
        if spec is None:
            near = difflib.get_close_matches(key, self._specs, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(self._specs)}."
            raise ParameterError("There is no such parameter", where=key, remedy=hint)
        return spec

    def __contains__(self, key: object) -> bool:
        return key in self._specs or key in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def defaults(self) -> dict[str, float]:
        """Every id with its default value."""
        return {spec.id: spec.default for spec in self._specs.values()}

    def joined(self, other: "ParameterTable") -> "ParameterTable":
        """This table followed by another; ids must not collide."""
        return ParameterTable([*self.values(), *other.values()])


OUTPUT_LEVEL = "output.level"
MAP_CONTRAST = "map.contrast"
MAP_NEAR = "map.near"
MAP_FAR = "map.far"
MAP_INVERT = "map.invert"
MAP_SMOOTHING = "map.smoothing"
MAP_SHARPNESS = "map.sharpness"
MAP_WAIT = "map.wait"
MAP_SEND = "map.send"
MAP_RETURN_CUT = "map.return_cut"

MAP_PARAMETERS = ParameterTable(
    [
        ParameterSpec(
            id=MAP_CONTRAST,
            label="Map contrast",
            minimum=0.25,
            maximum=4.0,
            default=1.0,
            help="Above 1 only what is nearest stays bright; below 1 the ground comes forward.",
        ),
        ParameterSpec(
            id=MAP_NEAR, label="Map near", minimum=0.0, maximum=1.0, default=1.0, help="What is nearer is all white."
        ),
        ParameterSpec(
            id=MAP_FAR, label="Map far", minimum=0.0, maximum=1.0, default=0.0, help="What is farther is all black."
        ),
        ParameterSpec(
            id=MAP_INVERT,
            label="Map inverted",
            minimum=0.0,
            maximum=1.0,
            default=0.0,
            help="Above a half, far is bright.",
        ),
        ParameterSpec(
            id=MAP_SMOOTHING,
            label="Map smoothing",
            minimum=0.0,
            maximum=1.0,
            default=0.0,
            unit="s",
            help="How long the map takes to follow, along the motion.",
        ),
        ParameterSpec(
            id=MAP_SHARPNESS,
            label="Map sharpness",
            minimum=0.0,
            maximum=40.0,
            default=8.0,
            help="Of depth and edges in one map: 0 mixes them, 40 shows the brighter.",
        ),
        ParameterSpec(
            id=MAP_WAIT,
            label="Map wait",
            minimum=0.0,
            maximum=100.0,
            default=0.0,
            unit="ms",
            help="How long a chunk waits for the map of its own picture.",
        ),
        ParameterSpec(
            id=MAP_SEND,
            label="Send map",
            minimum=0.0,
            maximum=1.0,
            default=0.0,
            help="Above a half, the map goes out as an NDI source of its own.",
        ),
        ParameterSpec(
            id=MAP_RETURN_CUT,
            label="Cut on return",
            minimum=0.0,
            maximum=1.0,
            default=0.0,
            help="Above a half, the scene begins anew when a map's own source comes back.",
        ),
    ]
)
"""The controls of the control map; they hold for every scene and generator."""

OUTPUT_PARAMETERS = ParameterTable(
    [
        ParameterSpec(
            id=OUTPUT_LEVEL,
            label="Master",
            minimum=0.0,
            maximum=1.0,
            default=1.0,
            help="Brightness of what goes out, from black to full.",
            policy=CommitPolicy.FRAME,
        ),
        *MAP_PARAMETERS.values(),
    ]
)
"""What every generator shares: the controls of the output stage, and those of the control map."""
