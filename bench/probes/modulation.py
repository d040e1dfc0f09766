"""What modulation costs: sixty-four modulators of every kind, all moving, in the built-in generator's chunks."""

import time
from typing import Final

from engine.clock import NS_PER_MS
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.messages.audio import FEATURE_IDS, FeatureTrack
from engine.messages.modulation import (
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Modulator,
    Pressure,
    StepSequence,
    Trigger,
)
from engine.scheduling.modulation.player import ModulationPlayer
from engine.scheduling.modulation.rack import Span
from engine.scheduling.tempo import Tempo

MODULATORS: Final = 64
CHUNKS: Final = 600
PERIOD_NS: Final = 33_333_333

SOURCES: Final = (
    Lfo(),
    Lfo(shape=LfoShape.SMOOTH, hertz=1.3),
    Lfo(shape=LfoShape.HOLD, beats=0.5),
    Lfo(shape=LfoShape.DRAWN, points=(0.0, 1.0, 0.3)),
    AudioFollower(feature="kick"),
    StepSequence(levels=tuple(step / 15 for step in range(16))),
    Envelope(trigger=Trigger.SNARE),
    Pressure(),
)


def time_modulation() -> list[float]:
    """Measure the milliseconds of this thread per frame, for each chunk."""
    spec = find_generator(DEFAULT_GENERATOR).describe()
    frames, keys = spec.chunk_frames, tuple(spec.parameters)
    modulation: dict[str, tuple[Modulator, ...]] = {}
    for number in range(MODULATORS):
        key = keys[number // 4 % len(keys)]
        modulation[key] = (*modulation.get(key, ()), Modulator(source=SOURCES[number % len(SOURCES)], depth=0.2))
    player = ModulationPlayer(spec.parameters, modulation, seed=7)
    durations_ms = []
    for chunk in range(CHUNKS):
        content_ns = chunk * frames * PERIOD_NS
        sound = FeatureTrack(
            tuple(
                tuple((chunk * frames + frame + place) % 11 / 10 for place in range(len(FEATURE_IDS)))
                for frame in range(frames)
            )
        )
        span = Span(content_ns, content_ns, frames, PERIOD_NS, Tempo(120, 0), opens=chunk == 0, sound=sound)
        begin_ns = time.thread_time_ns()
        player.begin(content_ns)
        moved = player.play(span, lambda _key, instants: [0.5] * len(instants))
        durations_ms.append((time.thread_time_ns() - begin_ns) / frames / NS_PER_MS)
        if chunk > 20 and len(moved.tracks) < len(keys):
            raise RuntimeError("not everything was modulated")
    return durations_ms
