"""Pose as a map: the stage's dancers as they are, in the colours of the annotator, on the picture that is seen."""

from functools import partial

import numpy as np
import pytest

from engine.errors import DepthError
from engine.messages.frame import InputFrame
from engine.preprocess.maps.landmarks import EDGE, LANDMARKS, skeleton_of
from engine.preprocess.maps.pose import COLOURS, PoseEstimator, PoseFinder, drawn_pose
from engine.preprocess.registry import build_depth
from engine.sources.stage.pose import skeletons_at
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.silhouette import silhouette_at
from engine.sources.stage.view import Lens
from engine.sources.stage_sets import StageSet
from tests.preprocess.pictures import flat, frame


def test_the_stages_skeleton_lies_in_its_dancer() -> None:
    for lens in (Lens(), Lens(592, 336)):
        for seconds in (2.0, 7.5, 30.0):
            (person,), body = skeletons_at(seconds, 0, lens), silhouette_at(seconds, 0, lens)
            inside = [
                body[int(y * body.shape[0]), int(x * body.shape[1])]
                for x, y, seen in person
                if seen and x < 1 and y < 1
            ]
            assert np.mean(inside) > 0.9
            assert len(inside) >= 14


def test_right_is_the_dancers_right_for_both_of_a_pair() -> None:
    people = skeletons_at(3.0, 0, chosen=StageSet.DUO)
    assert people.shape == (2, 18, 3)
    assert skeletons_at(3.0, 0, chosen=StageSet.ABSTRACT).shape == (0, 18, 3)
    facing = 0
    for seconds in np.arange(0.0, 30.0, 0.5):
        for person in skeletons_at(float(seconds), 0, chosen=StageSet.DUO):
            if person[[0, 14, 15], 2].all() and abs(person[14, 0] - person[15, 0]) > 0.01:  # looks into the camera
                facing += 1
                assert person[14, 0] < person[15, 0]
                assert person[2, 0] < person[5, 0] + 0.02
    assert facing > 10


def test_it_is_drawn_in_the_annotators_colours_and_nobody_is_black() -> None:
    people = np.zeros((1, 18, 3), np.float32)
    people[0, 2], people[0, 3] = (0.25, 0.5, 1.0), (0.75, 0.5, 1.0)  # right shoulder and elbow
    drawn = drawn_pose(people, 64, 128)
    assert tuple(drawn[32, 64]) == tuple(round(0.6 * value) for value in COLOURS[2])
    assert tuple(drawn[32, 32]) == COLOURS[2]
    assert tuple(drawn[32, 96]) == COLOURS[3]
    assert not drawn_pose(people * np.array((1, 1, 0), np.float32), 64, 64).any()
    assert not drawn_pose(np.zeros((0, 18, 3), np.float32), 64, 64).any()


def test_the_map_is_the_drawings_luma_and_comes_from_the_source() -> None:
    renderer, maker = StageRenderer(), build_depth("pose")
    for number in range(3):
        seconds = 5.0 + number / 30
        given = InputFrame(
            number, number * 33_333_333, 1, renderer.render(seconds)[0], None, partial(renderer.skeletons, seconds)
        )
        found = maker.push(given, 0)
        assert found is not None
        assert found.drawing is not None
        assert found.drawing.shape == (448, 448, 3)
        assert found.depth.shape == found.flow.shape[:2] == (224, 224)
        assert 0.005 < (found.drawing.max(axis=2) > 0).mean() < 0.2
        assert 0.0 < found.depth.max() <= 1.0


def test_where_nobody_knows_the_pose_it_says_what_to_do(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    with pytest.raises(DepthError, match="hardcut models fetch pose-landmarks"):
        build_depth("pose").push(frame(0, flat(90)), 0)


def test_landmarks_become_points_of_the_whole_picture() -> None:
    landmarks = np.full((LANDMARKS, 5), 9.0, np.float32)
    landmarks[:, :2] = EDGE / 2
    landmarks[11, :2], landmarks[12, :2] = (192, 64), (64, 64)  # left and right shoulder
    landmarks[16, 3] = -9.0  # the right wrist is hidden
    (person,) = skeleton_of(landmarks, (100, 50, 300, 250), 400, 400)
    assert np.allclose(person[2], (150 / 400, 100 / 400, 1.0))
    assert np.allclose(person[5], (250 / 400, 100 / 400, 1.0))
    assert np.allclose(person[1], (200 / 400, 100 / 400, 1.0))
    assert person[4, 2] == 0.0
    assert person[7, 2] == 1.0


class Mad:
    """Finds numbers that are none."""

    def find(self, frame: InputFrame, looked: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        del frame, looked
        return np.full((1, 18, 3), np.nan, np.float32)

    def forget(self) -> None:
        """Remembers nothing."""


def test_numbers_that_are_none_are_an_error() -> None:
    def mad() -> PoseFinder:
        return Mad()

    with pytest.raises(DepthError, match="numbers that are none"):
        PoseEstimator(mad).push(frame(0, flat(90)), 0)
