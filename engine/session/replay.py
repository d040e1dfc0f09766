"""Plays a session again: the same scheduler, the same generator, no clock, and a check of every chunk."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from engine.generators.base import (
    ChunkKey,
    ChunkRequest,
    GeneratorSnapshot,
    Snapshotting,
    VideoGenerator,
)
from engine.messages.frame import ControlMap, InputFrame, RgbxImage
from engine.messages.mix import PLAIN, MixTrack
from engine.messages.parameters import ParameterTable
from engine.messages.picture_format import PictureFormat
from engine.messages.prompt import PromptBlend
from engine.messages.scenes import Scene, SceneLibrary
from engine.scheduling.commit_scheduler import Commit, CommitScheduler
from engine.session.errors import SessionError
from engine.session.inputs import InputReader, arrays_of, checksum
from engine.session.making import SessionGenerator
from engine.session.opening import first_difference
from engine.session.reader import Session
from engine.session.records import BeganRecord, ChunkRecord, ControlNote, FrameNote, Header, Outcome, RestartRecord
from engine.session.reframing import reframed, reframed_map
from engine.session.regrouping import Regrouping, Upcoming


class Part(Enum):
    """The part in which a replay differs from the show."""

    COMMIT = "commit"
    FRAME = "input frame"
    CONTROL = "control map"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference from the show; boundary: number of its record, from 0."""

    boundary: int
    part: Part
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """Result of a replay.

    Attributes:
        boundaries: commits compared; chunks: those among them that the show had made.
        identical: chunks whose commit, inputs and pictures are those of the show, bit for bit.
        abandoned: chunks that a cut had ended.
        first: the first difference, or None.
        notes: what makes differences likely, in sentences.
    """

    boundaries: int = 0
    chunks: int = 0
    identical: int = 0
    abandoned: int = 0
    first: Difference | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownChunk:
    """A chunk made again, for whoever shows it.

    Attributes:
        images: as the generator made them; frames, control: what they were made of; mix: how they went out.
    """

    epoch: int
    number: int
    period_ns: int
    images: tuple[RgbxImage, ...]
    frames: tuple[InputFrame, ...] = ()
    control: ControlMap | None = None
    mix: MixTrack = PLAIN


