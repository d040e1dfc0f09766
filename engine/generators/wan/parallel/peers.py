"""Processes that write into each other's GPU memory: an exchange is a few kernels, and goes into a graph as any other.

A collective of NCCL is a call of its own, between two graphs; these need no call, so a pass is one graph from its first
product to its last. What is waited for is a flag in memory, with a word beside it by which the host ends the waiting:
whoever is left alone goes on with numbers that mean nothing, and is told so by `crew`.

Whether it works is agreed on before it is used: every process says what it can, and all cross once for a trial.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

import torch
from torch import Tensor

from engine.clock import NS_PER_SECOND, Clock, SystemClock
from engine.errors import GeneratorError
from engine.generators.graph_capture import stream_ahead
from engine.generators.kernel_errors import first_error_line, kernel_errors
from engine.generators.ranks import MOST
from engine.generators.wan.model.share import Share
from engine.generators.wan.model.swap import Crossings, Parts, Swap
from engine.generators.wan.parallel.device_memory import (
    clear,
    close_others,
    has_atomics,
    lent_region,
    opened_region,
)
from engine.generators.wan.parallel.turns import TurnCount, done_within

REGION_BYTES: Final = 192 * 2**20
"""Of slots in each process: two turns of a slot for each. With two processes a slot takes 48 MiB at once; queries, keys
and values of half a 14B's block are 17 MiB."""

_FLAG_BYTES: Final = 8
_WORD_BYTES: Final = 4
_TOGETHER: Final = 3
"""Tensors that one launch moves: queries, keys, values."""

_TILE: Final = 4096
"""Words that one program copies: 16 KiB."""

_TRIAL_NS: Final = 30 * NS_PER_SECOND
"""The first call of a kernel compiles it, in each process at its own time."""

_LOOK: Final = timedelta(milliseconds=250)
_LOOKS: Final = 240
"""How often one looks for what another has found out, a minute in all: longer than the trial, and compiling before."""

