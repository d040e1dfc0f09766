"""An engine for the window's tests: it records commands, and tells what it is told to tell."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from app.control.clock_settings import LinkMode
from app.control.intents import NameMacro, SetMacroSpan, ToggleMacroPart
from app.control.macros import Macros
from app.control.slots import Slot
from app.control.spans import Span
from app.control.state import first_state
from app.control.store import ControlStore
from app.midi.bindings import Resolution
from app.midi.learning.learner import BindingCommand
from app.models.controllers.api import MidiSnapshot
from app.models.controllers.devices import ControllerView
from engine.messages.audio import AudioFeatures
from engine.messages.commands import Command, Origin
from engine.messages.events import (
    BackendChoice,
    CacheReset,
    Committed,
    ComponentState,
    CutShown,
    DepthChanged,
    Event,
    GeneratorChanged,
    SourceChanged,
    SourceState,
    TempoChanged,
)
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame
from engine.messages.offers import GeneratorOffer, SourceOffer
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import OUTPUT_PARAMETERS, Curve, ParameterSpec, ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.stats import Stats
from tests.output_events import output_changed

SECOND = 1_000_000_000

SCENES = (
    ("Molten Gold", "molten gold, slow heavy glow"),
    ("Ice Cathedral", "glacial ice, pale cyan light, crystal columns"),
    ("Neon Rain", "magenta neon, rain on black asphalt"),
    ("Moss Garden", "moss, emerald, soft damp morning"),
    ("Paper Theatre", "white paper, ink, hard shadows"),
    ("Deep Sea", "ocean, indigo, bioluminescent drift"),
    ("Ember Field", "embers, orange sparks, dark smoke"),
    ("Chrome Fog", "chrome, silver fog, cold"),
    ("Violet Hour", "violet dusk, plum haze"),
    ("Acid Bloom", "acid lime flowers, pink"),
    ("Rust Belt", "rust, copper plates, dust"),
    ("Cobalt Veil", "cobalt silk, slow wind"),
    ("Pearl", "pearl, bone, milk"),
    ("Jade Temple", "jade, gold leaf, still"),
    ("Rose Static", "rose static, television snow"),
    ("Night Drive", "night, sodium amber, motion"),
    ("Solar Wind", "sun, yellow flares"),
    ("Turquoise Tide", "turquoise water, foam"),
    ("Blood Moon", "blood red, black"),
    ("Mint Machine", "mint enamel, clockwork"),
    ("Honeycomb", "honey, hexagons"),
    ("Plum Velvet", "plum velvet folds"),
    ("Sky Mirror", "sky, mirror, salt flat"),
    ("Ash", "ash, grey, slow fall"),
)

_KNOBS = (
    ("energy", "Energy", 0.0, 1.0, 0.6, "How much happens at once."),
    ("scale", "Scale", 0.25, 4.0, 1.0, "From fine grain to broad shapes."),
    ("warp", "Warp", 0.0, 1.0, 0.35, "How far shapes are bent."),
    ("flow", "Flow", -1.0, 1.0, 0.25, "Drift along the motion, or against it."),
    ("feedback", "Feedback", 0.0, 1.0, 0.5, "How long the past stays."),
    ("symmetry", "Symmetry", 0.0, 8.0, 0.0, "Mirrors around the middle."),
    ("hue", "Hue", -180.0, 180.0, 0.0, "Turns every colour."),
    ("contrast", "Contrast", 0.0, 2.0, 1.0, "From haze to hard light."),
    ("structure", "Structure", 0.0, 1.0, 0.7, "How strongly the input shapes it."),
    ("depth", "Depth", 0.0, 1.0, 0.5, "How far near and far part."),
    ("grain", "Grain", 0.0, 1.0, 0.1, "Film grain."),
    ("speed", "Speed", 0.0, 4.0, 1.0, "How fast it lives."),
)

PARAMETERS = ParameterTable(
    ParameterSpec(
        id=f"field.{key}",
        label=label,
        minimum=low,
        maximum=high,
        default=default,
        help=text,
        unit="°" if key == "hue" else "",
        curve=Curve.SQUARE if key == "scale" else Curve.LINEAR,
    )
    for key, label, low, high, default, text in _KNOBS
).joined(OUTPUT_PARAMETERS)

BACKENDS = (
    BackendChoice(
        component="field trunk",
        chosen="torch cpu fp32, 2 threads",
        reason="no CUDA device was found",
        shapes="[12, 24, 112, 112]",
        rejected=(("cuda", "no device"), ("bf16", "slower here by 1.4")),
    ),
    BackendChoice(component="feedback", chosen="numpy uint8", reason="integer remap beats grid_sample on two cores"),
)


def library(count: int = 24, *, long_names: bool = False) -> SceneLibrary:
    """The first scenes of the list."""
    scenes = {}
    for name, prompt in SCENES[:count]:
        full = f"{name} of the Seventeenth Interminable Rehearsal" if long_names else name
        scenes[full] = Scene(name=full, generator="field", prompt=prompt)
    return SceneLibrary(scenes)


@lru_cache(maxsize=4)
def picture(seed: int) -> npt.NDArray[np.uint8]:
    """An RgbxImage worth looking at: folded light, from a seed."""
    rng = np.random.default_rng(seed)
    axis = np.linspace(-1.0, 1.0, FRAME_SIZE, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    for _ in range(4):
        a, b, c = rng.uniform(0.8, 2.6, 3)
        x, y = x + 0.35 * np.sin(a * y + 3.0 * b), y + 0.35 * np.sin(b * x * 1.7 + c)
    light = 0.5 + 0.5 * np.sin(3.0 * x + np.cos(4.0 * y))
    edge = np.exp(-6.0 * np.abs(np.sin(2.2 * x * y)))
    hue = rng.uniform(0.0, 1.0)
    rgb = np.stack([light * (0.5 + 0.5 * np.cos(6.283 * (hue + k / 3.2 + 0.25 * y))) for k in range(3)], axis=-1)
    rgb = np.clip(rgb * 0.95 + 0.45 * edge[..., None] * np.array([1.0, 0.86, 0.7]), 0.0, 1.0) ** 1.25
    pixels = np.full((FRAME_SIZE, FRAME_SIZE, 4), 255, np.uint8)
    pixels[..., :3] = (rgb * 255.0).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels


def dancer(size: int = FRAME_SIZE) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """An RgbImage of a figure before a floor, and its depth."""
    axis = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    floor = np.clip((y - 0.1) * 0.9, 0.0, 1.0)
    head = np.exp(-((((x - 0.06) / 0.13) ** 2 + ((y + 0.48) / 0.15) ** 2) ** 4))
    body = np.exp(-((((x + 0.08 * y) / 0.22) ** 2 + ((y - 0.08) / 0.46) ** 2) ** 3))
    arm = np.exp(-((((x - 0.3) + 0.5 * (y + 0.2)) / 0.42) ** 4 + ((y + 0.3 - 0.5 * (x - 0.2)) / 0.09) ** 2))
    legs = np.exp(-(((np.abs(x) - 0.14 - 0.12 * (y - 0.4)) / 0.09) ** 2 + ((y - 0.66) / 0.3) ** 4))
    figure = np.clip(head + body + arm + legs, 0.0, 1.0)
    image = np.stack(
        [0.16 + 0.25 * floor + 0.6 * figure, 0.17 + 0.2 * floor + 0.4 * figure, 0.22 + 0.16 * floor + 0.32 * figure], -1
    )
    pixels = (np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)
    depth = np.clip(0.12 + 0.5 * floor + 0.75 * figure, 0.0, 1.0).astype(np.float32)
    return np.ascontiguousarray(pixels), depth


class _Clock:
    """The engine's, as a clock."""

    def __init__(self, engine: "FakeEngine") -> None:
        self._engine = engine

    def now_ns(self) -> int:
        return self._engine.now_ns()


