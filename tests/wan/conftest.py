"""Small models on one thread, and generators that are closed again."""

from collections.abc import Callable, Iterator

import pytest
import torch

from engine.generators.wan.cards import ModelCard
from engine.generators.wan.generator import WanGenerator
from tests.wan.shows import REPLAYING


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(name="make")
def _make() -> Iterator[Callable[[ModelCard], WanGenerator]]:
    made: list[WanGenerator] = []

    def build(card: ModelCard) -> WanGenerator:
        generator = WanGenerator(card, device="cpu", tools=REPLAYING)
        made.append(generator)
        progress = list(generator.warm_up())
        assert progress == sorted(progress) and progress[-1] == pytest.approx(1.0)
        return generator

    yield build
    for generator in made:
        generator.close()
