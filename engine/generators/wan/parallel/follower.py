"""A process that shares the passes of another: `python -m engine.generators.wan.parallel.follower`.

It reads orders on its standard input and answers on its standard output. It decides nothing: what it is told it does,
in the order of being told. It ends with the leading process, at the end of its standard input, even from within a
collective that nobody else will come to any more.
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from engine.clock import NS_PER_SECOND
from engine.errors import EngineError, GeneratorError
from engine.generators.kernel_errors import first_error_line
from engine.generators.torch_settings import use_threads
from engine.generators.wan.acceleration.execution import Eager, Execution
from engine.generators.wan.acceleration.plan import accelerate_again, tools_of
from engine.generators.wan.assembly import Network, assemble_network, mirroring
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.device.run_ahead import RunAheadLimiter
from engine.generators.wan.model.blocks import AttentionBias, KeyValues
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.share import Share
from engine.generators.wan.model.vace import Control
from engine.generators.wan.parallel import orders
from engine.generators.wan.parallel.group import Group, memory_of, open_group
from engine.generators.wan.parallel.orders import Answer, Order
from engine.generators.wan.parallel.proof import make_shared
from engine.generators.wan.parallel.wire import PassInputs
from engine.generators.wan.sampling.kv_cache import KVCache, KVSnapshot
from engine.generators.wan.sampling.renewing_cache import make_cache
from engine.generators.wan.sampling.sampler import DenoisePass
from engine.mailbox import Mailbox

_LOOK_NS: Final = NS_PER_SECOND
_END_S: Final = 1.0
"""How long what is under way may take once the leading process has gone."""


@dataclass(frozen=True, slots=True)
class _Video:
    """One video's window, prompt and passes."""

    cache: KVCache
    text: KeyValues
    denoise: DenoisePass