class FakeEngine:
    """Satisfies EnginePort, and has an owner of what lies in front. Time stands still until `time_ns` is moved.

    Attributes:
        posted: every command, in order.
        sources, labels: what source_offers finds; offers: the generators.
    """

    def __init__(self, scenes: SceneLibrary | None = None) -> None:
        self.posted: list[Command] = []
        self.time_ns = 100 * SECOND
        self.heard: AudioFeatures | None = None
        self.sources: tuple[str, ...] = ("ndi:BOOTH (Camera 1)", "ndi:LAPTOP (Resolume)")
        self.labels: dict[str, str] = {}
        self.offers: tuple[GeneratorOffer, ...] = (
            GeneratorOffer(name="field", label="Neural field"),
            GeneratorOffer(name="wan", label="Wan 2.1"),
        )
        self.sequence = 0
        self.parameters_now = PARAMETERS
        self._listeners: list[Callable[[Event], None]] = []
        self._scenes = scenes if scenes is not None else library()
        self.pixels = picture(7)
        image, depth = dancer()
        self._image, self._depth = image, depth
        self.midi = MidiSnapshot()
        self.lessons: list[str] = []
        self.given: list[BindingCommand] = []
        self.views: tuple[ControllerView, ...] = ()
        first = first_state(PARAMETERS, self._scenes)
        self.front = ControlStore(self.post, _Clock(self), lambda: (self.parameters, self.scenes), first)

    # -- EnginePort ---------------------------------------------------------------------------

    def post(self, command: Command) -> None:
        self.posted.append(command)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def preview(self) -> tuple[int, npt.NDArray[np.uint8]]:
        return self.sequence, self.pixels

    def input_frame(self) -> InputFrame | None:
        return InputFrame(self.sequence, self.time_ns, 1, self._image)

    def control_map(self) -> ControlMap | None:
        flow = np.zeros((*self._depth.shape, 2), np.float32)
        return ControlMap(self.sequence, self.time_ns, self.time_ns, self._depth, flow)

    @property
    def parameters(self) -> ParameterTable:
        return self.parameters_now

    @property
    def scenes(self) -> SceneLibrary:
        return self._scenes

    def generator_offers(self) -> tuple[GeneratorOffer, ...]:
        return self.offers

    def sound(self) -> AudioFeatures | None:
        return self.heard

    def list_audio_inputs(self) -> tuple[str, ...]:
        return ("Microphone", "Monitor of Speakers")

    def source_offers(self) -> tuple[SourceOffer, ...]:
        return tuple(SourceOffer(spec=spec, label=self.labels.get(spec, "")) for spec in self.sources)

    def now_ns(self) -> int:
        return self.time_ns

    # -- the controllers' feed ----------------------------------------------------------------

    def snapshot(self) -> MidiSnapshot:
        return self.midi

    def learn(self, targets: tuple[Slot, ...]) -> None:
        self.lessons.append(f"learn {' '.join(map(str, targets))}")

    def stop_learning(self) -> None:
        self.lessons.append("stop")

    def resolve(self, answer: Resolution) -> None:
        self.lessons.append(answer.value)

    def unlearn(self, target: Slot) -> None:
        self.lessons.append(f"unlearn {target}")

    def toggle_macro(self, macro: int, parameter: str) -> None:
        self.lessons.append(f"macro {macro} {parameter}")

    def span_macro(self, macro: int, parameter: str, span: Span) -> None:
        self.lessons.append(f"macro {macro} {parameter} {span.low:.2f} to {span.high:.2f}{' inverted' * span.invert}")

    def name_macro(self, macro: int, name: str) -> None:
        self.lessons.append(f"macro {macro} is {name}")

    def send_clock(self, output: str, send: bool) -> None:
        self.lessons.append(f"clock to {output} {'on' if send else 'off'}")

    def set_link(self, mode: LinkMode) -> None:
        self.lessons.append(f"link {mode.value}")

    def controllers(self) -> tuple[ControllerView, ...]:
        return self.views

    def give(self, command: BindingCommand) -> None:
        self.given.append(command)

    def put_macros(self, macros: Macros) -> None:
        """Put macros together, as the window would."""
        for number, macro in macros.items():
            for part in macro.parts:
                self.front.send(ToggleMacroPart(number, part.parameter), Origin.WINDOW)
                self.front.send(SetMacroSpan(number, part.parameter, part.span), Origin.WINDOW)
            self.front.send(NameMacro(number, macro.name), Origin.WINDOW)

    # -- what a test makes it say -------------------------------------------------------------

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def emit(self, *events: Event) -> None:
        for event in events:
            self.front.handle(event)
            for listener in tuple(self._listeners):
                listener(event)

    def source(self, spec: str = "stage", state: SourceState = SourceState.LIVE, detail: str = "") -> SourceChanged:
        return SourceChanged(at_ns=self.time_ns, spec=spec, state=state, detail=detail)

    def depth(self, state: ComponentState = ComponentState.READY, detail: str = "") -> DepthChanged:
        return DepthChanged(at_ns=self.time_ns, estimator="true depth", state=state, detail=detail)

    def generator(
        self, state: ComponentState = ComponentState.READY, progress: float = 1.0, detail: str = ""
    ) -> GeneratorChanged:
        backends = BACKENDS if state is ComponentState.READY else ()
        return GeneratorChanged(
            at_ns=self.time_ns, name="field", state=state, progress=progress, detail=detail, backends=backends
        )

    def output(self, **changes: object) -> OutputChanged:
        event = output_changed(
            at_ns=self.time_ns,
            name="BOOTH (Hardcut)",
            connections=1,
        )
        return replace(event, **changes)  # type: ignore[arg-type]

    def committed(
        self,
        scene: str = "Ice Cathedral",
        *,
        values: dict[str, float] | None = None,
        targets: dict[str, float] | None = None,
        prompt: str = "",
        progress: float = 1.0,
        epoch: int = 3,
    ) -> Committed:
        now = {**PARAMETERS.defaults(), **(values or {})}
        return Committed(
            at_ns=self.time_ns,
            version=1,
            chunk_index=1,
            epoch=epoch,
            scene=scene,
            prompt=prompt or (self._scenes[scene].prompt if scene in self._scenes else ""),
            prompt_progress=progress,
            values=MappingProxyType(now),
            targets=MappingProxyType({**now, **(targets or {})}),
            origins={"field.energy": Origin.WINDOW},
        )

    def stats(self, second: int = 0, **changes: object) -> Stats:
        wave = float(np.sin(second / 5.0))
        event = Stats(
            at_ns=self.time_ns + second * SECOND,
            input_fps=30.0 + 0.2 * wave,
            pipeline_fps=32.5 + 2.4 * float(np.sin(second / 2.3)) + wave,
            output_fps=30.0,
            lagged=0,
            repeated=3,
            skipped=142,
            discarded=24,
            dropped=61,
            latency_ns=184_000_000,
            cut_latency_ns=96_000_000,
            chunk_ns=362_000_000,
            depth_age_ns=41_000_000,
            deadline_error_ns=900_000,
            chunks=int(second * 2.5) + 10,
            epoch=3,
            cache_resets=3,
            memory_bytes=int(1.27 * 2**30),
            output_frames=30 * second,
        )
        return replace(event, **changes)  # type: ignore[arg-type]

    def tempo(self, bpm: float = 128.0) -> TempoChanged:
        return TempoChanged(at_ns=self.time_ns, bpm=bpm, beat_ns=self.time_ns)

    def perform(self, seconds: int = 70) -> None:
        """Everything is well, and has been for a while."""
        self.emit(self.source(), self.depth(), self.generator(), self.output())
        for second in range(seconds):
            self.emit(self.stats(second))
        scene = next(iter(list(self._scenes)[1:]), "")
        values = {"field.energy": 0.42, "field.warp": 0.71, "field.hue": -38.0, "field.symmetry": 3.0}
        self.emit(
            self.tempo(),
            CacheReset(at_ns=self.time_ns, epoch=3, reason=f"cut to {scene}"),
            self.committed(scene, values=values, targets={"field.energy": 0.78, "field.flow": -0.4}),
            CutShown(at_ns=self.time_ns, epoch=3, scene=scene, origin=Origin.WINDOW, latency_ns=96_000_000),
        )
        self.sequence += 1
