"""A pass that is split over several ranks is the same pass. The ranks are threads here; see test_processes for more."""

import dataclasses
import threading
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.generators.graph_capture import stretches
from engine.generators.ranks import ALL, Ranks
from engine.generators.wan.dims import WAN_1_3B, WAN_14B, WAN_TINY, LatentGrid
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.share import Share, largest_size
from engine.generators.wan.model.swap import Mirror, Transport
from engine.generators.wan.model.transformer import PIXELS, CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import STREAMDIFFUSION_V2, ContextKind, Recipe
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.renewing_cache import make_cache
from tests.wan.models import CPU, block_of, make_model, make_text, noise, relative

RECIPE = Recipe(name="shared", context=ContextKind.CLEAN_PASS, window=9, sink=3, bias_exempt=1)


@given(tokens=st.integers(8, 2000), size=st.integers(1, 8))
def test_every_token_is_somebodys_and_shares_are_even(tokens: int, size: int) -> None:
    shares = [Share(rank, size, tokens, 4 * size) for rank in range(size)]
    assert [one.start(one.rank) for one in shares] == [sum(shares[0].counts()[:rank]) for rank in range(size)]
    assert sum(shares[0].counts()) == tokens
    assert max(shares[0].counts()) - min(shares[0].counts()) <= 1
    assert all(one.own_tokens == shares[0].counts()[one.rank] and one.own_heads == 4 for one in shares)


def test_a_model_is_split_as_far_as_its_heads_go() -> None:
    assert [largest_size(WAN_1_3B.heads, 784, wanted) for wanted in (1, 2, 4, 5, 8)] == [1, 2, 4, 4, 6]
    assert [largest_size(WAN_14B.heads, 777, wanted) for wanted in (2, 3, 4, 8)] == [2, 2, 4, 8]
    assert Share(1, 2, 777, 40).sentence() == "389+388 of 777 tokens a frame, 20 of 40 heads each"
    with pytest.raises(ValueError, match="40 heads"):
        Share(0, 3, 784, 40)


def test_ranks_are_as_many_as_are_asked_for_and_left() -> None:
    assert Ranks().left(4) == (0,)
    assert Ranks(4).left(2) == Ranks(ALL).left(2) == (0, 1)
    assert Ranks(ALL).left(0) == (0,) and Ranks(3).left(0) == (0, 1, 2)
    ranks = Ranks(4)
    ranks.lose(2, "was ended by signal 9")
    ranks.lose(0, "leads")
    assert ranks.left(0) == ranks.left(8) == (0, 1, 3) and ranks.lost == ((2, "was ended by signal 9"),)


class Hub:
    """All-to-all between threads."""

    def __init__(self, size: int) -> None:
        self._together = threading.Barrier(size, timeout=30)
        self._given: list[Sequence[Tensor]] = [()] * size

    def transport(self, rank: int) -> Transport:
        hub = self

        class Meeting:
            def all_to_all(
                self, received: Tensor, sent: Tensor, received_sizes: Sequence[int], sent_sizes: Sequence[int]
            ) -> None:
                hub._given[rank] = sent.split(list(sent_sizes))
                hub._together.wait()
                parts = [given[rank] for given in hub._given]
                assert [len(part) for part in parts] == list(received_sizes)
                if received.numel():
                    received.copy_(torch.cat(parts))
                hub._together.wait()

        return Meeting()


def together(work: Callable[[int], None], size: int) -> None:
    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def exchange_of(model: CausalWan, share: Share, transport: Transport) -> Exchange:
    dims = model.dims
    return Exchange(share, transport, head_dim=dims.head_dim, pixels=PIXELS, device=CPU, dtype=model.dtype)


@torch.inference_mode()
def passes(model: CausalWan, grid: LatentGrid) -> list[Tensor]:
    """Of blocks, each with depth, and with a bias on the past, over a window that rolls."""
    cache = KVCache(model.window_dims, RECIPE, grid, device=CPU, dtype=model.dtype)
    text, found = make_text(model), []
    for index in range(5):
        latents, times = block_of(RECIPE, grid, index), torch.full((1, 3), 500.0)
        control = Control(noise(1, 3 * grid.tokens, model.dims.dim, seed=index), torch.ones(()))
        bias = cache.bias(torch.tensor(-1.0))
        found.append(model(latents, times, cache.rotation, text, cache.window(), control).clone())
        found.append(model(latents, times, cache.rotation, text, cache.window(), None, bias).clone())
        model.forward_kv(latents, times, cache.rotation, text, cache.window())
        cache.commit()
    return found


