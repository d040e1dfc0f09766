"""A second Hardcut is told at once that another plays, and how to play beside it."""

import pytest

from app.errors import AppError
from app.second_start import check_output_free
from engine.output.client import RunningOutput


def running(name: str, *, fed: bool = True) -> RunningOutput:
    return RunningOutput(name=name, pid=1, fed=fed)


def test_it_names_the_way_out() -> None:
    with pytest.raises(AppError, match="Another Hardcut plays on this output") as caught:
        check_output_free("Left", lambda: (running("Right"), running("Left")), patience_s=0.0)
    assert '--output-name "Left 2"' in caught.value.remedy


def test_others_and_outputs_that_wait_for_an_engine_do_not_matter() -> None:
    check_output_free("Left", lambda: (running("Right"), running("Left", fed=False)), patience_s=0.0)


def test_one_that_is_ending_is_waited_for() -> None:
    looks = iter([(running("Left"),), (running("Left"),), ()])
    check_output_free("Left", lambda: next(looks), patience_s=60.0)
