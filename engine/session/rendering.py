"""Render a session as a film at a constant rate: every picture is seen for as long as it was meant to be.

A film that was broken off plays, and goes on: what lies in it is kept, and the show is made again from the last cut
before its end. Beside an unfinished film lies a note that says what it is; it goes when the film is finished.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
from av.error import FFmpegError

from engine.clock import NS_PER_SECOND
from engine.documents import read_json
from engine.files import FileKind, save_file
from engine.messages.frame import RgbxImage
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat
from engine.output.canvas import Canvas
from engine.output.encoders import SLOW
from engine.output.film import Film, packed_frame
from engine.output.interpolation.flow import FlowEstimator
from engine.output.interpolation.synthesis import MotionSynthesis, blend
from engine.output.naming import film_format
from engine.output.settings import VideoFormat
from engine.session.errors import SessionError
from engine.session.film_plan import PlannedChunk
from engine.session.records import Header
from engine.session.replay import ShownChunk

NOTE_SUFFIX: Final = ".unfinished"
KEPT_SUFFIX: Final = ".kept"
"""Behind the film's name: the note, and the part that was there while it is copied."""

_NOTE: Final = FileKind("note of the unfinished film", SessionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOrder:
    """What is to be rendered, and how.

    Attributes:
        path: of the film.
        video: size, fit and rate; its layout of pixels is not used.
        generator: by name: the show's, or another that takes its parameters.
        interpolation: what is shown between two pictures where the rate is higher than the show's.
        picture: the format that everything is made in; None: that of the show.
    """

    path: Path
    video: VideoFormat
    generator: str
    interpolation: Interpolation = Interpolation.OFF
    picture: PictureFormat | None = None

    def identity(self, header: Header) -> Mapping[str, str]:
        """Return what an unfinished film must agree in to go on."""
        video = self.video
        show = hashlib.sha256(f"{header.began} {header.began_ns} {header.generator} {header.seed}".encode())
        made_in = {"format": self.picture.value} if self.picture is not None else {}
        return made_in | {
            "show": show.hexdigest(),
            "canvas": f"{video.width}x{video.height}",
            "fit": video.fit.value,
            "fps": str(video.rate),
            "generator": self.generator,
            "interpolation": self.interpolation.value,
        }


class FilmSink:
    """Takes a replay's chunks and writes the film.

    Args:
        plan: the whole session; see engine.session.film_plan.

    Attributes:
        done: pictures of the film that are there already: the replay may begin at the last cut before them.

    Raises:
        SessionError: there is another film of that name, or it cannot be written.
    """

    def __init__(self, order: RenderOrder, header: Header, plan: tuple[PlannedChunk, ...]) -> None:
        film_format(order.path)
        self._order = order
        self._starts = {chunk.number: chunk for chunk in plan}
        self._note = order.path.with_name(order.path.name + NOTE_SUFFIX)
        self._kept = order.path.with_name(order.path.name + KEPT_SUFFIX)
        identity = order.identity(header)
        self._claim(identity)
        save_file(self._note, json.dumps(identity), _NOTE)
        self._film, self.done = self._begin()
        self._next = self.done
        self._use_canvas(header.picture.shape)
        self._between = _Between(order.interpolation)
        self._last: tuple[int, int, int, RgbxImage] | None = None
        self._complete = False

    @property
    def done_ns(self) -> int:
        """Return how long the film is that lies there already."""
        return self._time_of(self.done)

    def show(self, chunk: ShownChunk) -> None:
        """Append a chunk; its pictures replace the planned ones, however many there are.

        Raises:
            SessionError: it cannot be written; what lies on the disk plays.
        """
        planned = self._starts[chunk.number]
        length_ns = planned.end_ns - planned.start_ns
        try:
            for place, image in enumerate(chunk.images):
                start_ns = planned.start_ns + length_ns * place // len(chunk.images)
                self._until(start_ns, chunk.epoch, image)
                end_ns = planned.start_ns + length_ns * (place + 1) // len(chunk.images)
                self._last = (start_ns, end_ns, chunk.epoch, image)
        except (OSError, FFmpegError) as error:
            raise SessionError(f"The film cannot be written: {error}", where=str(self._order.path)) from error

    def finish(self) -> None:
        """Note that the show is over: the last picture is seen to its end, and the film is whole."""
        if self._last is not None:
            self._until(self._last[1], -1, self._last[3])
        self._complete = True

    def close(self) -> None:
        """Write what the encoder still holds; what is unfinished goes on when it is rendered again."""
        try:
            self._film.close()
        except (OSError, FFmpegError) as error:
            raise SessionError(f"The film cannot be written: {error}", where=str(self._order.path)) from error
        if self._complete:
            self._note.unlink(missing_ok=True)

    def _until(self, end_ns: int, epoch: int, following: RgbxImage) -> None:
        """Write the pictures due before an instant, at which another one follows."""
        if self._last is None:
            return
        start_ns, _, before, image = self._last
        while (due_ns := self._time_of(self._next)) < end_ns:
            if due_ns >= start_ns:
                share = (due_ns - start_ns) / max(end_ns - start_ns, 1) if epoch == before else 0.0
                picture = self._between.picture(image, following, share)
                if picture.shape[:2] != self._canvas.shape:
                    self._use_canvas((picture.shape[0], picture.shape[1]))
                self._canvas.draw(picture, 1.0, self._buffer)
                self._film.add(packed_frame(self._buffer), due_ns)
            self._next += 1

    def _use_canvas(self, shape: tuple[int, int]) -> None:
        """Draw pictures of this shape from now on."""
        self._canvas = Canvas(self._order.video, shape)
        self._buffer = self._canvas.black()

    def _time_of(self, number: int) -> int:
        return round(number * NS_PER_SECOND / self._order.video.rate)

    def _claim(self, identity: Mapping[str, str]) -> None:
        """Make sure that a film of that name is this one, unfinished."""
        path = self._order.path
        if not path.exists() and not self._kept.exists():
            return
        if not self._note.exists():
            raise SessionError("There is a film of that name already", where=str(path), remedy="Name a new file.")
        found = read_json(self._note, _NOTE)
        other = [key for key, value in identity.items() if not isinstance(found, dict) or found.get(key) != value]
        if other:
            raise SessionError(
                f"An unfinished film of that name was begun with another {', '.join(other)}",
                where=str(path),
                remedy="Name a new file, or delete it.",
            )

    def _begin(self) -> tuple[Film, int]:
        """Open the film; return it and how many pictures of an unfinished one it has taken over."""
        order = self._order
        kept = self._longest()
        if kept is not None and kept != self._kept:
            kept.replace(self._kept)
        order.path.unlink(missing_ok=True)
        film = Film(order.path, order.video.width, order.video.height, order.video.rate, SLOW)
        done = film.take_over(self._kept) if kept is not None else 0
        self._kept.unlink(missing_ok=True)
        return film, done

    def _longest(self) -> Path | None:
        """Return the longer of the unfinished film and of what was kept of it when it was copied last."""
        lengths = {path: _pictures(path) for path in (self._kept, self._order.path)}
        best = max(lengths, key=lambda path: lengths[path])
        return best if lengths[best] else None


class _Between:
    """Pictures between two of the generator's. It keeps the motion of the pair that it was asked for last."""

    def __init__(self, mode: Interpolation) -> None:
        self._mode = mode
        self._flow = FlowEstimator() if mode is Interpolation.MOTION else None
        self._synthesis = MotionSynthesis() if mode is Interpolation.MOTION else None
        self._pair: tuple[RgbxImage, RgbxImage] | None = None

    def picture(self, first: RgbxImage, second: RgbxImage, share: float) -> RgbxImage:
        """Return the picture at a share of the way, 0..1."""
        if share <= 0.0 or self._mode is Interpolation.OFF:
            return first
        if self._flow is None or self._synthesis is None:
            return blend(first, second, share)
        if self._pair is None or self._pair[0] is not first or self._pair[1] is not second:
            self._pair = (first, second)
            self._motion = self._flow.between(self._flow.gray(first), self._flow.gray(second))
        return self._synthesis.picture(first, second, self._motion, share)


def _pictures(path: Path) -> int:
    """Count the pictures of a film, as far as it is whole; 0 where there is none."""
    count = 0
    with contextlib.suppress(OSError, FFmpegError), av.open(str(path)) as film:
        for packet in film.demux(video=0):
            count += packet.size > 0
    return count