class Follower:
    """Does what it is told. Owned by the main thread."""

    def __init__(self, answer: Callable[[Answer], None]) -> None:
        self._answer = answer
        self._network: Network | None = None
        self._card: ModelCard | None = None
        self._share: Share | None = None
        self._transport: Group | None = None
        self._inputs: PassInputs | None = None
        self._execution: Execution = Eager()
        self._run_ahead = RunAheadLimiter(torch.device("cpu"))
        self._videos: dict[int, _Video] = {}
        self._kept: dict[int, KVSnapshot] = {}
        self._control: Control | None = None
        self._told_apart = self._taken_apart = 0  # crews that this process was told to leave, and has left
        self._apart = False

    @property
    def apart(self) -> bool:
        """What it did with others was broken off: it waits to be told to go on in another crew."""
        return self._apart

    @property
    def met(self) -> bool:
        """Whether it does something with others."""
        return self._transport is not None

    def stands(self, number: int) -> orders.Stands:
        """How far it has come, in answer to a question; from any thread."""
        transport = self._transport
        return orders.Stands(number, transport.turns() if transport is not None else 0)

    def break_off(self) -> None:
        """Wait no more for the others, nor begin anything with them, until `Regroup` is done. For the reader."""
        self._told_apart += 1
        self._abort()

    def _abort(self) -> None:
        if (transport := self._transport) is not None:
            transport.abort()

    def _broken(self) -> bool:
        return self._told_apart > self._taken_apart

    def part(self) -> None:
        """Let go of all that belongs to the others, and keep the weights."""
        self._abort()
        self._apart = True
        self._transport = self._inputs = self._control = None
        self._videos.clear()
        self._kept.clear()
        self._execution = Eager()
        if self._network is not None:
            self._network.model.share_by(None)
            self._network = replace(self._network, execution=Eager(), exchange=None)
        gc.collect()
        if self._network is not None and self._network.model.device.type == "cuda":
            torch.cuda.empty_cache()

    @torch.inference_mode()
    def perform(self, order: Order) -> None:
        """Do one thing.

        Raises:
            GeneratorError: it cannot be done.
        """
        match order:
            case orders.Meet():
                self._meet(order)
            case orders.Prove():
                make_shared(self._built.model, self._of_card, self._way(order.replayed))
            case orders.Speak():
                video, dims = self._videos[order.video], self._built.model.dims
                embeddings = torch.empty((1, dims.text_len, dims.text_dim), device=self._built.model.device)
                self._group.broadcast(embeddings)
                self._built.model.encode_text(embeddings, video.text)
            case orders.Pass():
                self._pass(order)
            case orders.Cross():
                for _ in range(order.times):
                    self._exchange.cross(order.frames)
            case orders.Measure():
                self._answer(orders.Measured(memory_of(self._built.model.device)))
            case orders.Commit() | orders.Revisit() | orders.Replace() | orders.Reset():
                self._move_on(order)
            case orders.Keep():
                self._kept[order.number] = self._videos[order.video].cache.snapshot()
            case orders.TakeUp():
                self._videos[order.video].cache.restore(self._kept[order.number])
            case orders.Drop():
                for number in order.numbers:
                    self._kept.pop(number, None)
            case _:
                raise ValueError(f"{order} is done elsewhere")

    def _move_on(self, order: orders.Commit | orders.Revisit | orders.Replace | orders.Reset) -> None:
        """Change what a window's past is."""
        cache = self._videos[order.video].cache
        match order:
            case orders.Commit():
                cache.commit()
            case orders.Revisit():
                cache.revisit(order.index)
            case orders.Replace():
                cache.replace()
            case orders.Reset():
                cache.reset()

    @torch.no_grad()
    def prepare(self, order: orders.Build | orders.Regroup | orders.Open | orders.Record) -> None:
        """Do what is written to later in either mode: load, allocate, record."""
        match order:
            case orders.Build():
                self._build(order)
            case orders.Regroup():
                self._regroup(order)
            case orders.Open():
                self._open(order)
            case orders.Record():
                for share in self._execution.warm_up(self._of_card, self._built.model.device):
                    self._answer(orders.Progress(share))

    @property
    def _built(self) -> Network:
        if self._network is None:
            raise GeneratorError("A process was asked for passes before its model was there")
        return self._network

    @property
    def _exchange(self) -> Exchange:
        exchange = self._built.exchange
        if exchange is None:
            raise GeneratorError("A process was asked for passes that it does not share")
        return exchange

    @property
    def _of_card(self) -> ModelCard:
        if self._card is None:
            raise GeneratorError("A process was asked for passes before its model was there")
        return self._card

    @property
    def _group(self) -> Group:
        if self._transport is None:
            raise GeneratorError("A process was asked for passes before it had met the others")
        return self._transport

    def _build(self, order: orders.Build) -> None:
        device = torch.device(order.device)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        use_threads(device, order.threads)
        self._card, self._share = order.card, order.share
        self._run_ahead = RunAheadLimiter(device)
        loading = assemble_network(
            order.card, order.folder, device, tools_of(device), order.dtype, order.share, codec=None
        )
        while True:
            try:
                self._answer(orders.Progress(next(loading)))
            except StopIteration as done:
                network: Network = done.value
                break
        self._network = network
        self._answer(orders.Built(network.choices, not isinstance(network.execution, Eager)))

    def _regroup(self, order: orders.Regroup) -> None:
        self.part()
        self._taken_apart += 1
        self._answer(orders.Returned(order.call))
        network = self._built
        model = network.model
        self._card, self._share = order.card, order.share
        exchange = mirroring(order.share, order.card, model.device, model.dtype)
        execution, graphs = accelerate_again(model, order.card, tools_of(model.device), exchange)
        choices = tuple(graphs if choice.component == graphs.component else choice for choice in network.choices)
        self._network = replace(network, execution=execution, exchange=exchange, choices=choices)
        self._apart = False
        self._answer(orders.Built(choices, not isinstance(execution, Eager)))

    def _meet(self, order: orders.Meet) -> None:
        network = self._built
        assert self._share is not None
        self._transport = open_group(order.meeting, self._share, network.model.device, self._broken)
        if self._broken():  # told while it was met
            self._transport.abort()
        self._exchange.use(self._transport.swaps(self._exchange.crossings))
        self._inputs = PassInputs(self._transport, network.model.device)

    def _way(self, replayed: bool) -> Execution:
        return self._built.execution if replayed else Eager()

    def _open(self, order: orders.Open) -> None:
        model, card = self._built.model, self._of_card
        self._execution = self._way(order.replayed)
        dims, summed = model.window_dims, self._exchange.summed
        cache = make_cache(order.recipe, dims, card.grid, device=model.device, dtype=model.dtype, summed=summed)
        text = model.text_buffers()
        self._videos[order.video] = _Video(cache, text, self._execution.denoise(model, cache, text))

    def _pass(self, order: orders.Pass) -> None:
        video, live = self._videos[order.video], self._built.live
        if live is not None:
            live.set_scales(order.scales)
        assert self._inputs is not None
        given = self._inputs.received(order.shape)
        control = self._controlled(order, given.scale)
        bias = None if order.unbiased is None else AttentionBias(given.log_bias, order.unbiased)
        if order.velocity:
            video.denoise(given.latents, given.timesteps, control, bias)
        else:
            video.denoise.forward_kv(given.latents, given.timesteps, bias)
        self._run_ahead.step()

    def _controlled(self, order: orders.Pass, scale: Tensor) -> Control | None:
        if not order.control:
            return None
        model, share = self._built.model, self._share
        assert share is not None
        if order.new_control or self._control is None:
            shape = (order.shape[0], order.shape[2] * share.tokens, model.dims.dim)
            tokens = torch.empty(shape, device=model.device, dtype=model.dtype)
            self._group.broadcast(tokens)
            self._control = Control(tokens, scale)
        return Control(self._control.tokens, scale)


