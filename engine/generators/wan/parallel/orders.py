"""What the leading process tells the others, and what they answer, as frozen messages on standard streams.

Written with pickle: both ends are this program, and the stream is a pipe between parent and child.
"""

import pickle
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import torch

from engine.generators.wan.cards import ModelCard
from engine.generators.wan.model.share import Share
from engine.generators.wan.recipes import Recipe
from engine.messages.events import BackendChoice

_LENGTH: Final = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Build:
    """Load the transformer and make it fast. The only order that may take minutes; see `Built`.

    Attributes:
        device: as torch writes it; threads: of a CPU.
    """

    card: ModelCard
    folder: Path
    device: str
    dtype: torch.dtype
    share: Share
    threads: int


@dataclass(frozen=True, slots=True)
class Regroup:
    """Go on in another crew with the weights that are there; what belongs to the one before is over. See `Returned`.

    Attributes:
        call: how often this process has been told so.
        card: of the same weights.
    """

    call: int
    card: ModelCard
    share: Share


@dataclass(frozen=True, slots=True)
class Meet:
    """Open the group of processes, by a file that all of them can reach."""

    meeting: Path


@dataclass(frozen=True, slots=True)
class Prove:
    """Make the passes of a probe, with the others."""

    replayed: bool


@dataclass(frozen=True, slots=True)
class Open:
    """Make the window and the passes of a video.

    Attributes:
        replayed: its passes from graphs, else launched one by one.
    """

    video: int
    recipe: Recipe
    replayed: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Record the graphs of all videos, shape by shape."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Take up a prompt; its embeddings follow from rank 0."""

    video: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Make one pass over a video's block; latents, times and scalars follow from rank 0.

    Attributes:
        shape: of the latents, [B, 16, F, h, w].
        control: whether the depth branch takes part; new_control: its tokens follow, else they are the last ones.
        unbiased: keys that the bias on the past leaves alone; None: there is no bias.
        velocity: else only the block's keys and values.
        scales: of the live LoRAs.
    """

    video: int
    shape: tuple[int, ...]
    control: bool
    new_control: bool
    unbiased: int | None
    velocity: bool
    scales: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """Make the block the newest of the past."""

    video: int


@dataclass(frozen=True, slots=True)
class Revisit:
    """Put a block of the past at hand again; see `KVCache.revisit`."""

    video: int
    index: int


@dataclass(frozen=True, slots=True)
class Replace:
    """Take up what was made of the block that was revisited."""

    video: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget the past."""

    video: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep a copy of the past under a number."""

    video: int
    number: int


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Go on from a copy that is kept."""

    video: int
    number: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Let copies go."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cross:
    """Exchange as a block does, so many times, and compute nothing: to measure what it costs.

    Attributes:
        frames: latent frames of a block.
    """

    frames: int
    times: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Tell how much memory was needed at most; see `Measured`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Tell at once how far it has come, whatever is under way; see `Stands`. No `Done` follows."""

    number: int


Order = (
    Build
    | Regroup
    | Meet
    | Prove
    | Open
    | Record
    | Speak
    | Pass
    | Commit
    | Revisit
    | Replace
    | Reset
    | Keep
    | TakeUp
    | Drop
    | Cross
    | Measure
    | Ask
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Of an order that takes long, 0..1."""

    share: float


@dataclass(frozen=True, slots=True)
class Built:
    """How the transformer computes there.

    Attributes:
        replays: whether it can replay passes from graphs.
    """

    choices: tuple[BackendChoice, ...]
    replays: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes: of the GPU, or where there is none, resident."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Done:
    """The oldest order that was not answered is done."""


@dataclass(frozen=True, slots=True)
class Returned:
    """All that was answered before was of another crew.

    Attributes:
        call: of the `Regroup` that it has come round to.
    """

    call: int


@dataclass(frozen=True, slots=True)
class Broken:
    """What the processes did together was broken off; it waits to go on in another crew.

    Attributes:
        text: what torch said.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Stands:
    """How far it has come.

    Attributes:
        number: of the question.
        turns: see `Group.turns`; 0 where it has met nobody.
    """

    number: int
    turns: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot go on, and ends.

    Attributes:
        text: why, in a sentence or what torch said; no_room: for want of memory.
    """

    text: str
    no_room: bool = False


Answer = Progress | Built | Measured | Done | Returned | Broken | Stands | Failed


def write(stream: IO[bytes], message: Order | Answer) -> None:
    """Write a message whole.

    Raises:
        OSError, ValueError: nobody reads any more.
    """
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_order(stream: IO[bytes]) -> Order | None:
    """The next order; None at the end of the stream.

    Raises:
        ValueError: what comes is no order.
    """
    message = _read(stream)
    if message is None or isinstance(message, Order):
        return message
    raise ValueError(f"{type(message).__name__} is no order")


def read_answer(stream: IO[bytes]) -> Answer | None:
    """The same of an answer."""
    message = _read(stream)
    if message is None or isinstance(message, Answer):
        return message
    raise ValueError(f"{type(message).__name__} is no answer")


def _read(stream: IO[bytes]) -> object | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        return None
    try:
        message: object = pickle.loads(data)
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, IndexError) as error:
        raise ValueError(f"no message: {error}") from error
    return message