_stops: Final[list[Tensor]] = []
"""A word of each crew that this process was ever in, by which its waiting is ended: kernels that are still queued read
it after the crew has gone."""


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
        self._count = TurnCount(regions.device)
        self._turns = self._count.number  # the kernels count
        self._aside: torch.cuda.Stream | None = None
        if regions.is_cuda:
            self._aside = stream_ahead(regions.device)
        with torch.inference_mode(False):  # written to in either mode
            self._stop = torch.zeros(1, dtype=torch.int32, pin_memory=regions.is_cuda)
        _stops.append(self._stop)

    def swaps(self, crossings: Crossings) -> Swap:  # noqa: ARG002 - nothing stays out of a graph
        return self

    def swap(self, outgoing: Parts, incoming: Parts, largest: int) -> None:
        """See `swap.Swap`. What stays here is copied while the rest is on its way."""
        rank, aside = self._share.rank, self._aside
        if aside is not None:
            aside.wait_stream(torch.cuda.current_stream(aside.device))
        with torch.cuda.stream(aside):
            for target, part in zip(incoming[rank], outgoing[rank], strict=True):
                target.copy_(part)
        self._exchange(outgoing, incoming, largest)
        if aside is not None:
            torch.cuda.current_stream(aside.device).wait_stream(aside)

    def _exchange(self, outgoing: Parts, incoming: Parts, largest: int) -> None:
        most = max(len(one) for one in (*outgoing, *incoming))
        for first in range(0, most, _TOGETHER):
            given, taken = ([_words(one[first : first + _TOGETHER]) for one in parts] for parts in (outgoing, incoming))
            size = largest * outgoing[0][0].element_size() // _WORD_BYTES
            for start, step in self._pieces(size, min(most - first, _TOGETHER)):
                self._cross(given, taken, start, step)

    def broadcast(self, x: Tensor) -> None:
        """Of rank 0, in place."""
        (words,), nothing = _words([x.view(1, 1, -1)]), list[Tensor]()
        leads = self._share.rank == 0
        given = [[words] if leads else nothing] * self._share.size
        taken = [nothing if leads or rank else [words] for rank in range(self._share.size)]
        for start, step in self._pieces(words.numel(), 1):
            self._cross(given, taken, start, step)

    def turns(self) -> int | None:
        """See `Group`."""
        return self._count.read()

    def abort(self) -> None:
        """Wait for nobody any more; numbers mean nothing afterwards, and are given to nobody."""
        self._stop.fill_(1)

    def _pieces(self, words: int, tensors: int) -> list[tuple[int, int]]:
        """Where what goes through a slot at once begins, and how much it is, of so many words of so many tensors."""
        step = self._slot_words // tensors // 4 * 4
        return [(start, step) for start in range(0, words, step)]

    def _cross(
        self, outgoing: Sequence[Sequence[Tensor]], incoming: Sequence[Sequence[Tensor]], start: int, step: int
    ) -> None:
        """Give every other process words of its tensors, and take such of each."""
        share, kernels = self._share, self._kernels
        others = [(share.rank + turn) % share.size for turn in range(1, share.size)]  # not all to the same at once
        for other in others:
            self._copy(kernels.push, outgoing[other], start, step, other)
        kernels.meet[(1,)](self._regions, self._turns, self._stop, share.rank, SIZE=share.size, num_warps=1)
        for other in others:
            self._copy(kernels.take, incoming[other], start, step, other)

    def _copy(self, kernel: Any, tensors: Sequence[Tensor], start: int, step: int, other: int) -> None:
        """One launch for up to three tensors of one shape."""
        count = min(step, tensors[0].numel() - start) if tensors else 0
        if count <= 0:
            return
        _, tokens, numbers = tensors[0].shape
        share, three = self._share, [tensors[at % len(tensors)] for at in range(_TOGETHER)]
        kernel[-(-count // _TILE), len(tensors)](
            self._regions,
            self._turns,
            *three,
            start,
            count,
            tokens,
            *(one.stride(0) for one in three),
            *(one.stride(1) for one in three),
            other,
            share.rank,
            SIZE=share.size,
            WORDS=self._slot_words,
            NUMBERS=numbers,
            TILE=_TILE,
            num_warps=8,
        )


def open_peers(store: Any, share: Share, device: torch.device, broken: Callable[[], bool]) -> PeerTransport | str:
    """Meet the others, each of which calls this; the way between them, or why there is none: the same for all.

    Args:
        store: of torch.distributed, through which processes tell each other what they have.
        device: of this process, with its number; broken: whether the others will not come any more.

    Raises:
        RuntimeError: the others did not come.
    """
    agreement = Agreement(store, share, broken)
    number = device.index
    slot_words = REGION_BYTES // (2 * share.size * _WORD_BYTES) // 4 * 4

    def still() -> str:
        torch.cuda.synchronize(device)
        return ""

    def lend() -> str:
        region = lent_region(number, REGION_BYTES + MOST * _FLAG_BYTES)  # of one size: it serves crews of any
        clear(number, region)
        return f"{number} {region.address} {region.handle.hex()}"

    def opened(rank: int, told: str) -> int:
        there, address, handle = told.split()
        if rank == share.rank:
            return int(address)
        if not torch.cuda.can_device_access_peer(device, int(there)):
            raise GeneratorError(f"GPU {number} cannot reach the memory of GPU {there}")
        if not has_atomics(number, int(there)):
            raise GeneratorError(f"GPU {number} and GPU {there} cannot change one number together")
        return opened_region(number, bytes.fromhex(handle))

    def reach() -> str:
        close_others(number, [bytes.fromhex(one.split()[2]) for one in told])
        addresses = [opened(rank, one) for rank, one in enumerate(told)]
        addresses += [address + REGION_BYTES for address in addresses]
        found.append(PeerTransport(share, torch.tensor(addresses, dtype=torch.int64, device=device), slot_words))
        return ""

    def tried() -> str:
        with ExitStack() as failed:
            failed.callback(found[0].abort)  # else what was launched may wait for ever for one that has failed too
            result = _tried(found[0], share, device)
            failed.pop_all()
        return result

    found: list[PeerTransport] = []
    _, why = agreement.on("still", still)  # what each did in a crew before has ended: nobody writes to others any more
    if why:
        return why
    told, why = agreement.on("region", lend)
    if why:
        return why
    _, why = agreement.on("reach", reach)
    if why:
        return why
    _, why = agreement.on("trial", tried)
    return why or found[0]


class Agreement:
    """What all processes have said, step by step.

    Args:
        broken: see `open_peers`.
    """

    def __init__(self, store: Any, share: Share, broken: Callable[[], bool]) -> None:
        self._store = store
        self._share = share
        self._broken = broken

    def on(self, step: str, act: Callable[[], str]) -> tuple[list[str], str]:
        """Do something here as in all others: what it came to in each, by rank, and why it did not in one of them."""
        try:
            mine = f"+{act()}"
        except GeneratorError as error:
            mine = f"-{str(error).removesuffix('.')}"
        except kernel_errors() as problem:
            mine = f"-{first_error_line(problem)}"
        self._store.set(f"peers {step} {self._share.rank}", mine)
        said = [self._said(f"peers {step} {rank}") for rank in range(self._share.size)]
        return [one[1:] for one in said], next((one[1:] for one in said if one.startswith("-")), "")

    def _said(self, key: str) -> str:
        for _ in range(_LOOKS):
            if self._broken():
                break
            try:
                self._store.wait([key], _LOOK)
            except RuntimeError:
                continue
            told: bytes = self._store.get(key)
            return told.decode("utf-8")
        raise RuntimeError("the others did not come")


def _tried(transport: PeerTransport, share: Share, device: torch.device, clock: Clock | None = None) -> str:
    """Cross as passes do, twice through each set of slots.

    Raises:
        GeneratorError: numbers came wrong, or nobody answered.
    """
    sizes = [64 * (1 + rank) for rank in range(share.size)]
    wrong = torch.zeros((), dtype=torch.int64, device=device)
    for turn in range(4):
        parts = [[torch.full((1, 1, size), _mark(share.rank, turn), device=device)] for size in sizes]
        received = [[torch.zeros(1, 1, sizes[share.rank], device=device)] for _ in sizes]
        transport.swap(parts, received, max(sizes))
        for rank, (part,) in enumerate(received):
            wrong += (part != _mark(rank, turn)).sum()
        given = torch.full((96,), float(turn) if share.rank == 0 else -1.0, device=device)
        transport.broadcast(given)
        wrong += (given != turn).sum()
    done = torch.cuda.Event()  # type: ignore[no-untyped-call]
    done.record()
    if not done_within(done, _TRIAL_NS, clock or SystemClock()):
        raise GeneratorError(f"nobody answered within {_TRIAL_NS // NS_PER_SECOND} s")
    if count := int(wrong.item()):
        raise GeneratorError(f"{count} numbers came wrong")
    return ""


def _mark(rank: int, turn: int) -> float:
    return float(1 + rank + 16 * turn)


def _words(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors as words of 32 bits."""
    return [x.view(torch.int32) for x in tensors]
