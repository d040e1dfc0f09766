"""A show is made again by a generator whose chunks have another length."""

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.render import run_render
from engine.generators.base import Chunk, ChunkKey, ChunkRequest
from engine.generators.registry import build_generator, find_generator
from engine.generators.scenes import load_scenes
from engine.messages.commands import HardCut, SetParameter
from engine.messages.picture_format import PictureFormat
from engine.session.film_plan import place_to_go_on, plan_film
from engine.session.inputs import InputReader, inputs_path
from engine.session.reader import Session
from engine.session.regrouping import latest_act
from engine.session.replay import Replay, ShownChunk
from tests.session.shows import SPEC, TABLE, ChainGenerator, Show, replay
from tests.session.test_formats import Dance, record


class OtherChunks(ChainGenerator):
    """The toy in chunks of another length; it keeps what it made."""

    def __init__(self, chunk_frames: int) -> None:
        super().__init__()
        self.spec = replace(SPEC, chunk_frames=chunk_frames)
        self.made: list[tuple[ChunkRequest, list[bytes]]] = []

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        chunk = super().generate(request, aborted)
        self.made.append((request, [image.tobytes() for image in chunk.images]))
        return chunk


STEPS: dict[str, Callable[[Show, int], None]] = {
    "go on": lambda show, _: show.chunk(),
    "turn": lambda show, number: show.chunk(SetParameter(stamp_ns=number, parameter="g.b", value=number % 7 / 7)),
    "cut": lambda show, number: show.chunk(HardCut(stamp_ns=number, scene=("One", "Two")[number % 2])),
    "give up": lambda show, _: show.chunk(abandon=True),
    "crash": lambda show, _: show.crash(),
    "lose the source": lambda show, _: setattr(show.source, "empty", not show.source.empty),
}


@given(st.lists(st.sampled_from(list(STEPS)), max_size=14), st.sampled_from([1, 3, 4, 7]), st.integers(0, 2**30))
@settings(max_examples=15)
def test_every_picture_is_made_under_what_was_decided_when_its_chunk_began(
    steps: list[str], length: int, done_ns: int
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.session"
        show = Show(path)
        for number, step in enumerate(["go on", *steps]):
            STEPS[step](show, number)
        show.end()
        plain, other, again = ChainGenerator(), OtherChunks(length), OtherChunks(length)
        shown: list[ShownChunk] = []
        replay(path, plain)
        replay(path, other, show=shown.append)
        plan = plan_film(Session(path).records())
        begin = place_to_go_on(plan, done_ns)
        rest: list[ShownChunk] = []
        inputs = InputReader(inputs_path(path))
        Replay(Session(path), TABLE, again, inputs, rest.append, begin).run()
        inputs.close()
    assert [(one.number, len(one.images)) for one in shown] == [(one.number, one.count) for one in plan]
    assert [_bytes(one) for one in rest] == [_bytes(one) for one in shown if one.number >= begin]  # as if never broken
    made, recorded = iter(other.made), iter(plain.requests)
    for epoch, together in groupby(shown, key=lambda one: one.epoch):
        pictures = [image.tobytes() for one in together for image in one.images]
        asked = [request for _, request in zip(range(len(pictures) // 2), recorded, strict=False)]
        seen = [frame for request in asked for frame in request.frames or (None, None)]
        chunks = [next(made) for _ in range(-(-len(pictures) // length))]
        assert [image for _, images in chunks for image in images][: len(pictures)] == pictures
        for index, (request, _) in enumerate(chunks):
            first = index * length
            begun = asked[first // 2]
            assert request.key == (ChunkKey(7, epoch, index) if index else begun.key)
            assert request.prompt == begun.prompt
            still = set(request.values) - set(request.tracks)
            assert all(request.values[name] == begun.values[name] for name in still)
            assert all(len(track) == length for track in request.tracks.values())
            told = seen[first : first + length]
            if None not in told:
                ids = [frame.frame_id for frame in told if frame is not None]
                assert [frame.frame_id for frame in request.frames] == ids + ids[-1:] * (length - len(ids))
    assert next(made, None) is None


def test_how_late_something_acts() -> None:
    assert [latest_act(1, 12), latest_act(12, 4), latest_act(12, 1), latest_act(4, 6)] == [11, 0, 0, 4]


def _bytes(chunk: ShownChunk) -> list[bytes]:
    return [image.tobytes() for image in chunk.images]


def _film(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as made:
        return [np.asarray(one.to_ndarray(format="rgb24"), np.uint8) for one in made.decode(video=0)]


def test_a_show_of_the_field_is_rendered_by_wan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, film, told = tmp_path / "a.session", tmp_path / "a.mp4", list[str]()
    record(path, PictureFormat.SQUARE)  # two chunks, a cut and a chunk
    arguments = [str(path), "--generator", "wan-tiny", "--canvas", "448x448"]
    assert run_render([*arguments, "--to", str(film)], told.append) == 0
    length, parameters = told
    assert length == (
        "wan-tiny makes 12 pictures at a time, the show 1: a cut stays at its picture,"
        " other changes act up to 11 pictures later."
    )
    assert parameters.endswith("it plays the show's prompts, input and cuts, with the nearest of its own scenes.")
    pictures = _film(film)
    assert len(pictures) >= 3 and np.ptp(pictures[0].astype(int)) > 0
    assert np.abs(pictures[-1].astype(int) - pictures[0]).mean() > 1  # another scene, another chunk
    capsys.readouterr()


@pytest.mark.slow
def test_a_show_of_wan_is_rendered_by_the_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, film, told = tmp_path / "a.session", tmp_path / "a.mp4", list[str]()
    wan = build_generator(find_generator("wan-tiny"))
    list(wan.warm_up())
    show = Show(path, generator=wan, scenes=load_scenes(wan.spec))
    show.rooms.source = show.rooms.depth = Dance(PictureFormat.SQUARE)
    show.chunk()
    show.chunk(HardCut(stamp_ns=1, scene=wan.spec.home_scene))
    show.end()
    wan.close()
    assert run_render([str(path), "--generator", "field", "--canvas", "448x448", "--to", str(film)], told.append) == 0
    assert [one.split(":")[0] for one in told] == ["field does not have the parameters of wan-tiny"]
    assert len(_film(film)) == 24
    capsys.readouterr()
