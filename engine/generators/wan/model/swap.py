"""How tensors change places between processes: each gives every process some of them, and takes such of each.

Either straight from where they lie to where they go, by kernels that a graph takes as any other; or packed into one
flat tensor, sent by a call of a library, and unpacked. What lies between two such calls can be recorded as a graph;
the calls themselves stay out of it (see `Crossings`).
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from engine.generators.wan.model.share import Share

Crossing = Callable[[], None]

Parts = Sequence[Sequence[Tensor]]
"""By rank, tensors [frames, tokens, numbers] whose numbers lie side by side; those for one rank are of one shape."""


class Swap(Protocol):
    """Moves tensors between processes, in the order of the calls, the same on each."""

    def swap(self, outgoing: Parts, incoming: Parts, largest: int) -> None:
        """Give each process its tensors, and write those that come of each to where they belong.

        Args:
            outgoing: as many tensors as the other takes, of the same shapes; incoming: where they go here.
            largest: numbers of the largest tensor that any process gives any: the same for all.
        """
        ...


class Transport(Protocol):
    """Moves flat tensors between processes, in the order of the calls, the same on each."""

    def all_to_all(
        self, received: Tensor, sent: Tensor, received_sizes: Sequence[int], sent_sizes: Sequence[int]
    ) -> None:
        """Send each process its part of a flat tensor, and put what each has sent one behind the other."""
        ...


class Mirror:
    """Takes the others to be like this process: shapes and launches are those of a show, and nothing leaves.

    For probes, which every process makes at its own time. Numbers mean nothing, but are the same every time.
    """

    def __init__(self, share: Share) -> None:
        self._rank = share.rank

    def all_to_all(
        self,
        received: Tensor,
        sent: Tensor,
        received_sizes: Sequence[int],  # noqa: ARG002 - the interface's
        sent_sizes: Sequence[int],
    ) -> None:
        start = sum(sent_sizes[: self._rank])
        own = sent[start : start + sent_sizes[self._rank]]
        if received.numel():
            received.copy_(own.repeat(-(-received.numel() // own.numel()))[: received.numel()])


class Crossings:
    """Where a pass leaves this process by calls that no graph takes. Who records passes may take them over, to leave
    them out of a graph."""

    def __init__(self) -> None:
        self._taken_by: Callable[[Crossing], None] | None = None

    def take(self, by: Callable[[Crossing], None] | None) -> None:
        """Leave crossings to somebody else; None: they are done here again."""
        self._taken_by = by

    def cross(self, crossing: Crossing) -> None:
        """Do it, or leave it to who has taken crossings over."""
        if self._taken_by is None:
            crossing()
        else:
            self._taken_by(crossing)


class Packed:
    """A swap by a transport of flat tensors, which lie at fixed addresses."""

    def __init__(self, transport: Transport, crossings: Crossings) -> None:
        self._transport = transport
        self._crossings = crossings
        self._buffers: dict[tuple[str, int, torch.dtype], Tensor] = {}

    def swap(self, outgoing: Parts, incoming: Parts, largest: int) -> None:  # noqa: ARG002 - the interface's
        """See `Swap`."""
        sent_sizes, received_sizes = _sizes(outgoing), _sizes(incoming)
        like = next(part for one in (*outgoing, *incoming) for part in one)
        sent, received = (self._flat(*of, like) for of in (("sent", sum(sent_sizes)), ("taken", sum(received_sizes))))
        for part, place in zip(_flattened(outgoing), _places(sent, outgoing), strict=True):
            place.view(part.shape).copy_(part)
        transport = self._transport
        self._crossings.cross(lambda: transport.all_to_all(received, sent, received_sizes, sent_sizes))
        for target, place in zip(_flattened(incoming), _places(received, incoming), strict=True):
            target.copy_(place.view(target.shape))

    def _flat(self, name: str, size: int, like: Tensor) -> Tensor:
        """A buffer of so many numbers, always the same one."""
        key = name, size, like.dtype
        if key not in self._buffers:
            with torch.inference_mode(False):  # written to in either mode
                self._buffers[key] = torch.zeros(size, device=like.device, dtype=like.dtype)
        return self._buffers[key]


def _sizes(parts: Parts) -> list[int]:
    return [sum(part.numel() for part in one) for one in parts]


def _flattened(parts: Parts) -> list[Tensor]:
    return [part for one in parts for part in one]


def _places(flat: Tensor, parts: Parts) -> Sequence[Tensor]:
    """Where each of the parts lies in a flat tensor of all."""
    return torch.split(flat, [part.numel() for part in _flattened(parts)])
