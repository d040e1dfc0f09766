"""Kernels by which processes write into each other's memory, in Triton. See `parallel.peers` for how they are used.

Each process has a region: two sets of slots, a slot for each process that writes there, and behind them a flag for
each. A crossing is: write into the others' slots of this turn (`push`), tell them and wait for them (`meet`), read
what has come (`take`). The turn is counted on the device, so that a recorded crossing is right at any turn. Two sets
are enough: who has met at a turn has read what came the turn before.

Numbers move as words of 32 bits.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, no-untyped-def, untyped-decorator, unused-ignore"

import triton
import triton.language as tl


@triton.jit
def _slot(regions, turn, whose, writer, SIZE: tl.constexpr, WORDS: tl.constexpr):  # noqa: N803 - Triton's manner
    """The slot that a process writes in somebody's region at a turn."""
    region = tl.load(regions + whose).to(tl.pointer_type(tl.int32))
    return tl.multiple_of(region, 16) + ((turn & 1) * SIZE + writer) * WORDS


@triton.jit
def push(
    regions,
    turns,
    sent,
    count,
    whose,
    rank,
    SIZE: tl.constexpr,  # noqa: N803
    WORDS: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
):
    """Write so many words into this process's slot in another's region.

    Args:
        regions: addresses int64, by rank: of the regions, then of the flags; turns: int64, turns that were met.
        WORDS: of a slot, a multiple of 4; TILE: that one program writes.
    """
    slot = _slot(regions, tl.load(turns), whose, rank, SIZE, WORDS)
    places = tl.program_id(0).to(tl.int64) * TILE + tl.arange(0, TILE)
    within = places < count
    tl.store(slot + places, tl.load(sent + places, mask=within), mask=within)


@triton.jit
def take(
    regions,
    turns,
    received,
    count,
    whose,
    rank,
    SIZE: tl.constexpr,  # noqa: N803
    WORDS: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
):
    """Read so many words that another process has written here, at the turn met last."""
    slot = _slot(regions, tl.load(turns) - 1, rank, whose, SIZE, WORDS)
    places = tl.program_id(0).to(tl.int64) * TILE + tl.arange(0, TILE)
    within = places < count
    tl.store(received + places, tl.load(slot + places, mask=within), mask=within)


@triton.jit
def meet(regions, turns, stop, rank, SIZE: tl.constexpr):  # noqa: N803
    """Tell the others that all is written, and wait until they have told the same, or until we are told to stop.

    Launched as one program. Args: stop: int32 in memory of the host, other than 0 to wait no more.
    """
    turn = tl.load(turns) + 1
    tl.store(turns, turn)
    for other in tl.static_range(SIZE):
        if other != rank:
            flags = tl.load(regions + SIZE + other).to(tl.pointer_type(tl.int64))
            tl.atomic_xchg(flags + rank, turn, sem="release", scope="sys")
    own = tl.load(regions + SIZE + rank).to(tl.pointer_type(tl.int64))
    for other in tl.static_range(SIZE):
        if other != rank:
            seen = tl.atomic_add(own + other, 0, sem="acquire", scope="sys")
            while (seen < turn) & (tl.load(stop, volatile=True) == 0):
                seen = tl.atomic_add(own + other, 0, sem="acquire", scope="sys")
