"""Processes that write into each other's GPU memory: an exchange is a few kernels, and goes into a graph as any other.

A collective of NCCL is a call of its own, between two graphs; these need no call, so a pass is one graph from its first
product to its last. What is waited for is a flag in memory, with a word beside it by which the host ends the waiting:
whoever is left alone goes on with numbers that mean nothing, and is told so by `crew`.

Whether it works is agreed on before it is used: every process says what it can, and all cross once for a trial.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor

from engine.clock import NS_PER_SECOND, Clock, SystemClock
from engine.errors import GeneratorError
from engine.generators.kernel_errors import first_error_line, kernel_errors
from engine.generators.wan.model.share import Share
from engine.generators.wan.parallel.device_memory import clear, lent_region, opened_region

REGION_BYTES: Final = 192 * 2**20
"""Of slots in each process: two turns of a slot for each. With two processes a slot takes 48 MiB at once; queries, keys
and values of half a 14B's block are 17 MiB."""

_FLAG_BYTES: Final = 8
_WORD_BYTES: Final = 4
_TILE: Final = 4096
"""Words that one program copies: 16 KiB."""

_TRIAL_NS: Final = 30 * NS_PER_SECOND
"""The first call of a kernel compiles it, in each process at its own time."""

_LOOK_S: Final = 0.002


