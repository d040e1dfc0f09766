"""Sessions of every format, and of a show that changed its own: recorded, replayed bit for bit, rendered in another."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.render import parse_render
from engine.generators.field import PARAMETERS, make_field
from engine.generators.field.generator import FieldGenerator
from engine.generators.registry import find_generator
from engine.messages.commands import HardCut
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import load_library
from engine.output.settings import VideoFormat
from engine.session.film_plan import plan_film
from engine.session.inputs import InputReader, inputs_path
from engine.session.making import SessionGenerator
from engine.session.qoi import QoiDecoder, QoiEncoder
from engine.session.reader import Session
from engine.session.records import BeganRecord
from engine.session.reframing import reframed, reframed_map
from engine.session.rendering import FilmSink, RenderOrder
from engine.session.replay import Replay, ReplayResult
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.view import Lens
from tests.session.shows import PERIOD_NS, Show

SQUARE, WIDE, TALL = PictureFormat
FORMATS = st.sampled_from(PictureFormat)


class Dance:
    """A picture of the stage in a format, as source and as depth."""

    def __init__(self, picture_format: PictureFormat) -> None:
        self._image, depth = StageRenderer(lens=Lens(picture_format.width, picture_format.height)).render(4.0)
        self._map = ControlMap(1, 0, 1, depth, np.full((*depth.shape, 2), 0.01, np.float32))

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        return tuple(InputFrame(at_ns // PERIOD_NS, at_ns, 1, self._image) for at_ns in targets_ns)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        return self.frames(targets_ns)

    def newest(self) -> ControlMap:
        return self._map

    def awaited(self, frame_id: int) -> ControlMap:  # noqa: ARG002 - nothing is waited for here
        return self._map


def warm(picture_format: PictureFormat) -> FieldGenerator:
    field = make_field("cpu", picture_format=picture_format)
    for _ in field.warm_up():
        continue
    return field


def record(path: Path, *formats: PictureFormat) -> None:
    """Two chunks, a cut and a chunk in each of these formats."""
    scenes = load_library("field", PARAMETERS)
    show = Show(path, generator=warm(formats[0]), scenes=scenes, picture_format=formats[0])
    for number, picture_format in enumerate(formats):
        show.rooms.source = show.rooms.depth = Dance(picture_format)
        if number:
            show.generator.close()
            show.change_format(warm(picture_format), picture_format)
        show.chunk()
        show.chunk()
        show.chunk(HardCut(stamp_ns=number, scene="Neon Rain"))
    show.end()
    show.generator.close()


@contextmanager
def opened(path: Path, wanted: PictureFormat | None = None) -> Iterator[tuple[Session, SessionGenerator, InputReader]]:
    session, maker = Session(path), SessionGenerator(find_generator("field"), wanted)
    inputs = InputReader(inputs_path(path))
    try:
        yield session, maker, inputs
    finally:
        maker.close()
        inputs.close()


def replayed(path: Path) -> tuple[ReplayResult, list[tuple[int, ...]]]:
    """The result, and the shapes of the pictures, without repeats."""
    shapes: list[tuple[int, ...]] = []
    with opened(path) as (session, maker, inputs):
        first = maker.warmed_up(session.header.picture)
        show = lambda chunk: shapes.extend(image.shape[:2] for image in chunk.images)  # noqa: E731
        result = Replay(session, PARAMETERS, first, inputs, show, maker=maker).run()
    return result, list(dict.fromkeys(shapes))


def test_a_show_that_changed_its_format_is_the_same_again(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    record(path, WIDE, SQUARE, TALL)
    session = Session(path)
    assert session.header.picture is WIDE
    assert [one.picture for one in session.records() if isinstance(one, BeganRecord)] == [WIDE, SQUARE, TALL]
    result, shapes = replayed(path)
    assert (result.first, result.identical, result.chunks) == (None, 9, 9)
    assert shapes == [WIDE.shape, SQUARE.shape, TALL.shape]


def test_a_show_is_rendered_in_another_format_and_its_own_pictures_fit_one_film(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    record(path, SQUARE, WIDE)
    for wanted, size in ((None, SQUARE.canvas), (WIDE, WIDE.canvas)):
        film = tmp_path / f"{size[0]}.mp4"
        video = VideoFormat(width=size[0], height=size[1], rate=Fraction(30))
        with opened(path, wanted) as (session, maker, inputs):
            plan = plan_film(session.records())
            order = RenderOrder(path=film, video=video, generator="field", picture=wanted)
            sink = FilmSink(order, session.header, plan)
            first = maker.warmed_up(session.header.picture)
            Replay(session, PARAMETERS, first, inputs, sink.show, maker=maker).run()
            sink.finish()
            sink.close()
        with av.open(str(film)) as made:
            pictures = [one.to_ndarray(format="rgb24") for one in made.decode(video=0)]
        assert pictures[0].shape == (size[1], size[0], 3)
        bars = [one[:40].max() < 40 and one[-40:].max() < 40 for one in pictures]
        if wanted is None:
            assert not bars[0] and bars[-1]  # a wide picture on the square canvas
        else:
            assert not any(bars)


def test_render_takes_a_format() -> None:
    asked = parse_render(["a.session", "--to", "a.mp4", "--format", "tall"])
    assert (asked.format, asked.size) == (TALL, None)
    assert parse_render(["a.session", "--to", "a.mp4"]).format is None


@given(FORMATS, FORMATS)
@settings(max_examples=9)
def test_what_was_seen_is_cropped_and_not_stretched(played: PictureFormat, wanted: PictureFormat) -> None:
    rows, columns = np.mgrid[0 : played.height, 0 : played.width]
    middle = (rows - played.height / 2) ** 2 + (columns - played.width / 2) ** 2 < 60**2
    image = np.repeat(np.where(middle, 255, 0).astype(np.uint8)[..., None], 3, axis=2)
    frame = InputFrame(1, 0, 1, image)
    seen = reframed(frame, wanted)
    assert seen.image.shape == (*wanted.shape, 3)
    lit = seen.image[..., 0] > 127
    assert abs(int(lit.any(axis=1).sum()) - int(lit.any(axis=0).sum())) <= 3
    depth = np.ascontiguousarray(image[::2, ::2, 0].astype(np.float32) / 255)
    flow = np.full((*depth.shape, 2), 0.02, np.float32)
    control = reframed_map(ControlMap(1, 0, 0, depth, flow), wanted, played)
    assert control.depth.shape == (wanted.height // 2, wanted.width // 2)
    assert control.flow.shape == (*control.depth.shape, 2)
    pixels = control.flow[0, 0] * np.array(control.depth.shape[::-1])
    before = np.array([0.02 * depth.shape[1], 0.02 * depth.shape[0]])
    grown = lit.any(axis=0).sum() / (image[..., 0] > 127).any(axis=0).sum()
    assert np.allclose(pixels / before, grown, rtol=0.05)  # what moves moves as far as what is seen has grown


def test_inputs_of_one_file_may_change_their_shape() -> None:
    encoder, decoder, rng = QoiEncoder(), QoiDecoder(), np.random.default_rng(1)
    for picture_format in (SQUARE, WIDE, WIDE, TALL, SQUARE):
        image = rng.integers(0, 256, (*picture_format.shape, 3), np.uint8)
        found = decoder.decode(encoder.encode(image))
        assert found is not None and np.array_equal(found, image)
