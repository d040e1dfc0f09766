"""A person's matte: where the stage's dancer is, steady, and what it gains for depth."""

import threading
from importlib import resources

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import InputFrame
from engine.preprocess.compiled.estimator import motion_tracker
from engine.preprocess.looker import Looker
from engine.preprocess.maps.matte.follow import PersonFollower
from engine.preprocess.maps.matte.looking import EyeAside, EyeHere, box_around
from engine.preprocess.maps.matte.model import PersonModel
from engine.preprocess.maps.matte.standing import StandingEstimator
from engine.preprocess.registry import build_depth
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.silhouette import silhouette_at
from tests.preprocess.pictures import PERIOD_NS, clouds, frame

Mask = npt.NDArray[np.bool_]


def stage(count: int, begin_s: float) -> list[tuple[float, InputFrame, npt.NDArray[np.float32]]]:
    """Frames of the stage without their depth, and that depth."""
    renderer, found = StageRenderer(), []
    for number in range(count):
        seconds = begin_s + number / 30
        image, depth = renderer.render(seconds)
        found.append((seconds, InputFrame(number, number * PERIOD_NS, 1, image), depth))
    return found


def overlap(first: Mask, second: Mask) -> float:
    """Intersection over union."""
    return float((first & second).sum() / max((first | second).sum(), 1))


def rank_correlation(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> float:
    """Spearman's, ties in the order in which they lie."""
    ranks = [np.argsort(np.argsort(one.ravel(), kind="stable"), kind="stable") for one in (first, second)]
    first_rank, second_rank = ((one - one.mean()) / one.std() for one in ranks)
    return float((first_rank * second_rank).mean())


def test_the_matte_is_where_the_dancer_is() -> None:
    maker, shares = build_depth("matte"), []
    for seconds, given, _ in stage(12, 8.0):
        found = maker.push(given, 0)
        assert found is not None
        shares.append(overlap(found.depth > 0.5, silhouette_at(seconds)))
    assert min(shares[2:]) > 0.65
    assert np.mean(shares[2:]) > 0.68


def test_an_empty_room_has_no_person() -> None:
    maker = build_depth("matte")
    for number in range(3):
        found = maker.push(frame(number, clouds(4, (90, 80, 120), blur=20.0)), 0)
        assert found is not None
        assert found.depth.mean() < 0.01


def test_a_person_as_prior_brings_depth_nearer_to_the_truth() -> None:
    plain, prior, gains = build_depth("cues"), StandingEstimator(EyeHere()), []
    for _, given, truth in stage(20, 14.0):
        maps = [maker.push(given, 0) for maker in (plain, prior)]
        scores = [rank_correlation(one.depth[::2, ::2], truth[::2, ::2]) for one in maps if one is not None]
        gains.append(scores[1] - scores[0])
    assert np.mean(gains[5:]) > 0.08


def test_the_box_is_around_the_person_and_inside_the_picture() -> None:
    matte = np.zeros((64, 96), np.float32)
    assert box_around(matte) is None
    matte[10:40, 20:30] = 1.0
    left, top, right, bottom = box_around(matte) or (0, 0, 0, 0)
    assert 0 <= left < 20 < 30 < right <= 96
    assert 0 <= top < 10 < 40 < bottom <= 64


def test_the_model_without_its_last_layers_gives_what_it_gives_with_them() -> None:
    image = stage(1, 8.0)[0][1].image
    data = resources.files("engine.preprocess.maps.matte").joinpath("selfie.tflite").read_bytes()
    whole = cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))
    small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_LINEAR)
    whole.setInput(cv2.dnn.blobFromImage(small, 1 / 255))
    wanted = np.asarray(whole.forward(), dtype=np.float32)[0, 0]
    found = PersonModel().segment(image)
    assert found.max() > 0.9
    assert np.abs(found - wanted).max() < 1e-5


def test_looking_aside_finds_the_same_person_and_ends() -> None:
    eye = EyeAside()
    here, aside, shares = PersonFollower(0), PersonFollower(0, eye), []
    looker = Looker(motion_tracker())
    for _, given, _ in stage(10, 8.0):
        picture = looker.look(given)
        wanted = here.follow(picture)
        threading.Event().wait(0.03)  # a camera's pace
        shares.append(overlap(aside.follow(picture) > 0.5, wanted > 0.5))
    aside.close()
    assert np.mean(shares[4:]) > 0.75
    assert not any(thread.name == "hardcut-matte" for thread in threading.enumerate())
