"""The leading process's end: starts the processes that follow, tells them what to do, and finds out who fails."""

import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock, SystemClock
from engine.errors import GeneratorError
from engine.generators.kernel_errors import first_error_line
from engine.generators.ranks import Ranks
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.model.share import Share
from engine.generators.wan.parallel import orders
from engine.generators.wan.parallel.group import Group, memory_of, open_group
from engine.generators.wan.parallel.hand import Hand
from engine.generators.wan.parallel.orders import Answer, Order
from engine.generators.wan.parallel.standstill import Place
from engine.generators.wan.parallel.watch import Watch

HUNG_NS: Final = 4 * NS_PER_SECOND
"""An order of a show is answered within a chunk's time, a second at worst."""

_PREPARING_NS: Final = 180 * NS_PER_SECOND
"""The same in the warm-up, where shapes are recorded and may be compiled."""

_BUILDING_NS: Final = 1800 * NS_PER_SECOND
"""Between two steps of loading: a large layer from a slow disk, or what the compiler makes the first time."""

_LOOK_NS: Final = 100 * NS_PER_MS

_CAUSE_S: Final = 2.0
"""How long the cause of a collective that broke off may take to be known."""

_RETURNING_NS: Final = 20 * NS_PER_SECOND
"""How long a process may take to come round from what was broken off; then another is started in its place."""

_END_S: Final = 3.0
"""How long processes may take to end; then they are killed."""


