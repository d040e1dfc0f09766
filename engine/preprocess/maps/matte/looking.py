"""How the model looks at a picture: whole or at the part where the person is; at once or on a thread of its own."""

import threading
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np

from engine.clock import NS_PER_MS
from engine.errors import DepthError
from engine.mailbox import Latest
from engine.messages.frame import RgbImage
from engine.preprocess.maps.matte.model import Matte, PersonModel

GROWN: Final = 1.25
"""What is looked at, in edges of the box around the person. The model was made for people that fill the picture:
on the stage its overlap with the true silhouette is 0.71 of the whole picture, 0.81 of a box so large, 0.75 of 1.8."""

LEAST_SHARE: Final = 0.003
"""Of the picture's pixels; a smaller person is none."""

WAIT_NS: Final = 500 * NS_PER_MS

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What is to be looked at.

    Attributes:
        image: the frame; shape: height and width of the matte that is wanted.
        box: in pixels of that matte; None: the whole picture.
        number: tells its answer from others.
    """

    image: RgbImage
    shape: tuple[int, int]
    box: Box | None
    number: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer to a glance: a matte of its shape, 0 outside its box."""

    glance: Glance
    matte: Matte


class Eye(Protocol):
    """Answers glances, one at a time. Asked by one thread."""

    def ask(self, glance: Glance) -> None:
        """Begin to look."""
        ...

    def answer(self) -> Seen | None:
        """Return the newest answer, once; None while there is none.

        Raises:
            DepthError: the model cannot be read or run here.
        """
        ...

    def close(self) -> None:
        """End whatever it keeps running; it begins anew when it is asked again."""
        ...


def box_around(matte: Matte) -> Box | None:
    """Return the square around a matte's person, grown, within the matte; None without one."""
    person = matte > 0.5
    if float(person.mean()) < LEAST_SHARE:
        return None
    columns, rows = (np.flatnonzero(person.any(axis=axis)) for axis in (0, 1))
    left, right, top, bottom = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
    half = GROWN * max(right - left, bottom - top) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    height, width = matte.shape
    return max(int(x - half), 0), max(int(y - half), 0), min(int(x + half), width), min(int(y + half), height)


def looked(model: PersonModel, glance: Glance) -> Matte:
    """Return what the model sees.

    Raises:
        DepthError: it cannot be read or run here.
    """
    height, width = glance.shape
    if glance.box is None:
        return np.asarray(cv2.resize(model.segment(glance.image), (width, height), interpolation=cv2.INTER_AREA))
    left, top, right, bottom = glance.box
    (full_height, full_width), found = glance.image.shape[:2], np.zeros(glance.shape, np.float32)
    rows = slice(top * full_height // height, bottom * full_height // height)
    columns = slice(left * full_width // width, right * full_width // width)
    part = model.segment(np.ascontiguousarray(glance.image[rows, columns]))
    way = cv2.INTER_AREA if right - left < part.shape[1] else cv2.INTER_LINEAR
    found[top:bottom, left:right] = cv2.resize(part, (right - left, bottom - top), interpolation=way)
    return found


class EyeHere:
    """Looks at once, on the thread that asks."""

    def __init__(self) -> None:
        self._model = PersonModel()
        self._seen: Seen | None = None

    def ask(self, glance: Glance) -> None:
        self._seen = Seen(glance, looked(self._model, glance))

    def answer(self) -> Seen | None:
        seen, self._seen = self._seen, None
        return seen

    def close(self) -> None:
        """Do nothing: nothing is kept running."""


class EyeAside:
    """Looks on a thread of its own, so that who asks goes on; the model computes without the interpreter's lock."""

    def __init__(self) -> None:
        self._asked: Latest[Glance | None] = Latest()  # None only wakes the thread
        self._seen: Latest[Seen | DepthError] = Latest()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def ask(self, glance: Glance) -> None:
        self._asked.put(glance)
        if self._thread is None:
            self._ended = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._ended,), name="hardcut-matte", daemon=True)
            self._thread.start()

    def answer(self) -> Seen | None:
        seen = self._seen.take()
        if isinstance(seen, DepthError):
            raise seen
        return seen

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._asked.put(None)
            thread.join()

    def _run(self, ended: threading.Event) -> None:
        model = PersonModel()
        while not ended.is_set():
            glance = self._asked.take(WAIT_NS)
            if glance is None or ended.is_set():
                continue
            try:
                self._seen.put(Seen(glance, looked(model, glance)))
            except DepthError as error:
                self._seen.put(error)
            except BaseException as error:  # noqa: BLE001 - the top of a thread: who asks tells it
                self._seen.put(DepthError(f"The person's matte failed: {error!r}"))