def _follow(follower: Follower, inbox: Mailbox[Order | None], answer: Callable[[Answer], None]) -> None:
    """Do what comes in, until there is an end of it."""
    while True:
        inbox.wait(_LOOK_NS)
        for order in inbox.drain():
            if order is None:
                return
            if follower.apart and not isinstance(order, orders.Regroup):
                continue  # of the crew that is over
            broken = _done(follower, order)
            if broken:
                follower.part()
            answer(orders.Broken(broken) if broken else orders.Done())


def _done(follower: Follower, order: Order) -> str:
    """Do one thing; why what is done with others was broken off, "" if it was not."""
    try:
        if isinstance(order, orders.Build | orders.Regroup | orders.Open | orders.Record):
            follower.prepare(order)
        else:
            follower.perform(order)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        if not follower.met:
            raise
        return first_error_line(error) or type(error).__name__
    return ""


def main() -> int:
    """Follow until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the leading process, which ends this one
    # Libraries print where they like: only we write to the leading process.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    inbox: Mailbox[Order | None] = Mailbox()
    ended = threading.Event()
    writing = threading.Lock()

    def answer(message: Answer) -> None:
        with writing:
            orders.write(out, message)

    follower = Follower(answer)

    def listen() -> None:
        try:
            while (order := orders.read_order(sys.stdin.buffer)) is not None:
                if isinstance(order, orders.Ask):
                    answer(follower.stands(order.number))
                    continue
                if isinstance(order, orders.Regroup):
                    follower.break_off()
                inbox.put(order)
        except ValueError:
            """What comes is no order: as if nothing came any more."""
        except OSError:
            """Nobody reads the answers any more."""
        inbox.put(None)
        if not ended.wait(_END_S):
            os._exit(1)  # within a collective that nobody comes to

    threading.Thread(target=listen, name="hardcut-follower-orders", daemon=True).start()
    try:
        _follow(follower, inbox, answer)
        return 0
    except BrokenPipeError:
        return 0  # the leading process has gone
    except Exception as error:  # noqa: BLE001 - the top of the process, and it reports
        no_room = isinstance(error, (torch.OutOfMemoryError, MemoryError))
        text = str(error) if isinstance(error, EngineError) else f"{type(error).__name__}: {error}".splitlines()[0]
        try:
            answer(orders.Failed(text, no_room))
        except (OSError, ValueError):
            """Nobody reads it."""
        return 1
    finally:
        ended.set()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # a group whose other ends are gone is not waited for