class _DifferenceError(Exception):
    def __init__(self, part: Part, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part
        self.sentence = sentence


class Replay:
    """One run through a session.

    Args:
        generator: warmed up and fresh, made for this session's header; None: only commits are compared. Chunks of
            another length than the show's are regrouped, see engine.session.regrouping, and not compared.
        maker: who made it, and makes it anew where the show changed its format; it may make all in another than the
            show's. None: nobody does.
        inputs: where frames and maps are stored; None: they are not.
        show: takes each chunk that was made again.
        begin: the number of the boundary before which chunks are not made, only decided: the first one, or one with
            fresh caches.
    """

    def __init__(
        self,
        session: Session,
        table: ParameterTable,
        generator: VideoGenerator | None,
        inputs: InputReader | None,
        show: Callable[[ShownChunk], None],
        begin: int = 0,
        maker: SessionGenerator | None = None,
    ) -> None:
        header = session.header
        self._maker = maker
        self._played = header.picture
        self._made_in = maker.format_for(header.picture) if maker is not None else header.picture
        self._session = session
        self._generator = generator
        self._inputs = inputs
        self._show = show
        self._begin_at = begin
        self._scheduler = CommitScheduler(
            table, recorded_scenes(header), header.scene, header.first_epoch, seed=header.seed
        )
        self._values: dict[str, float] = {}
        self._prompt = PromptBlend(())
        self._result = ReplayResult()
        self._playable = True
        self._other_generator = ""
        self._snapshots: dict[int, GeneratorSnapshot | None] = {}
        self._records = Upcoming(session.records())
        regroups = generator is not None and generator.spec.chunk_frames != header.chunk_frames
        self._regrouping = Regrouping(self._frame, self._control) if regroups else None

    @property
    def scene(self) -> Scene:
        """Return the show's scene as of the latest boundary."""
        return self._scheduler.scene

    def run(self, *, until_difference: bool = False) -> ReplayResult:
        """Drive everything to the end of the file, or to the first difference.

        A chunk whose inputs are not stored cannot be made, nor what follows it, up to the next cut.

        Raises:
            SessionError: the file or its inputs are damaged.
            GeneratorError: a chunk could not be made.
        """
        for record in self._records:
            match record:
                case ChunkRecord():
                    self._chunk(record)
                case RestartRecord():
                    self._restart(record)
                case BeganRecord():
                    self._begin(record)
            if until_difference and self._result.first is not None:
                break
        return self._result

    def _begin(self, record: BeganRecord) -> None:
        """Note which generator played from here on, and which backends differ here."""
        name = self._session.header.generator
        self._other_generator = record.generator if record.generator not in ("", name) else ""
        if record.picture is not self._played and not self._other_generator:
            self._change_format(record.picture)
        if self._other_generator:
            boundary = self._result.boundaries
            self._note(
                f"From boundary {boundary} on {self._other_generator} played in place of {name}; "
                "that is not made again."
            )
        elif self._generator is not None:
            here = {choice.component: choice.chosen for choice in self._generator.backends()}
            for choice in record.backends:
                chosen = here.get(choice.component, "nothing of the kind")
                if chosen != choice.chosen:
                    self._note(f"{choice.component} is {chosen} here and was {choice.chosen} in the show.")

    def _change_format(self, picture: PictureFormat) -> None:
        """Go on in the format that the show went on in."""
        self._played = picture
        if self._generator is None or self._maker is None:
            self._made_in = picture
            return
        self._made_in = self._maker.format_for(picture)
        self._generator = self._maker.warmed_up(picture)
        self._snapshots.clear()
        self._begin_pictures()

    def _note(self, sentence: str) -> None:
        if sentence not in self._result.notes:
            self._result = replace(self._result, notes=(*self._result.notes, sentence))

    def _restart(self, record: RestartRecord) -> None:
        cut = self._scheduler.restart(record.reason, record.now_ns)
        self._reset()
        if cut.epoch != record.epoch:
            boundary = self._result.boundaries
            self._differs(boundary, Part.COMMIT, f"the restart opened epoch {cut.epoch}, not {record.epoch}")

    def _chunk(self, record: ChunkRecord) -> None:
        result = self._result
        made = record.outcome is Outcome.MADE
        self._result = replace(
            result,
            boundaries=result.boundaries + 1,
            chunks=result.chunks + made,
            abandoned=result.abandoned + (record.outcome is Outcome.ABANDONED),
        )
        commit = self._scheduler.boundary(
            record.commands,
            record.now_ns,
            record.content_ns,
            record.chunk_ns,
            record.sound,
            record.chunk_frames or self._session.header.chunk_frames,
        )
        self._values.update(record.values)
        if record.prompt is not None:
            self._prompt = record.prompt
        same = self._checked(record.number, lambda: self._compare_commit(record, commit))
        self._carry_caches(record, commit)
        if self._other_generator:
            same = False
        elif self._generator is not None and made and record.number >= self._begin_at:
            same = self._checked(record.number, lambda: self._make(record, commit)) and same
        if made and same:
            self._result = replace(self._result, identical=self._result.identical + 1)

    def _carry_caches(self, record: ChunkRecord, commit: Commit) -> None:
        """Store, reset or restore the caches as the loop did."""
        generator = self._generator
        if generator is None:
            return
        if isinstance(generator, Snapshotting):
            for slot in commit.stored:
                self._snapshots[slot] = generator.snapshot() if self._playable else None
            snapshot = self._snapshots.get(record.restored) if record.restored is not None else None
            if snapshot is not None:
                generator.restore(snapshot)
                self._begin_pictures()
                self._playable = True
                return
        if commit.cuts:
            self._reset()
        if record.restored is not None:
            self._playable = False  # what was put back is of a moment that could not be made again

    def _reset(self) -> None:
        if self._generator is not None:
            self._generator.reset()
        self._begin_pictures()
        self._playable = True

    def _begin_pictures(self) -> None:
        """Go on from other caches."""
        if self._regrouping is not None:
            self._regrouping.begin()

    def _checked(self, boundary: int, check: Callable[[], None]) -> bool:
        try:
            check()
        except _DifferenceError as difference:
            self._differs(boundary, difference.part, difference.sentence)
            return False
        return True

    def _differs(self, boundary: int, part: Part, sentence: str) -> None:
        if self._result.first is None:
            self._result = replace(self._result, first=Difference(boundary, part, sentence))

    def _compare_commit(self, record: ChunkRecord, commit: Commit) -> None:
        for what, found, recorded in (
            ("epoch", commit.epoch, record.epoch),
            ("scene", commit.scene, record.scene),
            ("version", commit.version, record.version),
            ("seed", self._session.header.seed, record.key[0]),
        ):
            if found != recorded:
                raise _DifferenceError(Part.COMMIT, f"its commit has {what} {found}, not {recorded}")
        name = first_difference(commit.values, self._values)
        if name is not None:
            found_value, value = commit.values.get(name), self._values.get(name)
            raise _DifferenceError(Part.COMMIT, f"its commit has {name} at {found_value}, not {value}")
        name = first_difference(commit.moved.tracks, record.tracks)
        if name is not None:
            raise _DifferenceError(Part.COMMIT, f"its commit has {name} modulated otherwise")
        if commit.prompt != self._prompt:
            raise _DifferenceError(Part.COMMIT, f"its commit has the prompt {commit.prompt.parts}")

    def _make(self, record: ChunkRecord, commit: Commit) -> None:
        assert self._generator is not None
        if not self._playable:
            raise _DifferenceError(Part.OUTPUT, "what it goes on from could not be made again")
        if self._regrouping is not None:
            self._show_regrouped(self._regrouping, self._generator, record, commit)
            return
        try:
            frames = tuple(self._frame(note) for note in record.frames)
            control = self._control(record.control) if record.control is not None else None
        except _DifferenceError:
            self._playable = False
            raise
        request = ChunkRequest(
            key=ChunkKey(*record.key),
            frames=frames,
            control=control,
            now_ns=record.begun_ns,
            period_ns=record.period_ns,
            values=commit.end_values,
            prompt=commit.prompt,
            past_bias=commit.past_bias,
            tracks=commit.moved.tracks,
            quality=record.quality,
            reference=commit.reference,
        )
        chunk = self._generator.generate(request, _never)
        shown = ShownChunk(
            record.epoch, record.number, record.period_ns, chunk.images, frames, control, record.mix or PLAIN
        )
        self._show(shown)
        for note, frame in zip(record.frames, frames, strict=True):
            if checksum(frame.image) != note.crc:
                raise _DifferenceError(Part.FRAME, f"its input frame {note.id} is not the one that was used")
        recorded = record.control
        if control is not None and recorded is not None and checksum(*arrays_of(control)) != recorded.crc:
            raise _DifferenceError(Part.CONTROL, f"its control map of frame {recorded.frame_id} is another")
        self._compare_images(record, chunk.images)

    def _show_regrouped(
        self, regrouping: Regrouping, generator: VideoGenerator, record: ChunkRecord, commit: Commit
    ) -> None:
        images = regrouping.pictures(generator, record, commit, self._records)
        shown = ShownChunk(record.epoch, record.number, record.period_ns, images)
        if record.mix is not None:
            frames = tuple(self._frame(note) for note in record.frames)
            control = self._control(record.control) if record.control is not None else None
            shown = replace(shown, frames=frames, control=control, mix=record.mix)
        self._show(shown)

    def _compare_images(self, record: ChunkRecord, images: tuple[RgbxImage, ...]) -> None:
        if None in record.images:
            raise _DifferenceError(Part.OUTPUT, "its pictures were recorded without a checksum")
        if len(images) != len(record.images):
            raise _DifferenceError(Part.OUTPUT, f"it has {len(images)} pictures where {len(record.images)} were shown")
        wrong = [
            position
            for position, (image, crc) in enumerate(zip(images, record.images, strict=True))
            if checksum(image) != crc
        ]
        if wrong:
            raise _DifferenceError(
                Part.OUTPUT, f"its picture {wrong[0] + 1} of {len(images)} differs though its commit and inputs do not"
            )

    def _frame(self, note: FrameNote) -> InputFrame:
        try:
            return reframed(self._stored(note.at).frame(note), self._made_in)
        except SessionError as error:
            raise _DifferenceError(Part.FRAME, f"its input frame {note.id} is missing ({error.what})") from error

    def _control(self, note: ControlNote) -> ControlMap:
        try:
            return reframed_map(self._stored(note.at).control(note), self._made_in, self._played)
        except SessionError as error:
            sentence = f"its control map of frame {note.frame_id} is missing ({error.what})"
            raise _DifferenceError(Part.CONTROL, sentence) from error

    def _stored(self, at: int | None) -> InputReader:
        if self._inputs is None or at is None:
            raise SessionError("it was not stored")
        return self._inputs


def recorded_scenes(header: Header) -> SceneLibrary:
    """Return the scenes as they were when the show began."""
    return SceneLibrary({scene.name: scene for scene in header.scenes})


def _never() -> bool:
    return False
