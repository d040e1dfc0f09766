"""A recorded show again: identical, or with the name of what is not."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.generators.base import GeneratorSnapshot
from engine.messages.commands import Command, HardCut, RecallSnapshot, SetParameter, SetPrompt, SoftCut, StoreSnapshot
from engine.messages.reference import UseReference
from engine.reference_file import read_reference
from engine.session.errors import SessionError
from engine.session.inputs import inputs_path
from engine.session.opening import changes_since
from engine.session.reader import Session
from engine.session.records import ChunkRecord
from engine.session.replay import Difference, Part, Replay
from engine.session.step import Step
from tests.session.gestures import gestures
from tests.session.shows import PERIOD_NS, SPEC, TABLE, ChainGenerator, KeepingGenerator, Show, replay


def cut(scene: str) -> HardCut:
    return HardCut(stamp_ns=5, scene=scene)


def move(value: float) -> SetParameter:
    return SetParameter(stamp_ns=1, parameter="g.a", value=value)


def record(path: Path, chunks: int = 12) -> Show:
    show = Show(path)
    for index in range(chunks):
        show.chunk(
            *{3: (move(0.9),), 6: (cut("Two"),), 8: (SetPrompt(stamp_ns=0, text="sea", chunks=3),)}.get(index, ())
        )
    show.end()
    return show


drains = st.lists(
    st.tuples(
        st.lists(gestures, max_size=4),
        st.sampled_from(["made", "made", "made", "abandoned", "crash", "no input", "late"]),
    ),
    max_size=14,
)


@settings(max_examples=40)
@given(drains)
def test_whatever_is_played_the_replay_is_identical(steps: Sequence[tuple[Sequence[Command], str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        show = Show(Path(folder) / "a.session")
        for commands, how in steps:
            show.source.empty = show.depth.missing = how == "no input"
            if how == "crash":
                show.crash()
            show.chunk(*commands, abandon=how == "abandoned", wait_ns=(9 if how == "late" else 2) * PERIOD_NS)
        show.end()
        again = ChainGenerator()
        result, ending = replay(show.path, again)
    assert isinstance(show.generator, ChainGenerator)
    assert (result.first, ending) == (None, "")
    assert result.identical == result.chunks == len(show.output.published) // 2
    assert [repr(request) for request in again.requests] == [repr(request) for request in show.generator.requests]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    path = tmp_path_factory.mktemp("recorded") / "a.session"
    record(path)
    return path.read_bytes(), inputs_path(path).read_bytes()


@settings(max_examples=40)
@given(share=st.floats(0, 1))
def test_truncated_anywhere_it_replays_up_to_the_last_complete_record(
    recorded: tuple[bytes, bytes], share: float
) -> None:
    text, pictures = recorded
    kept = text[: round(share * len(text))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.session"
        path.write_bytes(kept)
        inputs_path(path).write_bytes(pictures)
        if b"\n" not in kept:
            with pytest.raises(SessionError):
                Session(path)
            return
        result, ending = replay(path)
    assert result.first is None
    whole = [line for line in kept.splitlines(keepends=True) if line.endswith(b"\n") and line.startswith(b'{"chunk"')]
    assert result.identical == result.chunks == len(whole)
    assert (ending == "") == (kept == text)


@settings(max_examples=30)
@given(share=st.floats(0, 1))
def test_inputs_truncated_anywhere_are_missed_by_name(recorded: tuple[bytes, bytes], share: float) -> None:
    text, pictures = recorded
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.session"
        path.write_bytes(text)
        inputs_path(path).write_bytes(pictures[: max(round(share * len(pictures)), 8)])
        result, _ = replay(path)
    assert result.chunks == 12
    if result.first is not None:
        assert result.first.part in (Part.FRAME, Part.CONTROL)
        assert "the file of inputs is damaged or ends" in result.first.sentence
        assert result.identical <= result.first.boundary


def tampered(path: Path, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    lines = path.read_text().splitlines()
    for index, line in enumerate(lines):
        data = json.loads(line)
        if data.get("chunk", {}).get("number") == number:
            change(data["chunk"])
            lines[index] = json.dumps(data)
    path.write_text("\n".join(lines) + "\n")


def raise_value(chunk: dict[str, Any]) -> None:
    chunk["commands"][0]["value"] = 0.91


@pytest.mark.parametrize(
    ("number", "change", "expected"),
    [
        (3, raise_value, Difference(3, Part.COMMIT, "its commit has g.a at")),
        (6, lambda chunk: chunk["commands"].clear(), Difference(6, Part.COMMIT, "its commit has epoch 3, not 4")),
        (2, lambda chunk: chunk.update(version=9), Difference(2, Part.COMMIT, "its commit has version")),
        (5, lambda chunk: chunk["frames"][1].update(crc=1), Difference(5, Part.FRAME, "its input frame 41 is not")),
        (
            5,
            lambda chunk: chunk["control"].update(crc=1),
            Difference(5, Part.CONTROL, "its control map of frame 42 is"),
        ),
        (
            5,
            lambda chunk: chunk["frames"][1].update(at=None),
            Difference(5, Part.FRAME, "its input frame 41 is missing"),
        ),
        (5, lambda chunk: chunk.update(begun_ns=0), Difference(5, Part.OUTPUT, "its picture 1 of 2 differs though")),
        (5, lambda chunk: chunk["images"].__setitem__(1, 1), Difference(5, Part.OUTPUT, "its picture 2 of 2 differs")),
    ],
    ids=["value", "cut", "version", "frame", "map", "unstored", "begun", "image"],
)
def test_the_first_difference_has_a_name(
    tmp_path: Path, number: int, change: Callable[[dict[str, Any]], None], expected: Difference
) -> None:
    path = tmp_path / "a.session"
    record(path)
    tampered(path, number, change)
    result, _ = replay(path, until_difference=True)
    assert result.first is not None
    assert (result.first.boundary, result.first.part) == (expected.boundary, expected.part)
    assert result.first.sentence.startswith(expected.sentence), result.first.sentence
    assert (result.boundaries, result.identical) == (expected.boundary + 1, expected.boundary)


def test_after_missing_inputs_the_next_cut_is_identical_again(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    record(path)
    tampered(path, 4, lambda chunk: chunk["frames"][0].update(at=None))
    result, _ = replay(path)
    assert (result.chunks, result.identical) == (12, 12 - 2)


def test_without_inputs_the_commits_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    show = Show(path, keep_inputs=False)
    for scene in ("One", "Two"):
        show.chunk(cut(scene), move(0.4))
        show.chunk(SoftCut(stamp_ns=0, scene="One", chunks=3))
    show.end()
    result = Replay(Session(path), TABLE, None, None, lambda chunk: None).run()
    assert (result.chunks, result.identical, result.first) == (4, 4, None)
    assert not inputs_path(path).exists()


def test_ten_thousand_chunks_are_identical(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    show = Show(path)
    show.source.empty = show.depth.missing = True
    for index in range(10_000):
        commands: list[Command] = [move((index * 7919 % 1000) / 1000)]
        if index % 50 == 0:
            commands.append(cut("Two" if index % 100 else "One"))
        if index % 33 == 0:
            commands.append(SoftCut(stamp_ns=index, scene="One", chunks=20))
        show.chunk(*commands, abandon=index % 77 == 0)
    show.end()
    result, ending = replay(path)
    assert (result.boundaries, result.first, ending) == (10_000, None, "")
    assert result.identical == result.chunks == len(show.output.published) // 2


def test_what_has_changed_since_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    record(path, 1)
    header = Session(path).header
    assert changes_since(header, SPEC) == ()
    text = path.read_text().replace('"g.b":[-1,1,0.0]', '"g.b":[-2,1,0.0]').replace('"model":""', '"model":"old"')
    path.write_text(text)
    assert changes_since(Session(path).header, SPEC) == (
        "The generator toy has changed since this was recorded.",
        "The parameter g.b has changed since this was recorded.",
    )
    weighty = replace(SPEC, weights="these")
    assert changes_since(header, weighty) == ("The model of toy is another than the one that this was recorded with.",)
    path.write_text(text.replace('"chunk_frames":2', '"chunk_frames":3'))
    with pytest.raises(SessionError, match="chunks have 3 frames, the generator now makes 2"):
        changes_since(Session(path).header, SPEC)


def test_what_was_computed_otherwise_or_by_another_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    record(path)
    whole = path.read_text()
    path.write_text(whole.replace('"chosen":"python"', '"chosen":"abacus"'))
    result, _ = replay(path)
    assert result.notes == ("toy is python here and was abacus in the show.",)
    assert result.identical == result.chunks == 12
    path.write_text(
        whole.replace(
            '"reason":"a test","shapes":"","rejected":[]}],"generator":"toy"', '"reason":""}],"generator":"field"'
        )
    )
    result, _ = replay(path)
    assert result.notes == ("From boundary 0 on field played in place of toy; that is not made again.",)
    assert (result.identical, result.chunks, result.first) == (0, 12, None)


class Restoring:
    """A chunk loop that puts caches back where a snapshot is recalled, told to the recorder as it must be told."""

    def __init__(self, show: Show, generator: KeepingGenerator) -> None:
        self._recorder, self._generator = show.recorder, generator
        self.record_start, self.record_restart = show.recorder.record_start, show.recorder.record_restart
        self._kept: dict[int, GeneratorSnapshot] = {}

    def record(self, step: Step) -> None:
        """The loop has reset the caches for the recall; make the chunk once more from those that were kept."""
        slot = step.commit.cuts[-1].snapshot if step.commit.cuts else None
        if slot in self._kept and slot is not None:
            self._generator.restore(self._kept[slot])
            chunk = self._generator.generate(step.request, lambda: False)
            step = replace(step, restored=slot, images=chunk.images)
        self._recorder.record(step)


def test_caches_that_were_put_back_are_put_back_again(tmp_path: Path) -> None:
    generator = KeepingGenerator()
    show = Show(tmp_path / "a.session", generator=generator)
    recorder = Restoring(show, generator)
    show.rooms.recorder = recorder
    show.chunk()
    # A boundary's caches are those before its chunk.
    recorder._kept[2] = generator.snapshot()
    show.chunk(StoreSnapshot(stamp_ns=0, slot=2))
    show.chunk(move(0.1))
    show.chunk(RecallSnapshot(stamp_ns=0, slot=2))
    show.chunk()
    show.chunk(cut("Two"))
    show.end()
    records = [record for record in Session(show.path).records() if isinstance(record, ChunkRecord)]
    assert [record.restored for record in records] == [None, None, None, 2, None, None]
    result, _ = replay(show.path, KeepingGenerator())
    assert (result.first, result.identical) == (None, 6)
    without, _ = replay(show.path, ChainGenerator())
    assert (without.identical, without.first) == (
        4,
        Difference(3, Part.OUTPUT, "what it goes on from could not be made again"),
    )


def test_a_picture_that_cuts_begin_with_is_in_the_session(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session")
    cv2.imwrite(str(tmp_path / "a.png"), np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    picture = read_reference(tmp_path / "a.png")
    (tmp_path / "a.png").unlink()  # as on another machine
    show.chunk()
    show.chunk(UseReference(stamp_ns=0, reference=picture))
    show.chunk(cut("Two"))
    show.chunk(UseReference(stamp_ns=0, reference=None))
    show.end()
    generator = ChainGenerator()
    result, _ = replay(show.path, generator)
    assert (result.first, result.identical) == (None, 4)
    assert [request.reference for request in generator.requests] == [None, picture, picture, None]
