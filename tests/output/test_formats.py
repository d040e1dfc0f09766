"""Pictures of every format on their way to viewers, and the moment at which a show changes its format."""

import itertools
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND, ManualClock
from engine.emergency_clip import prepare_clip
from engine.messages.emergency import EmergencyKind
from engine.messages.picture_format import PictureFormat, canvas_after, format_of
from engine.messages.placement import Fit
from engine.output.canvas import Canvas, place
from engine.output.client import OutputClient, OutputStatus
from engine.output.clip import read_clip, write_clip
from engine.output.drawings import Drawings
from engine.output.emergency import EmergencyPicture
from engine.output.emergency_controls import EmergencyControls, write_emergency
from engine.output.inheritance import Inheritance
from engine.output.interpolation.flow import FlowEstimator
from engine.output.interpolation.synthesis import MotionSynthesis
from engine.output.layout import SharedMemory, Word
from engine.output.meters import SlidingWindow
from engine.output.programme import Programme
from engine.output.ring import Preview, RingReader, RingWriter
from engine.output.settings import VideoFormat, WireFormat
from engine.output.strobe_guard import StrobeGuard
from engine.sources import framing
from tests.output.parts import connect, eventually, frame, when

FORMATS = st.sampled_from(PictureFormat)
EVEN = st.integers(8, 2048).map(lambda half: 2 * half)
EACH = pytest.mark.parametrize("picture_format", PictureFormat)
ANOTHER = pytest.mark.parametrize(("before", "after"), list(itertools.permutations(PictureFormat, 2)))


def plain(picture_format: PictureFormat, level: int) -> npt.NDArray[np.uint8]:
    image = np.full((*picture_format.shape, 4), level, np.uint8)
    image[..., 3] = 255
    return image


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[SharedMemory]:
    memory = SharedMemory.create(tmp_path / "ring")
    yield memory
    memory.close()


