"""The one table of colours, against code values that others have written down."""

import cv2
import numpy as np
import pytest

from engine.colour import BT601, BT709, BT2020, NDI, LumaWeights, limited_to_rgb, rgb_to_limited, untagged

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)


@pytest.mark.parametrize(("weights", "red"), [(BT601, (81, 90, 240)), (BT709, (63, 102, 240)), (BT2020, (74, 97, 240))])
def test_the_code_values_of_pure_colours(weights: LumaWeights, red: tuple[int, int, int]) -> None:
    """8 bit limited range; for BT.601 and BT.709 the values of 100 % colour bars."""
    for colour, code in ((WHITE, (235, 128, 128)), (BLACK, (16, 128, 128)), (RED, red)):
        assert np.round(rgb_to_limited(weights) @ (*colour, 1)).tolist() == list(code)
        assert np.abs(limited_to_rgb(weights) @ (*code, 1) - colour).max() < 2


def test_both_ways_are_inverse_and_agree_with_opencv() -> None:
    colours = np.random.default_rng(0).uniform(0, 255, (100, 3))
    for weights in (BT601, BT709, BT2020):
        there = np.column_stack((colours, np.ones(100))) @ rgb_to_limited(weights).T
        assert np.abs(np.column_stack((there, np.ones(100))) @ limited_to_rgb(weights).T - colours).max() < 1e-9
    image = colours.astype(np.uint8).reshape(-1, 1, 3).repeat(2, axis=1)
    i420 = cv2.cvtColor(np.ascontiguousarray(image[:2].repeat(2, axis=0)), cv2.COLOR_RGB2YUV_I420)
    wanted = rgb_to_limited(BT601) @ (*image[0, 0], 1)
    assert abs(int(i420[0, 0]) - wanted[0]) <= 1


@pytest.mark.parametrize(
    ("size", "weights"),
    [
        ((720, 480), BT601),
        ((720, 576), BT601),
        ((1024, 576), BT601),
        ((640, 640), BT709),
        ((1280, 544), BT709),  # wide screen
        ((1280, 720), BT709),
        ((608, 1080), BT709),
        ((3840, 2160), BT709),
    ],
)
def test_what_untagged_video_is_taken_for(size: tuple[int, int], weights: LumaWeights) -> None:
    assert untagged(*size) == weights


def test_ndi_has_one_matrix() -> None:
    assert NDI == BT709
