"""What the room's tests share."""

import pytest

from engine.preprocess.compiled.library import LIBRARY


@pytest.fixture(scope="session")
def compiled_cues() -> None:
    """The loops of the depth estimator, loaded; compiled first where that has not been done on this machine."""
    LIBRARY.ensure()