@pytest.mark.parametrize(("size", "grid"), [(2, LatentGrid(6, 14)), (4, LatentGrid(4, 6))], ids=["2 of 21", "4 of 6"])
def test_a_shared_pass_is_the_pass(size: int, grid: LatentGrid) -> None:
    expected = passes(make_model(vace=True), grid)
    hub, found = Hub(size), {}

    def work(rank: int) -> None:
        model = make_model(vace=True)
        model.share_by(exchange_of(model, Share(rank, size, grid.tokens, WAN_TINY.heads), hub.transport(rank)))
        found[rank] = passes(model, grid)

    together(work, size)
    assert max(relative(a, b) for a, b in zip(found[0], expected, strict=True)) < 1e-6


def test_a_sink_is_renewed_by_all_heads_together() -> None:
    grid, size = LatentGrid(6, 14), 4
    assert STREAMDIFFUSION_V2.positions is not None
    fixed = dataclasses.replace(STREAMDIFFUSION_V2.positions, renew_below=-0.05)  # some layers renew, others roll
    recipe = dataclasses.replace(STREAMDIFFUSION_V2, positions=fixed)
    shape = (WAN_TINY.layers, 1, grid.tokens, WAN_TINY.heads, WAN_TINY.head_dim)
    blocks = [(noise(*shape, seed=index), noise(*shape, seed=index + 50)) for index in range(12)]

    def committed(cache: KVCache, heads: slice) -> Tensor:
        for keys, values in blocks:
            cache.window().k[:, :, : grid.tokens] = keys[..., heads, :]
            cache.window().v[:, :, : grid.tokens] = values[..., heads, :]
            cache.commit()
        return torch.cat(cache.snapshot().past, dim=-1)

    whole = committed(make_cache(recipe, WAN_TINY, grid, device=CPU, dtype=torch.float32), slice(None))
    hub, found = Hub(size), {}

    def work(rank: int) -> None:
        model = make_model()
        exchange = exchange_of(model, Share(rank, size, grid.tokens, WAN_TINY.heads), hub.transport(rank))
        model.share_by(exchange)
        cache = make_cache(recipe, model.window_dims, grid, device=CPU, dtype=model.dtype, summed=exchange.summed)
        found[rank] = committed(cache, slice(rank, rank + 1))

    together(work, size)
    assert torch.equal(torch.cat([found[rank] for rank in range(size)], dim=3), whole)


def test_a_mirror_has_the_shapes_of_a_show_and_computes_the_same_every_time() -> None:
    grid, model = LatentGrid(6, 14), make_model(vace=True)
    share = Share(0, 2, grid.tokens, WAN_TINY.heads)
    model.share_by(exchange_of(model, share, Mirror(share)))
    first, second = passes(model, grid), passes(model, grid)
    assert all(torch.equal(a, b) and bool(torch.isfinite(a).all()) for a, b in zip(first, second, strict=True))
    model.share_by(None)
    assert model.window_dims == model.dims


def test_what_is_recorded_ends_and_begins_at_each_cut() -> None:
    done: list[str] = []
    taken: list[Callable[[Callable[[], None]], None] | None] = []

    def begin() -> Callable[[], Callable[[], None]]:
        at = len(done)
        return lambda: lambda stretch=tuple(done[at:]): done.extend(f"again {one}" for one in stretch)

    def work() -> None:
        for name in ("a", "b"):
            done.append(name)
            assert taken[-1] is not None
            taken[-1](lambda name=name: done.append(f"crossing {name}"))
        done.append("c")

    parts = stretches(work, begin, taken.append)
    assert done == ["a", "crossing a", "b", "crossing b", "c"] and taken[-1] is None
    done.clear()
    for part in parts:
        part()
    assert done == ["again a", "crossing a", "again b", "crossing b", "again c"]