def test_each_format_is_as_much_work_and_is_known_by_its_shape() -> None:
    patches = {one: (one.width // 16) * (one.height // 16) for one in PictureFormat}
    assert list(patches.values()) == [784, 777, 777]
    assert all(one.width % 16 == one.height % 16 == 0 for one in PictureFormat)
    assert [format_of((*one.shape, 4)) for one in PictureFormat] == list(PictureFormat)
    assert format_of((448, 592, 4)) is None
    assert [one.turned.turned for one in PictureFormat] == list(PictureFormat)


@given(FORMATS, FORMATS, EVEN, EVEN)
def test_the_canvas_follows_unless_another_was_chosen(
    before: PictureFormat, after: PictureFormat, width: int, height: int
) -> None:
    assert canvas_after(before.canvas, before, after) == after.canvas
    if (width, height) != before.canvas:
        assert canvas_after((width, height), before, after) == (width, height)


@given(FORMATS, EVEN, EVEN, st.sampled_from([Fit.FIT, Fit.FILL, Fit.MIRROR]))
def test_a_picture_keeps_its_proportions_on_any_canvas(
    picture_format: PictureFormat, width: int, height: int, fit: Fit
) -> None:
    spot = place(width, height, fit, picture_format.shape)
    assert spot.left % 2 == spot.width % 2 == 0
    assert spot.left >= 0 and spot.left + spot.width <= width
    assert spot.top >= 0 and spot.top + spot.height <= height
    assert spot.width == width or spot.height == height  # as large as it can be
    seen_high, seen_wide = picture_format.height - 2 * spot.crop_y, picture_format.width - 2 * spot.crop_x
    across, down = spot.width / seen_wide, spot.height / seen_high
    slack = 0.012 + 2.5 / min(spot.width, spot.height) + 1.5 / min(seen_wide, seen_high)
    assert abs(across / down - 1.0) < slack
    if fit is Fit.FILL:
        assert (spot.width, spot.height) == (width, height)
    elif picture_format is PictureFormat.SQUARE:
        assert (spot.crop_x, spot.crop_y, spot.width, spot.height) == (0, 0, min(width, height), min(width, height))


@pytest.mark.parametrize("size", [(1280, 720), (1600, 900), (1920, 1080), (2560, 1440), (3840, 2160)])
def test_a_wide_picture_fills_16_to_9_and_a_tall_one_9_to_16(size: tuple[int, int]) -> None:
    for picture_format, (width, height) in ((PictureFormat.WIDE, size), (PictureFormat.TALL, size[::-1])):
        spot = place(width, height, Fit.FIT, picture_format.shape)
        assert (spot.left, spot.top, spot.width, spot.height) == (0, 0, width, height)
        canvas = Canvas(VideoFormat(width=width, height=height, wire=WireFormat.BGRX), picture_format.shape)
        out = canvas.black()
        canvas.draw(plain(picture_format, 200), 1.0, out)
        assert (out[..., :3] == 200).all()


@ANOTHER
def test_the_last_picture_stays_until_one_of_the_new_format_comes(
    memory: SharedMemory, before: PictureFormat, after: PictureFormat
) -> None:
    writer, reader, programme, preview = RingWriter(memory), RingReader(memory), Programme(memory.held), Preview(memory)
    drawings = Drawings(VideoFormat(), ManualClock(1), lambda image: False)

    def shown() -> npt.NDArray[np.uint8]:
        ((image, _),) = drawings.draw([WireFormat.BGRX], programme, SlidingWindow(3)).values()
        return image

    def lit(image: npt.NDArray[np.uint8], picture_format: PictureFormat, level: int) -> bool:
        spot = place(896, 896, Fit.FIT, picture_format.shape)
        inside = image[spot.top : spot.top + spot.height, spot.left : spot.left + spot.width, :3]
        return bool((inside == level).all()) and int(image[..., :3].sum()) == int(inside.sum())

    writer.publish([frame(plain(before, 100))], 0)
    (header,) = reader.poll()
    programme.put(reader.picture(header))
    assert lit(shown(), before, 100)
    programme.control(freeze=True, blackout=False, level=1.0)
    writer.publish([frame(plain(after, 150), epoch=1)], 0)
    (header,) = reader.poll()
    assert header.format is after
    programme.put(reader.picture(header))
    assert programme.picture.shape[:2] == before.shape and lit(shown(), before, 100)  # frozen, in its own proportions
    memory.words[Word.PROGRAMME] = programme.word
    left = Inheritance.read(BytesIO(Inheritance.read_from(memory).packed()))
    assert left is not None
    programme.control(freeze=False, blackout=False, level=1.0)
    assert programme.picture.shape[:2] == after.shape and lit(shown(), after, 150)
    programme.render(preview.back(after))
    preview.flip()
    assert np.array_equal(preview.read()[1], plain(after, 150))

    memory.held[...] = np.frombuffer(left.pictures, np.uint8).reshape(memory.held.shape)
    heir = Programme(memory.held, left.programme)  # another process goes on with the frozen picture
    heir.control(freeze=True, blackout=False, level=1.0)
    assert np.array_equal(heir.picture, plain(before, 100))
    heir.control(freeze=False, blackout=False, level=1.0)
    assert np.array_equal(heir.picture, plain(after, 150))
    programme.release()
    heir.release()


@ANOTHER
def test_an_emergency_goes_on_when_the_format_changes(
    memory: SharedMemory, tmp_path: Path, before: PictureFormat, after: PictureFormat
) -> None:
    clip = tmp_path / "a.clip"
    write_clip(clip, [np.full((*before.shape, 3), 90, np.uint8)], 25.0)
    write_emergency(memory, EmergencyControls(EmergencyKind.LOOP, 0.0, str(clip), on=True))
    emergency = EmergencyPicture(memory)
    for number, picture_format in enumerate((before, before, after, after)):
        programme = plain(picture_format, 200)
        emergency.tick(programme, (2 + number) * NS_PER_SECOND, starved=False, frozen=False)
        shown = emergency.picture(programme)
        assert shown.shape == programme.shape and not emergency.trouble
    assert abs(int(shown[100, 100, 0]) - 90) <= 2
    out = np.zeros((*after.shape, 4), np.uint8)
    read_clip(clip).picture(0, out)
    assert abs(int(out[..., :3].mean()) - 90) <= 2


@EACH
def test_a_clip_is_decoded_for_the_format_of_the_show(tmp_path: Path, picture_format: PictureFormat) -> None:
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), np.full((90, 160, 3), 70, np.uint8))
    clip = read_clip(prepare_clip(still, picture_format))
    decoded = cv2.imdecode(np.frombuffer(clip.pictures[0], np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None and decoded.shape == (*picture_format.shape, 3)
    assert framing.picture_format() is PictureFormat.SQUARE  # on this thread nothing has changed


@ANOTHER
def test_flashes_are_softened_across_a_change_of_format(before: PictureFormat, after: PictureFormat) -> None:
    programme = Programme()
    guard = StrobeGuard(programme)
    for number in range(60):
        picture_format = before if number < 30 else after
        programme.control(freeze=False, blackout=False, level=1.0)
        programme.put(plain(picture_format, 255 * (number % 2)))
        guard.look(NS_PER_SECOND + number * NS_PER_SECOND // 30, allowed=False)
        assert guard.picture.shape[:2] == picture_format.shape
        out = np.zeros((*picture_format.shape, 4), np.uint8)
        guard.render(out)
    assert guard.softened > 40
    guard.release()


@EACH
def test_what_moves_is_found_between_two_pictures_of_any_format(picture_format: PictureFormat) -> None:
    height, width = picture_format.shape
    rows, columns = np.mgrid[0:height, 0:width]

    def moved(by: float) -> npt.NDArray[np.uint8]:
        blob = 200 * np.exp(-(((columns - width / 2 - by) / 30) ** 2 + ((rows - height / 2) / 30) ** 2))
        texture = 20 * np.sin((columns - by) / 4) * np.cos(rows / 5) * (blob > 5)
        return np.repeat(np.clip(blob + texture + 20, 0, 255).astype(np.uint8)[..., None], 4, axis=2)

    flow, synthesis = FlowEstimator(), MotionSynthesis()
    motion = flow.between(flow.gray(moved(0)), flow.gray(moved(12)))
    made = synthesis.picture(moved(0), moved(12), motion, 0.5)
    mixed = np.abs((moved(0).astype(int) + moved(12)) / 2 - moved(6)).mean()
    assert made.shape == (height, width, 4)
    assert np.abs(made.astype(int) - moved(6)).mean() < 0.5 * mixed


def test_a_running_output_takes_one_format_after_another() -> None:
    client = connect("Formats")
    try:
        for epoch, picture_format in enumerate(PictureFormat):
            wanted = plain(picture_format, 60 * (epoch + 1))
            client.publish(frame(wanted, epoch=epoch))
            eventually(partial(_shows, client, wanted), f"the {picture_format.value} picture")
            client.steering.set_canvas(*picture_format.canvas)
            status = when(client, partial(_has_canvas, picture_format), "its canvas")
        assert not status.failed and not status.detail
    finally:
        client.close()


def _shows(client: OutputClient, wanted: npt.NDArray[np.uint8]) -> bool:
    return np.array_equal(client.preview()[1], wanted)


def _has_canvas(picture_format: PictureFormat, status: OutputStatus) -> bool:
    return (status.width, status.height) == picture_format.canvas
