"""How numbers move between the processes that share a pass: between GPUs through each other's memory, or by NCCL where
that cannot be; between CPUs by gloo over loopback.

A group of its own, not torch's default one: there may be several one after the other in one process, and nothing else
of torch uses it. NCCL's own watchers, which end the process when a collective takes too long, are turned off: whether a
process hangs is found out by `crew`, and the show goes on.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import psutil
import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import FileStore  # what torch.distributed names so

from engine.errors import GeneratorError
from engine.generators.wan.model.share import Share
from engine.generators.wan.model.swap import Crossings, Packed, Swap
from engine.generators.wan.parallel.peers import PeerTransport, open_peers
from engine.generators.wan.parallel.turns import TurnCount

_PATIENCE: Final = timedelta(minutes=10)
"""Of a collective, where nothing else ends it."""

_LOOPBACK: Final = "127.0.0.1"

_SETTINGS: Final = {
    "NCCL_SOCKET_IFNAME": "lo",  # processes of one machine meet there; numbers go over NVLink or PCIe
    "NCCL_NVLS_ENABLE": "0",  # NVLink's multicast: it is not there for every process that sees the GPUs
    "TORCH_NCCL_ASYNC_ERROR_HANDLING": "0",
    "TORCH_NCCL_ENABLE_MONITORING": "0",
    "TORCH_NCCL_DUMP_ON_TIMEOUT": "0",
}


class Group(Protocol):
    """How the processes of one crew reach each other. Used by the thread that runs the passes; `abort` by any.

    Every process makes the same calls in the same order.
    """

    @property
    def name(self) -> str:
        """For people: "NCCL"."""
        ...

    @property
    def rejected(self) -> tuple[tuple[str, str], ...]:
        """Faster ways, and why they are not gone."""
        ...

    @property
    def recordable(self) -> bool:
        """Whether what it does goes into a graph."""
        ...

    def swaps(self, crossings: Crossings) -> Swap:
        """The way of tensors; crossings: through which calls go that stay out of graphs."""
        ...

    def broadcast(self, x: Tensor) -> None:
        """Of rank 0, in place."""
        ...

    def turns(self) -> int | None:
        """Exchanges that this process has come to, from any thread; on GPUs what the device has come to, None where
        it does not say."""
        ...

    def abort(self) -> None:
        """End what is under way and wait no more; numbers mean nothing afterwards."""
        ...


class GroupTransport:
    """Collectives of torch.distributed: calls that go into no graph. See `Group`."""

    recordable: Final = False

    def __init__(self, group: Any, name: str, device: torch.device, rejected: tuple[tuple[str, str], ...] = ()) -> None:
        self._members: Any | None = group
        self._count = TurnCount(device)
        self.name: Final = name
        self.rejected: Final = rejected

    def swaps(self, crossings: Crossings) -> Swap:
        return Packed(self, crossings)

    def all_to_all(
        self, received: Tensor, sent: Tensor, received_sizes: Sequence[int], sent_sizes: Sequence[int]
    ) -> None:
        """See `swap.Transport`. On GPUs the stream waits, not this thread."""
        self._count.add()
        self._group.alltoall_base(received, sent, list(received_sizes), list(sent_sizes)).wait()

    def broadcast(self, x: Tensor) -> None:
        """Of rank 0, in place."""
        self._count.add()
        self._group.broadcast([x], dist.BroadcastOptions()).wait()

    def turns(self) -> int | None:
        """See `Group`."""
        return self._count.read()

    def abort(self) -> None:
        """End what is under way and wait no more; nothing comes through afterwards.

        NCCL's calls end at once. Of gloo's, those of the others do, when the connections close: it cannot end its own.
        """
        group = self._members
        if isinstance(group, dist.ProcessGroupGloo):
            self._members = None
        elif group is not None:
            group.abort()

    @property
    def _group(self) -> Any:
        if self._members is None:
            raise RuntimeError("what the processes do together was broken off")
        return self._members


def memory_of(device: torch.device) -> int:
    """Bytes that this process needed of a device at most; without a GPU, what is resident now."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    resident: int = psutil.Process().memory_info().rss
    return resident


def open_group(meeting: Path, share: Share, device: torch.device) -> Group:
    """Meet the others; all of them have to come.

    Raises:
        GeneratorError: there is no way between the devices.
        RuntimeError: the others did not come.
    """
    store = FileStore(str(meeting), share.size)
    if device.type != "cuda":
        options = dist.ProcessGroupGloo._Options()  # type: ignore[attr-defined]  # noqa: SLF001 - torch's own name for it
        options._devices = [dist.ProcessGroupGloo.create_device(hostname=_LOOPBACK)]  # noqa: SLF001
        options._timeout = _PATIENCE  # noqa: SLF001
        options._threads = 1  # noqa: SLF001
        gloo = dist.ProcessGroupGloo(store, share.rank, share.size, options)
        return GroupTransport(gloo, "gloo over loopback", device)
    if str(device) == "cuda":  # without a number
        device = torch.device("cuda", torch.cuda.current_device())
    found = open_peers(store, share, device)
    if isinstance(found, PeerTransport):
        return found
    store.set_timeout(_PATIENCE)
    if not dist.is_nccl_available():
        raise GeneratorError("This build of torch has no NCCL to join GPUs by", remedy="Play with --gpus 1.")
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    nccl = dist.ProcessGroupNCCL.Options()
    nccl._timeout = _PATIENCE  # noqa: SLF001
    group = dist.ProcessGroupNCCL(store, share.rank, share.size, nccl)
    group.eager_connect_single_device(device)
    return GroupTransport(group, "NCCL", device, ((PeerTransport.name, found),))