class PeerTransport:
    """Exchanges of one group. Used by the thread that runs the passes; `abort` by any.

    Every process makes the same calls in the same order.

    On a CPU its kernels are interpreted: for tests of what they do.

    Args:
        regions: int64 [2 · size] on the device: addresses of the regions by rank, then of their flags.
    """

    name: Final = "each other's memory"
    recordable: Final = True
    rejected: Final[tuple[tuple[str, str], ...]] = ()

    def __init__(self, share: Share, regions: Tensor, slot_words: int) -> None:
        from engine.generators.wan.kernels import triton_crossing as kernels  # Triton is not everywhere

        self._kernels: Final[Any] = kernels
        self._share = share
        self._regions = regions
        self._slot_words = slot_words
        with torch.inference_mode(False):  # written to in either mode
            self._turns = torch.zeros(1, dtype=torch.int64, device=regions.device)
            self._stop = torch.zeros(1, dtype=torch.int32, pin_memory=regions.is_cuda)

    def all_to_all(
        self,
        received: Tensor,
        sent: Tensor,
        received_sizes: Sequence[int],
        sent_sizes: Sequence[int],
        largest: int,
    ) -> None:
        """See `exchange.Transport`."""
        rank = self._share.rank
        incoming, outgoing = _parts(received, received_sizes), _parts(sent, sent_sizes)
        if outgoing[rank].numel():
            incoming[rank].copy_(outgoing[rank])
        for piece in self._pieces(largest * sent.element_size()):
            self._cross([part[piece] for part in outgoing], [part[piece] for part in incoming])

    def broadcast(self, x: Tensor) -> None:
        """Of rank 0, in place."""
        words, size = _words(x.view(-1)), self._share.size
        nothing = words[:0]
        for piece in self._pieces(x.numel() * x.element_size()):
            if self._share.rank == 0:
                self._cross([words[piece]] * size, [nothing] * size)
            else:
                self._cross([nothing] * size, [words[piece], *[nothing] * (size - 1)])

    def abort(self) -> None:
        """Wait for nobody any more; numbers mean nothing afterwards."""
        self._stop.fill_(1)

    def _pieces(self, size: int) -> list[slice]:
        """Of so many bytes, what goes through a slot at once, in words."""
        step = self._slot_words
        return [slice(start, start + step) for start in range(0, -(-size // _WORD_BYTES), step)]

    def _cross(self, outgoing: Sequence[Tensor], incoming: Sequence[Tensor]) -> None:
        """Give every other process a part, and take one of each; by rank, in words."""
        share, kernels = self._share, self._kernels
        others = [(share.rank + step) % share.size for step in range(1, share.size)]  # not all to the same at once
        for other in others:
            self._copy(kernels.push, outgoing[other], other)
        kernels.meet[(1,)](self._regions, self._turns, self._stop, share.rank, SIZE=share.size, num_warps=1)
        for other in others:
            self._copy(kernels.take, incoming[other], other)

    def _copy(self, kernel: Any, part: Tensor, other: int) -> None:
        count, share = part.numel(), self._share
        if count:
            kernel[(-(-count // _TILE),)](
                self._regions,
                self._turns,
                part,
                count,
                other,
                share.rank,
                SIZE=share.size,
                WORDS=self._slot_words,
                TILE=_TILE,
                num_warps=8,
            )


def open_peers(store: Any, share: Share, device: torch.device) -> PeerTransport | str:
    """Meet the others, each of which calls this; the way between them, or why there is none: the same for all.

    Args:
        store: of torch.distributed, through which processes tell each other what they have.
        device: of this process, with its number.
    """
    agreement = _Agreement(store, share)
    number = device.index
    slot_words = REGION_BYTES // (2 * share.size * _WORD_BYTES) // 4 * 4
    flags_at = 2 * share.size * slot_words * _WORD_BYTES

    def lend() -> str:
        torch.cuda.synchronize(device)  # nobody of a crew before writes here any more
        region = lent_region(number, flags_at + share.size * _FLAG_BYTES)
        clear(number, region)
        return f"{number} {region.address} {region.handle.hex()}"

    def opened(rank: int, told: str) -> int:
        there, address, handle = told.split()
        if rank == share.rank:
            return int(address)
        if not torch.cuda.can_device_access_peer(device, int(there)):
            raise GeneratorError(f"GPU {number} cannot reach the memory of GPU {there}")
        return opened_region(number, bytes.fromhex(handle))

    def reach() -> PeerTransport:
        addresses = [opened(rank, one) for rank, one in enumerate(told)]
        addresses += [address + flags_at for address in addresses]
        return PeerTransport(share, torch.tensor(addresses, dtype=torch.int64, device=device), slot_words)

    told, why = agreement.on("region", lend)
    if why:
        return why
    found: list[PeerTransport] = []
    _, why = agreement.on("reach", lambda: found.append(reach()) or "")
    if why:
        return why
    _, why = agreement.on("trial", lambda: _tried(found[0], share, device))
    return why or found[0]


class _Agreement:
    """What all processes have said, step by step."""

    def __init__(self, store: Any, share: Share) -> None:
        self._store = store
        self._share = share

    def on(self, step: str, act: Callable[[], str]) -> tuple[list[str], str]:
        """Do something here as in all others: what it came to in each, by rank, and why it did not in one of them."""
        try:
            mine = f"+{act()}"
        except (GeneratorError, ImportError, RuntimeError, *kernel_errors()) as error:
            mine = f"-{error if isinstance(error, GeneratorError) else first_error_line(error)}"
        self._store.set(f"peers {step} {self._share.rank}", mine)
        said = [self._store.get(f"peers {step} {rank}").decode("utf-8") for rank in range(self._share.size)]
        return [one[1:] for one in said], next((one[1:] for one in said if one.startswith("-")), "")


def _tried(transport: PeerTransport, share: Share, device: torch.device, clock: Clock | None = None) -> str:
    """Cross as passes do, twice through each set of slots.

    Raises:
        GeneratorError: numbers came wrong, or nobody answered.
    """
    clock = clock or SystemClock()
    sizes = [64 * (1 + rank) for rank in range(share.size)]
    wrong = torch.zeros((), dtype=torch.int64, device=device)
    for turn in range(4):
        parts = [torch.full((size,), _mark(share.rank, turn), device=device) for size in sizes]
        received = torch.zeros(share.size * sizes[share.rank], device=device)
        transport.all_to_all(received, torch.cat(parts), [sizes[share.rank]] * share.size, sizes, max(sizes))
        for rank, part in enumerate(received.chunk(share.size)):
            wrong += (part != _mark(rank, turn)).sum()
        given = torch.full((96,), float(turn) if share.rank == 0 else -1.0, device=device)
        transport.broadcast(given)
        wrong += (given != turn).sum()
    done = torch.cuda.Event()  # type: ignore[no-untyped-call]
    done.record()  # type: ignore[no-untyped-call]
    look, until_ns = threading.Event(), clock.now_ns() + _TRIAL_NS
    while not done.query():  # type: ignore[no-untyped-call]
        if clock.now_ns() > until_ns:
            transport.abort()
            torch.cuda.synchronize(device)
            raise GeneratorError(f"nobody answered within {_TRIAL_NS // NS_PER_SECOND} s")
        look.wait(_LOOK_S)
    if count := int(wrong.item()):
        raise GeneratorError(f"{count} numbers came wrong")
    return ""


def _mark(rank: int, turn: int) -> float:
    return float(1 + rank + 16 * turn)


def _words(x: Tensor) -> Tensor:
    """A flat tensor as words of 32 bits."""
    return x.view(torch.int32)


def _parts(x: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """A flat tensor's parts, as words."""
    return [_words(part) for part in torch.split(x, list(sizes))]
