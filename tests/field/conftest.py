"""One warmed-up generator and one film for the whole room: both cost about a second."""

from collections.abc import Iterator

import pytest

from engine.generators.field import make_field
from engine.generators.field.choice import Method
from engine.generators.field.generator import FieldGenerator
from tests.field.runs import CHUNK_FRAMES, Film


@pytest.fixture(scope="session")
def film() -> Film:
    return Film(16)


@pytest.fixture(scope="session")
def warm_field() -> Iterator[FieldGenerator]:
    field = make_field(device="cpu", threads=1, chunk_frames=CHUNK_FRAMES)
    for _ in field.warm_up():
        pass
    yield field
    field.close()


@pytest.fixture(scope="session")
def reference() -> Iterator[FieldGenerator]:
    """The same computed by torch."""
    field = FieldGenerator("cpu", 1, method=Method.TORCH, chunk_frames=CHUNK_FRAMES)
    for _ in field.warm_up():
        pass
    yield field
    field.close()


@pytest.fixture
def field(warm_field: FieldGenerator) -> FieldGenerator:
    warm_field.reset()
    return warm_field
