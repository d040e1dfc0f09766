"""Input and dream in one picture: the ends are exact, what lies between lies between, glides are smooth."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.errors import ParameterError
from engine.messages.commands import SetParameter
from engine.messages.events import BackendChoice, Notice
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.mix import PLAIN, MixTrack
from engine.messages.parameters import MIX_BY_MAP, MIX_DRY, MIX_GROUND, MIX_PERSON
from engine.messages.transitions import AT_ONCE, Ease, Span, Transition
from engine.mixing.blend import mixed
from engine.mixing.faders import MixFaders
from engine.mixing.mattes import Mattes
from engine.mixing.mixer import FilmMixer, Mixer, mix_chunk
from engine.session.records import ChunkRecord, Outcome, read_record, write_record
from tests.output.parts import eventually

Array = npt.NDArray[np.uint8]
STEP_NS = 40 * NS_PER_MS


def pictures(seed: int) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(seed)
    dream = random.integers(0, 256, (448, 448, 4), np.uint8)
    dream[..., 3] = 255
    return dream, random.integers(0, 256, (448, 448, 3), np.uint8), random.integers(0, 256, (448, 448), np.uint8)


def frame(number: int, image: Array, alpha: Array | None = None) -> InputFrame:
    return InputFrame(number, number * STEP_NS, 1, image, alpha=alpha)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.booleans(), st.floats(0, 1), st.floats(0, 1))
def test_every_pixel_lies_between_the_two_by_its_matte(seed: int, alpha: bool, person: float, ground: float) -> None:
    dream, dry, matte = pictures(seed)
    found = mixed(dream, dry, matte, (person, ground), alpha=alpha)
    share = ground + (person - ground) * matte[..., None] / 255.0
    wanted = dream[..., :3] * (1 - share) + dry * share
    assert np.abs(found[..., :3] - wanted).max() <= 1.01
    assert (found[..., 3] == (matte if alpha else 255)).all()


def test_the_ends_are_exact() -> None:
    dream, dry, matte = pictures(1)
    assert mixed(dream, dry, matte, (0.0, 0.0), alpha=False) is dream
    assert (mixed(dream, dry, None, (1.0, 1.0), alpha=False)[..., :3] == dry).all()
    for level, inside, outside in ((255, dry, dream[..., :3]), (0, dream[..., :3], dry)):
        whole = np.full((448, 448), level, np.uint8)
        assert (mixed(dream, dry, whole, (1.0, 0.0), alpha=False)[..., :3] == inside).all()
        assert (mixed(dream, dry, whole, (0.0, 1.0), alpha=False)[..., :3] == outside).all()
    assert (dream[..., 3] == 255).all()


def test_a_chunk_is_mixed_with_the_very_frames_that_shaped_it() -> None:
    images = tuple(np.full((448, 448, 4), 255, np.uint8) for _ in range(3))
    frames = [frame(number, np.full((448, 448, 3), 10 * number, np.uint8)) for number in range(3)]
    asked: list[int] = []

    def matte_of(one: InputFrame) -> Array:
        asked.append(one.frame_id)
        return np.full((448, 448), 255, np.uint8)

    found = mix_chunk(images, frames, MixTrack(person=(0.0, 1.0, 1.0)), matte_of)
    assert found[0] is images[0]
    assert [int(one[0, 0, 0]) for one in found] == [255, 10, 20]
    assert asked == [1, 2]
    assert mix_chunk(images, frames, PLAIN, matte_of) is images
    assert mix_chunk(images, (), MixTrack(dry=(1.0,)), matte_of) is images


def turn(faders: MixFaders, key: str, value: float, glide: Transition | None = None) -> None:
    faders.turn(SetParameter(stamp_ns=0, parameter=key, value=value, glide=glide))


@given(st.lists(st.tuples(st.sampled_from([MIX_DRY, MIX_PERSON]), st.floats(0, 1)), max_size=20), st.integers(1, 16))
def test_the_mix_glides_from_frame_to_frame(turns: list[tuple[str, float]], frames: int) -> None:
    faders, content_ns = MixFaders(), 0
    seconds = 0.5
    before = 0.0
    for key, value in turns:
        turn(faders, key, value, Transition(Span(seconds), Ease.LINEAR))
        track = faders.track(content_ns, frames, STEP_NS)
        content_ns += frames * STEP_NS
        for share in track.dry or (0.0,) * frames:
            assert 0.0 <= share <= 1.0
            assert abs(share - before) <= STEP_NS / (seconds * NS_PER_SECOND) + 1e-9
            before = share


@given(st.integers(2, 12), st.integers(2, 6), st.integers(2, 12))
def test_a_moving_hand_moves_the_picture_evenly_across_boundaries(frames: int, chunks: int, turns: int) -> None:
    """The hand goes all the way at one speed; no frame of the mixed picture goes further than its share of it."""
    faders = MixFaders()
    dream, dry = np.zeros((16, 16, 4), np.uint8), np.full((16, 16, 3), 240, np.uint8)
    shown = [0.0]
    for number in range(chunks):
        for one in range(1, turns + 1):
            turn(faders, MIX_DRY, (number + one / turns) / chunks)
        track = faders.track(number * frames * STEP_NS, frames, STEP_NS)
        images = mix_chunk((dream,) * frames, (frame(0, dry),), track, lambda _frame: None)
        shown += [float(one[..., :3].mean()) for one in images]
    steps, share = np.diff(shown), 240 / (frames * chunks)
    if frames * STEP_NS <= 120 * NS_PER_MS:  # a short chunk: the hand is followed over the usual time
        share *= 120 * NS_PER_MS / (frames * STEP_NS) * 1.6
    else:
        assert shown[-1] == 240
        assert steps.min() >= share - 1.01
    assert steps.max() <= share + 1.01


def test_a_single_turn_does_not_wait_for_the_end_of_a_long_chunk() -> None:
    faders = MixFaders()
    turn(faders, MIX_DRY, 1.0)
    assert faders.track(0, 12, STEP_NS).dry[3] == 1.0


def test_at_rest_it_costs_nothing_and_says_when_a_matte_is_needed() -> None:
    faders = MixFaders()
    assert faders.track(0, 4, STEP_NS) is not None
    assert faders.track(0, 4, STEP_NS).plain
    turn(faders, MIX_DRY, 0.5, AT_ONCE)
    assert faders.track(0, 4, STEP_NS) == MixTrack(dry=(0.5,) * 4)
    assert not faders.keyed
    turn(faders, MIX_PERSON, 1.0)
    assert faders.keyed
    faders.reset()
    assert faders.track(0, 4, STEP_NS).plain
    assert not faders.keyed
    faders.carry_alpha(True)
    assert faders.keyed and faders.track(0, 4, STEP_NS) == MixTrack(alpha=True)
    with pytest.raises(ParameterError):
        turn(faders, MIX_GROUND, 2.0)


class Brightness:
    """Finds whoever is bright."""

    name = "brightness"

    def reset(self) -> None:
        pass

    def push(self, one: InputFrame, now_ns: int) -> ControlMap:
        depth = one.image[::2, ::2, 0].astype(np.float32) / 255
        return ControlMap(one.frame_id, one.capture_ns, now_ns, depth, np.zeros((224, 224, 2), np.float32))

    def flush(self) -> None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return ()


def test_the_matte_of_a_frame_is_its_own_or_the_nearest() -> None:
    told: list[Notice] = []
    mattes = Mattes(SystemClock(), lambda: None, told.append, Brightness)
    try:
        for number in (1, 5):
            one = frame(number, np.full((448, 448, 3), 40 * number, np.uint8))
            mattes.offer(one, by_map=False)
            eventually(lambda one=one: mattes.matte(one, by_map=False) is not None, "a matte")  # type: ignore[misc]
        eventually(lambda: seen(mattes, 5) == 200, "the second")
        assert [seen(mattes, number) for number in (1, 2, 4, 5, 6)] == [40, 40, 200, 200, 200]
        assert seen(mattes, 500) is None
        own = np.full((448, 448), 7, np.uint8)
        assert mattes.matte(frame(1, np.zeros((448, 448, 3), np.uint8), own), by_map=False) is own
    finally:
        mattes.close()
    assert told == []


def seen(mattes: Mattes, number: int) -> int | None:
    matte = mattes.matte(frame(number, np.zeros((448, 448, 3), np.uint8)), by_map=False)
    return None if matte is None else int(matte[100, 100])


def test_the_control_map_can_be_the_matte_and_nothing_runs_while_nobody_needs_one() -> None:
    depth = np.full((448, 448), 0.5, np.float32)
    control = ControlMap(3, 3 * STEP_NS, 0, depth, np.zeros((448, 448, 2), np.float32))
    mixer = Mixer(SystemClock(), lambda: control, lambda _notice: None)
    one = frame(3, np.full((448, 448, 3), 200, np.uint8))
    mixer.offer(one)
    mixer.turn(SetParameter(stamp_ns=0, parameter=MIX_BY_MAP, value=1.0))
    mixer.turn(SetParameter(stamp_ns=0, parameter=MIX_PERSON, value=1.0, glide=AT_ONCE))
    mixer.offer(one)
    track = mixer.track(0, 1, STEP_NS)
    assert track == MixTrack(person=(1.0,), by_map=True)
    dream = np.zeros((448, 448, 4), np.uint8)
    (found,) = mixer.mix((dream,), (one,), track)
    assert abs(int(found[0, 0, 0]) - 100) <= 1
    mixer.close()  # no thread was started: the test would tell of one that leaks
    (filmed,) = FilmMixer().mix((dream,), (one,), control, track)
    assert (filmed == found).all()


def test_a_session_keeps_how_each_chunk_was_mixed() -> None:
    record = ChunkRecord(
        number=0,
        commands=(),
        now_ns=0,
        content_ns=0,
        chunk_ns=0,
        version=1,
        epoch=0,
        scene="Ash",
        values={},
        prompt=None,
        key=(0, 0, 0),
        begun_ns=0,
        period_ns=STEP_NS,
        frames=(),
        control=None,
        outcome=Outcome.MADE,
        images=(1, 2),
        mix=MixTrack(person=(0.1, 0.25), alpha=True),
    )
    assert read_record(write_record(record)) == record
    assert read_record(write_record(replace(record, mix=None))) == replace(record, mix=None)
