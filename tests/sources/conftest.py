"""What the room's tests share."""

import pytest

from engine.sources.stage.compiled.library import LIBRARY


@pytest.fixture(scope="session")
def compiled_stage() -> None:
    """The stage's loop, loaded; compiled first where that has not been done on this machine."""
    LIBRARY.ensure()
