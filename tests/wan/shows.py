"""Generators to be played by the tests, and what is asked of them."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.clock import NS_PER_SECOND
from engine.generators.base import (
    Chunk,
    ChunkKey,
    ChunkRequest,
    PromptBlend,
)
from engine.generators.graph_capture import CallAgain
from engine.generators.wan import parameters as p
from engine.generators.wan.acceleration.plan import tools_of
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.recipes import STREAMDIFFUSION_V2
from engine.messages.frame import ControlMap, InputFrame
from tests.wan.cards import recomputing, small_card

KINDS = pytest.mark.parametrize(
    "card",
    [
        small_card(),
        small_card(recipe=recomputing(), depth_branch=False),
        small_card(recipe=dataclasses.replace(STREAMDIFFUSION_V2, steps=(700, 400))),
    ],
    ids=lambda card: str(card.recipe.context.name),
)


REPLAYING = dataclasses.replace(tools_of(torch.device("cpu")), recorder=lambda _: CallAgain())
"""Through the recordings, which on the CPU are calls again."""


def never() -> bool:
    return False


def after(calls: int) -> Callable[[], bool]:
    """An abort that comes at the n-th safe point."""
    left = iter(range(calls))
    return lambda: next(left, None) is None


def picture(seed: int) -> InputFrame:
    rng = np.random.default_rng(seed)
    image = np.kron(rng.integers(0, 256, (7, 7, 3), np.uint8), np.ones((64, 64, 1), np.uint8))
    return InputFrame(seed, seed, 0, image)


def control(seed: int) -> ControlMap:
    ramp = np.linspace(0.0, 1.0, 40, dtype=np.float32) * ((seed % 3) + 1) / 3
    return ControlMap(seed, 0, 0, np.tile(ramp, (40, 1)), np.zeros((40, 40, 2), np.float32))


def ask(card: ModelCard, index: int, epoch: int = 0, prompt: str = "gold", **values: float) -> ChunkRequest:
    given = {f"wan.{name}": value for name, value in values.items()}
    return ChunkRequest(
        key=ChunkKey(3, epoch, index),
        frames=tuple(picture(index * card.chunk_frames + place) for place in range(card.chunk_frames)),
        control=control(index),
        now_ns=1000,
        period_ns=NS_PER_SECOND // 30,
        values={**p.PARAMETERS.defaults(), **given},
        prompt=PromptBlend(((prompt, 1.0),)),
    )


Make = Callable[[ModelCard], WanGenerator]


def run(generator: WanGenerator, card: ModelCard, chunks: range, epoch: int = 0) -> list[Chunk]:
    return [generator.generate(ask(card, index, epoch), never) for index in chunks]


def same(a: list[Chunk], b: list[Chunk]) -> bool:
    pairs = zip(a, b, strict=True)
    return all(np.array_equal(one, other) for x, y in pairs for one, other in zip(x.images, y.images, strict=True))


def distance(a: Chunk, b: Chunk) -> float:
    """Mean difference of two chunks, in steps of 255."""
    return float(np.mean([np.abs(x.astype(float) - y) for x, y in zip(a.images, b.images, strict=True)]))
