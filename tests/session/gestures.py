"""Gestures as hypothesis draws them: anything that reaches the scheduler, also what it refuses."""

from hypothesis import strategies as st

from engine.messages.commands import (
    CancelQueued,
    Command,
    ExternalBeat,
    HardCut,
    NudgeTempo,
    Origin,
    Panic,
    RecallSnapshot,
    SetParameter,
    SetPrompt,
    SetPromptBlend,
    SetTempo,
    SoftCut,
    StoreSnapshot,
    Tap,
    UseScenes,
)
from engine.messages.modulation import (
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Modulator,
    Polarity,
    Pressure,
    StepSequence,
    Trigger,
)
from engine.messages.modulation_commands import (
    FireTrigger,
    RouteMacros,
    SetModulationDepth,
    SetModulator,
    SetPressure,
    SwitchModulation,
)
from engine.messages.prompt import MorphStyle
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import Ease, Launch, Span, SpanUnit, Transition
from tests.session.shows import SCENES

STAMPS = st.integers(0, 4_000_000_000)
SCENE_NAMES = st.sampled_from(["One", "Two", "Three"])
LAUNCHES = st.sampled_from(Launch)
CHUNKS = st.integers(1, 5)
WORDS = st.sampled_from(["red", "sea", "sky", " "])
GLIDES = st.none() | st.builds(
    Transition, st.builds(Span, st.floats(0, 4), st.sampled_from(SpanUnit)), st.sampled_from(Ease)
)
MORE_SCENES = SceneLibrary(
    {**SCENES, "Three": Scene(name="Three", generator="toy", prompt="green", prompts={"green": 1.0, "sea": 0.5})}
)
TARGETS = st.sampled_from(["g.a", "g.b", "macro.1", "g.c"])
DEPTHS = st.floats(-1.5, 1.5)
SOURCES = st.one_of(
    st.builds(
        Lfo,
        shape=st.sampled_from(LfoShape),
        hertz=st.none() | st.floats(0.01, 20),
        beats=st.floats(1 / 16, 64),
        phase=st.floats(0, 1),
        points=st.lists(st.floats(0, 1), max_size=4).map(tuple),
    ),
    st.builds(
        AudioFollower,
        feature=st.sampled_from(["kick", "hat", "level", "noise"]),
        threshold=st.floats(0, 0.95),
        release_s=st.floats(0, 1),
    ),
    st.builds(StepSequence, levels=st.just(tuple(step / 15 for step in range(16))), slide=st.floats(0, 1)),
    st.builds(Envelope, trigger=st.sampled_from(Trigger), attack_s=st.floats(0, 0.1), release_s=st.floats(0, 1)),
    st.builds(Pressure),
)

gestures: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        SetParameter,
        stamp_ns=STAMPS,
        origin=st.sampled_from(Origin),
        parameter=st.sampled_from(["g.a", "g.b", "g.c"]),
        value=st.floats(-1, 1) | st.just(float("nan")),
        glide=GLIDES,
    ),
    st.builds(SetPrompt, stamp_ns=STAMPS, text=WORDS, chunks=CHUNKS, style=st.sampled_from(MorphStyle)),
    st.builds(SetPromptBlend, stamp_ns=STAMPS, parts=st.just((("sea", 0.3), ("sky", 0.9))), chunks=CHUNKS),
    st.builds(HardCut, stamp_ns=STAMPS, scene=SCENE_NAMES, launch=LAUNCHES),
    st.builds(SoftCut, stamp_ns=STAMPS, scene=SCENE_NAMES, launch=LAUNCHES, chunks=CHUNKS),
    st.builds(Panic, stamp_ns=STAMPS),
    st.builds(CancelQueued, stamp_ns=STAMPS),
    st.builds(Tap, stamp_ns=STAMPS),
    st.builds(SetTempo, stamp_ns=STAMPS, bpm=st.floats(20, 320)),
    st.builds(NudgeTempo, stamp_ns=STAMPS, offset_ns=st.integers(-50_000_000, 50_000_000)),
    st.builds(ExternalBeat, stamp_ns=STAMPS, bpm=st.floats(60, 200), beat_ns=STAMPS),
    st.builds(StoreSnapshot, stamp_ns=STAMPS, slot=st.integers(0, 3)),
    st.builds(RecallSnapshot, stamp_ns=STAMPS, slot=st.integers(1, 3), launch=LAUNCHES),
    st.builds(
        SetModulator,
        stamp_ns=STAMPS,
        target=TARGETS,
        place=st.integers(0, 5),
        modulator=st.none() | st.builds(Modulator, source=SOURCES, depth=DEPTHS, polarity=st.sampled_from(Polarity)),
        everywhere=st.booleans(),
    ),
    st.builds(SetModulationDepth, stamp_ns=STAMPS, target=TARGETS, place=st.integers(0, 2), depth=DEPTHS),
    st.builds(SwitchModulation, stamp_ns=STAMPS, on=st.booleans()),
    st.builds(FireTrigger, stamp_ns=STAMPS, trigger=st.sampled_from(Trigger)),
    st.builds(SetPressure, stamp_ns=STAMPS, value=st.floats(-0.5, 1.5)),
    st.builds(RouteMacros, stamp_ns=STAMPS, routes=st.just({"macro.1": (("g.a", 0.5), ("g.b", -1.0), ("g.c", 1.0))})),
    st.builds(UseScenes, stamp_ns=STAMPS, scenes=st.just(MORE_SCENES)),
)