class Crew:
    """The processes that follow one generator. Its owner is the engine thread; threads of its own read and watch.

    Args:
        device: of the leading process; numbers: of the ranks, the leading one first: see `Ranks`.
        threads: of each process on a CPU.
    """

    def __init__(
        self,
        card: ModelCard,
        folder: Path,
        device: torch.device,
        dtype: torch.dtype,
        ranks: Ranks,
        numbers: tuple[int, ...],
        *,
        threads: int = 1,
        clock: Clock | None = None,
    ) -> None:
        self.share: Final = Share(0, len(numbers), card.grid.tokens, card.dims.heads)
        self.devices: Final = tuple(str(device) if not n else _device(device, n) for n in numbers)
        self._card = card
        self._folder = folder
        self._device = device
        self._dtype = dtype
        self._ranks = ranks
        self._numbers = numbers
        self._threads = threads
        self._clock = clock or SystemClock()
        self._hands: list[Hand] = []
        self._transport: Group | None = None
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)
        self._fault: GeneratorError | None = None
        self._lost: tuple[int, str] | None = None
        self._faulted = threading.Event()
        self._closing = threading.Event()
        self._settled = False
        self.tries_graphs = False
        """A fault now is one of what is tried, and of none of the processes. The owner's."""
        self._watch = Watch(self, self._lock, self._clock)

    @property
    def transport(self) -> Group:
        """How numbers go to the others, once they have met.

        Raises:
            GeneratorError: they have not.
        """
        if self._transport is None:
            raise GeneratorError("The processes that dream together have not met yet", where=self._card.name)
        return self._transport

    @property
    def device(self) -> torch.device:
        """Of the leading process."""
        return self._device

    @property
    def failed(self) -> bool:
        """Whether one of the processes has failed."""
        return self._faulted.is_set()

    @property
    def plays(self) -> bool:
        """Whether it is a show already."""
        return self._settled

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that follow, by rank from 1."""
        return tuple(hand.process.pid for hand in self._hands)

    def start(self, card: ModelCard, left: Sequence[Hand] = ()) -> None:
        """Start the others, and let them load; those of a crew before have their weights already.

        Args:
            card: as all play it: of the same model, perhaps with less of it.
            left: of a crew before; those that are of no use here are ended.

        Raises:
            GeneratorError: the system starts no process.
        """
        self._card = card
        known = {hand.number: hand for hand in left if not hand.how}
        for rank, number in enumerate(self._numbers[1:], start=1):
            self._hands.append(self._joined(rank, number, known.pop(number, None)))
        for hand in left:
            if hand not in self._hands:
                hand.end(0.0)
        self._watch.start()

    def _joined(self, rank: int, number: int, hand: Hand | None) -> Hand:
        """A process of this crew: one that was of another, or a new one."""
        share = Share(rank, self.share.size, self.share.tokens, self.share.heads)
        if hand is not None:
            hand.belong(rank, self, returning=True)
            self._send(hand, orders.Regroup(hand.calls, self._card, share))
            return hand
        hand = Hand(number, self.devices[rank])
        hand.belong(rank, self, returning=False)
        build = orders.Build(self._card, self._folder, hand.device, self._dtype, share, self._threads)
        self._send(hand, build)
        return hand

    def _replace_lost(self) -> None:
        """Start others in place of those that do not come round from a crew before."""
        for place, hand in enumerate(self._hands):
            if hand.returning and (hand.how or hand.waited_ns > _RETURNING_NS):
                hand.leave()
                hand.process.kill()
                hand.end(0.0)
                self._hands[place] = self._joined(hand.rank, hand.number, None)

    def built(self) -> Iterator[float]:
        """Wait until all have loaded; yields their progress in 0..1.

        Raises:
            GeneratorError: one has failed.
        """
        while True:
            self._replace_lost()
            with self._lock:
                missing = [hand for hand in self._hands if hand.built is None]
                progress = min((hand.progress for hand in missing), default=1.0)
            self.check()
            if not missing:
                return
            yield progress
            with self._answered:
                self._answered.wait(_LOOK_NS / NS_PER_SECOND)

    def answers(self) -> tuple[tuple[str, orders.Built], ...]:
        """How each of the others computes, by its device."""
        return tuple((hand.device, hand.built) for hand in self._hands if hand.built is not None)

    def memory(self) -> tuple[int, ...]:
        """Bytes that each process needed at most, the leading one first; see `group.memory_of`.

        Raises:
            GeneratorError: one has failed.
        """
        self.tell(orders.Measure())
        self.settle()
        return (memory_of(self._device), *(hand.memory_bytes for hand in self._hands))

    def meet(self) -> None:
        """Open the group.

        Raises:
            GeneratorError: it cannot be.
        """
        with tempfile.TemporaryDirectory(prefix="hardcut-ranks-") as folder:
            meeting = Path(folder) / "meeting"
            try:
                with self.guarded():
                    self.tell(orders.Meet(meeting))
                    self._transport = open_group(meeting, self.share, self._device, self._faulted.is_set)
                    self.settle()
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:  # torch's of a store and of collectives; whose fault it is, nobody knows
                raise GeneratorError(
                    "The processes that dream together did not meet", where=first_error_line(error)
                ) from error

    def settle(self) -> None:
        """Wait until every order is answered.

        Raises:
            GeneratorError: one of the processes has failed.
        """
        while True:
            self.check()
            with self._answered:
                if not any(hand.pending for hand in self._hands):
                    return
                self._answered.wait(_LOOK_NS / NS_PER_SECOND)

    def play(self) -> None:
        """From now on it is a show: who does not answer within seconds has failed."""
        self._settled = True

    def tell(self, order: Order) -> None:
        """Tell all of the others to do this, behind what they were told before.

        Raises:
            GeneratorError: one of them has failed.
        """
        self.check()
        for hand in self._hands:
            self._send(hand, order)

    def check(self) -> None:
        """Raises GeneratorError: one of the processes has failed; it is left out of what is built next."""
        if not self._faulted.is_set():
            return
        with self._lock:
            fault, lost = self._fault, self._lost
        assert fault is not None
        if self.tries_graphs:
            self._ranks.plain = f"tried, one of the processes {lost[1]}" if lost is not None else fault.what
        elif lost is not None:
            self._ranks.lose(*lost)
        raise fault

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """For work in which processes wait for each other: what breaks it off is told by its cause.

        Raises:
            GeneratorError: one of the processes has failed.
        """
        try:
            yield
        except (torch.OutOfMemoryError, GeneratorError):
            raise
        except RuntimeError as error:
            if self._faulted.wait(_CAUSE_S):
                try:
                    self.check()
                except GeneratorError as fault:
                    raise fault from error
            raise

    def close(self) -> None:
        """End the others."""
        hands = self._parted()
        for hand in hands:
            hand.dismiss()
        until_ns = self._clock.now_ns() + round(_END_S * NS_PER_SECOND)
        for hand in hands:
            hand.end((until_ns - self._clock.now_ns()) / NS_PER_SECOND)

    def disband(self) -> tuple[Hand, ...]:
        """End the crew, and leave those of the others that live to the next one; who has failed is ended."""
        hands, lost = self._parted(), self._lost
        for hand in hands:
            if hand.how or (lost is not None and hand.number == lost[0]):
                hand.process.kill()
                hand.end(0.0)
        return tuple(hand for hand in hands if not hand.how)

    def _parted(self) -> tuple[Hand, ...]:
        """End what the processes do together; they belong to nobody then."""
        self._closing.set()
        if self._transport is not None:
            self._transport.abort()
        self._watch.stop()
        hands = tuple(self._hands)
        for hand in hands:
            hand.leave()
        self._hands.clear()
        self._transport = None
        return hands

    # -- any thread -----------------------------------------------------------------------------

    def _send(self, hand: Hand, order: Order) -> None:
        with self._lock:
            if not hand.pending:
                hand.waited_ns = 0
            hand.pending.append(order)
        hand.write(order)

    def _fail(self, hand: Hand, what: str, *, kill: bool = False) -> None:
        """Take down the first fault, and let nobody wait for this process any more."""
        fault = GeneratorError(
            f"Of the {self.share.size} processes that dream together, one {what}",
            where=f"rank {hand.rank}, {hand.device}",
        )
        self._take_down(fault, (hand.number, what))
        if kill:
            hand.process.kill()

    def _take_down(self, fault: GeneratorError, lost: tuple[int, str] | None = None) -> None:
        """Take down the first fault, and who is lost by it; end what is waited for on a GPU."""
        with self._lock:
            if self._fault is None and not self._closing.is_set():
                self._fault, self._lost = fault, lost
                self._faulted.set()
            self._answered.notify_all()
        if self._transport is not None and self._device.type == "cuda":
            self._transport.abort()

    # -- the threads that read ------------------------------------------------------------------

    def ended(self, hand: Hand, how: str) -> None:
        """See `Listener`."""
        if hand.returning:
            with self._answered:
                self._answered.notify_all()
        else:
            self._fail(hand, how)

    def take(self, hand: Hand, answer: Answer) -> None:
        """See `Listener`."""
        match answer:
            case orders.Failed():
                self._fail(hand, f"cannot go on: {answer.text.removesuffix('.')}")
                return
            case orders.Broken():
                hand.broken = answer.text  # of another's doing, as a rule, who is found out in a moment
            case orders.Progress():
                hand.progress = answer.share
            case orders.Built():
                hand.built = answer
            case orders.Measured():
                hand.memory_bytes = answer.bytes
            case orders.Stands():
                hand.stands = answer
                return  # what it was told is not done by that
        with self._answered:
            hand.waited_ns = 0
            if isinstance(answer, orders.Done):
                hand.pending.popleft()
            self._answered.notify_all()

    # -- the thread that watches ----------------------------------------------------------------

    def present(self) -> tuple[Hand, ...]:
        """See `Watched`."""
        return tuple(self._hands)

    def patience_ns(self, order: Order) -> int:
        """See `Watched`."""
        if isinstance(order, orders.Build | orders.Regroup):
            return _BUILDING_NS
        return HUNG_NS if self._settled else _PREPARING_NS

    def place(self) -> Place:
        """See `Watched`."""
        transport = self._transport
        return Place(transport.turns()) if transport is not None else _MET_NOBODY

    def lose(self, hand: Hand, what: str, *, kill: bool) -> None:
        """See `Watched`."""
        self._fail(hand, what, kill=kill)

    def despair(self, waited_ns: int) -> None:
        """See `Watched`."""
        self._take_down(
            GeneratorError(
                f"The {self.share.size} processes that dream together have waited for each other for"
                f" {waited_ns / NS_PER_SECOND:.0f} s, and none is behind",
                where=self._card.name,
            )
        )


_MET_NOBODY: Final = Place(sys.maxsize)
"""The leading process before it has met the others, which then wait for nothing of it."""


def _device(leading: torch.device, number: int) -> str:
    return f"cuda:{number}" if leading.type == "cuda" else "cpu"
