"""What the room's tests share."""

from collections.abc import Callable, Iterator

import pytest

from engine.preprocess.base import DepthEstimator, close_estimator
from engine.preprocess.compiled.library import LIBRARY
from engine.preprocess.registry import build_depth


@pytest.fixture(scope="session")
def compiled_cues() -> None:
    """The loops of the depth estimator, loaded; compiled first where that has not been done on this machine."""
    LIBRARY.ensure()


@pytest.fixture
def build() -> Iterator[Callable[[str], DepthEstimator]]:
    """Makes estimators, and closes what they keep running."""
    made: list[DepthEstimator] = []

    def build(name: str) -> DepthEstimator:
        made.append(build_depth(name))
        return made[-1]

    yield build
    for one in made:
        close_estimator(one)
