"""Fewer denoise steps: some of the recipe's own, over the passes that were recorded, without a reset."""

import dataclasses
from pathlib import Path

import pytest

from engine.generators.wan.quality import denoise_steps, quality_steps
from engine.generators.wan.recipes import KREA, RECIPES, SELF_FORCING, STREAMDIFFUSION_V2, Recipe
from engine.generators.wan.sampling.sampler import schedule
from engine.generators.wan.spec import spec_of
from tests.wan.cards import SMALL_RECIPE, small_card
from tests.wan.shows import Make, ask, distance, never, run, same

FOUR = small_card(recipe=dataclasses.replace(SMALL_RECIPE, steps=(1000, 750, 500, 250)))
FEWER = ("wan.steps.3", "wan.steps.2")


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_what_is_left_are_steps_of_the_recipe(recipe: Recipe) -> None:
    offered = quality_steps(recipe)
    assert denoise_steps(recipe, ()) == recipe.steps == denoise_steps(recipe, ("field.soft",))
    taken: tuple[str, ...] = ()
    left = recipe.steps
    for step in offered:
        taken += (step.id,)
        fewer = denoise_steps(recipe, taken)
        assert len(fewer) == len(left) - 1
        assert set(fewer) <= set(recipe.steps) and (fewer[0], fewer[-1]) == (recipe.steps[0], recipe.steps[-1])
        assert schedule(recipe, steps=fewer)[0] == schedule(recipe)[0]
        assert 0.0 < step.saving < 0.5
        assert step.group == offered[0].group
        left = fewer
    assert len(left) == min(2, len(recipe.steps))


def test_savings_count_the_passes_beside_the_steps() -> None:
    assert [round(step.saving, 2) for step in quality_steps(SELF_FORCING)] == [0.16, 0.2]
    assert [round(step.saving, 2) for step in quality_steps(KREA)] == [0.16, 0.2]
    four = dataclasses.replace(STREAMDIFFUSION_V2, steps=(700, 500, 400, 200))
    assert [round(step.saving, 2) for step in quality_steps(four)] == [0.2, 0.27]


def test_a_card_offers_the_steps_of_its_recipe(tmp_path: Path) -> None:
    assert [step.id for step in spec_of(FOUR, tmp_path).quality_steps] == list(FEWER)
    assert spec_of(small_card(), tmp_path).quality_steps == ()  # two steps are the least


def test_fewer_steps_are_fewer_passes_and_never_a_reset(make: Make) -> None:
    generator = make(FOUR)
    passes: list[int] = []
    inner = generator.parts.model.forward

    def counted(*args: object, **kwargs: object) -> object:
        passes.append(1)
        return inner(*args, **kwargs)

    generator.parts.model.forward = counted  # type: ignore[method-assign,assignment]
    full = run(generator, FOUR, range(4))
    assert len(passes) == 4 * 4
    generator.reset()
    plan = [(), FEWER[:1], FEWER, ()]
    requests = [dataclasses.replace(ask(FOUR, index), quality=taken) for index, taken in enumerate(plan)]
    passes.clear()
    mixed = [generator.generate(request, never) for request in requests]
    assert len(passes) == 4 + 3 + 2 + 4
    assert same(mixed[:1], full[:1])
    for place in range(1, 4):
        assert distance(mixed[place], full[place]) > 0.0
    assert generator.video.sampler.cache.position == 4 * FOUR.recipe.block_frames
    generator.reset()
    assert same([generator.generate(request, never) for request in requests], mixed)


def test_nothing_is_recorded_once_the_show_runs(make: Make) -> None:
    generator = make(FOUR)
    recorded = generator.parts.execution.recorded
    assert recorded > 0
    for index, taken in enumerate(((), FEWER[:1], FEWER, ())):
        chunk = generator.generate(dataclasses.replace(ask(FOUR, index), quality=taken), never)
        assert chunk.notes == ()
    assert generator.parts.execution.recorded == recorded
