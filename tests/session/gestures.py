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
    st.builds(UseScenes, stamp_ns=STAMPS, scenes=st.just(MORE_SCENES)),
)
