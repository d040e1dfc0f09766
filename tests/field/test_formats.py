"""The field in every format: pictures of its shape at every level of quality, of forms as wide as high."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.field import make_field
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.lattice import Lattice
from engine.generators.field.parameters import PARAMETERS
from engine.generators.field.quality import SOFT, SOFTER
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.picture_format import PictureFormat
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.view import Lens
from tests.field.runs import CHUNK_FRAMES


@pytest.fixture(scope="module", params=PictureFormat, ids=lambda one: one.value)
def field(request: pytest.FixtureRequest) -> Iterator[tuple[FieldGenerator, PictureFormat]]:
    made = make_field("cpu", picture_format=request.param, chunk_frames=CHUNK_FRAMES)
    for _ in made.warm_up():
        continue
    yield made, request.param
    made.close()


def asked(picture_format: PictureFormat, index: int, **changes: Any) -> ChunkRequest:
    image, depth = StageRenderer(lens=Lens(picture_format.width, picture_format.height)).render(2.0 + index / 15)
    return ChunkRequest(
        key=ChunkKey(3, 1, index),
        frames=(InputFrame(index, index * NS_PER_SECOND // 30, 1, image),) * 2,
        control=ControlMap(index, 0, 0, depth, np.zeros((*depth.shape, 2), np.float32)),
        now_ns=index * NS_PER_SECOND // 15,
        period_ns=NS_PER_SECOND // 30,
        values={**PARAMETERS.defaults(), **changes.pop("values", {})},
        prompt=PromptBlend((("molten gold", 1.0),)),
        **changes,
    )


def test_pictures_are_of_the_format_at_every_level_of_quality(field: tuple[FieldGenerator, PictureFormat]) -> None:
    generator, picture_format = field
    generator.reset()
    for index, quality in enumerate(((), (SOFT.id,), (SOFTER.id,), ())):
        chunk = generator.generate(asked(picture_format, index, quality=quality), lambda: False)
        for image in chunk.images:
            assert image.shape == (*picture_format.shape, 4) and image.dtype == np.uint8
            assert image[..., :3].std() > 8 and (image[..., 3] == 255).all()
            thirds = np.array_split(image[..., :3], 3, axis=int(picture_format is PictureFormat.WIDE))
            assert min(float(one.std()) for one in thirds) > 2  # something everywhere


def test_the_same_request_gives_the_same_chunk(field: tuple[FieldGenerator, PictureFormat]) -> None:
    generator, picture_format = field
    made = []
    for _ in range(2):
        generator.reset()
        made.append([generator.generate(asked(picture_format, index), lambda: False) for index in range(2)])
    assert all(
        np.array_equal(one, other)
        for first, second in zip(*made, strict=True)
        for one, other in zip(first.images, second.images, strict=True)
    )


@pytest.mark.parametrize("picture_format", PictureFormat)
def test_a_view_unit_is_as_wide_as_high(picture_format: PictureFormat) -> None:
    lattice = Lattice(picture_format.width, picture_format.height)
    across, down = np.diff(lattice.view_x[0]), np.diff(lattice.view_y[:, 0])
    assert np.allclose(across, down[0], rtol=1e-4) and np.allclose(down, down[0], rtol=1e-4)
    assert lattice.view_x.max() / lattice.view_y.max() == pytest.approx(
        picture_format.width / picture_format.height, rel=0.02
    )
    assert min(lattice.view_x.max(), lattice.view_y.max()) == pytest.approx(1.0, abs=0.03)
