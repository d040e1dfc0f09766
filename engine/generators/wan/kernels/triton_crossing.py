"""Kernels by which processes write into each other's memory, in Triton. See `parallel.peers` for how they are used.

Each process has a region: two sets of slots, a slot for each process that writes there, and behind them a flag for
each. A crossing is: write into the others' slots of this turn (`push`), tell them and wait for them (`meet`), read
what has come (`take`). The turn is counted on the device, so that a recorded crossing is right at any turn. Two sets
are enough: who has met at a turn has read what came the turn before.

Who was told to stop before the others came has numbers that mean nothing from then on. It raises its own flag in its
own region, goes on, and writes to nobody any more: else the others would take those numbers for what they wait for.

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
def _flags(regions, whose, SIZE: tl.constexpr):  # noqa: N803
    """The flags in somebody's region, by writer."""
    return tl.load(regions + SIZE + whose).to(tl.pointer_type(tl.int64))


@triton.jit
def _rows(places, tokens, frame, token, NUMBERS: tl.constexpr):  # noqa: N803
    """Where words of a tensor [frames, tokens, numbers] lie that would lie at these places side by side."""
    row = places // NUMBERS
    return (row // tokens) * frame + (row % tokens) * token + places % NUMBERS


@triton.jit
def _of_three(which, a, b, c, frame_a, frame_b, frame_c, token_a, token_b, token_c):
    """One of three tensors, and its strides."""
    one, frame, token = a, frame_a, token_a
    if which == 1:
        one, frame, token = b, frame_b, token_b
    if which == 2:
        one, frame, token = c, frame_c, token_c
    return one, frame, token


@triton.jit
def push(
    regions,
    turns,
    a,
    b,
    c,
    start,
    count,
    tokens,
    frame_a,
    frame_b,
    frame_c,
    token_a,
    token_b,
    token_c,
    whose,
    rank,
    SIZE: tl.constexpr,  # noqa: N803
    WORDS: tl.constexpr,  # noqa: N803
    NUMBERS: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
):
    """Write words of up to three tensors of one shape into this process's slot in another's region, side by side.

    Launched as (tiles, tensors).

    Args:
        regions: addresses int64, by rank: of the regions, then of the flags; turns: int64, turns that were met.
        a, b, c: int32 [frames, tokens, NUMBERS]; start, count: which of their words; frame_a … token_c:
            their strides.
        WORDS: of a slot, a multiple of 4; TILE: that one program writes.
    """
    which = tl.program_id(1)
    source, frame, token = _of_three(which, a, b, c, frame_a, frame_b, frame_c, token_a, token_b, token_c)
    places = tl.program_id(0) * TILE + tl.arange(0, TILE)
    within = (places < count) & (tl.load(_flags(regions, rank, SIZE) + rank) == 0)
    x = tl.load(source + _rows(start + places, tokens, frame, token, NUMBERS), mask=within)
    tl.store(_slot(regions, tl.load(turns), whose, rank, SIZE, WORDS) + which * count + places, x, mask=within)


@triton.jit
def take(
    regions,
    turns,
    a,
    b,
    c,
    start,
    count,
    tokens,
    frame_a,
    frame_b,
    frame_c,
    token_a,
    token_b,
    token_c,
    whose,
    rank,
    SIZE: tl.constexpr,  # noqa: N803
    WORDS: tl.constexpr,  # noqa: N803
    NUMBERS: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
):
    """Read what another process has written here at the turn met last into up to three tensors; see `push`."""
    which = tl.program_id(1)
    target, frame, token = _of_three(which, a, b, c, frame_a, frame_b, frame_c, token_a, token_b, token_c)
    places = tl.program_id(0) * TILE + tl.arange(0, TILE)
    within = places < count
    x = tl.load(_slot(regions, tl.load(turns) - 1, rank, whose, SIZE, WORDS) + which * count + places, mask=within)
    tl.store(target + _rows(start + places, tokens, frame, token, NUMBERS), x, mask=within)


@triton.jit
def meet(regions, turns, stop, rank, SIZE: tl.constexpr):  # noqa: N803
    """Tell the others that all is written, and wait until they have told the same, or until we are told to stop.

    Launched as one program. Args: stop: int32 in memory of the host, other than 0 to wait no more.
    """
    turn = tl.load(turns) + 1
    own = _flags(regions, rank, SIZE)
    ended = tl.load(own + rank)
    tl.store(turns, turn)
    for other in tl.static_range(SIZE):
        if (other != rank) & (ended == 0):
            tl.atomic_xchg(_flags(regions, other, SIZE) + rank, turn, sem="release", scope="sys")
    for other in tl.static_range(SIZE):
        if other != rank:
            seen = tl.atomic_add(own + other, 0, sem="acquire", scope="sys")
            while (seen < turn) & (tl.load(stop, volatile=True) == 0):
                seen = tl.atomic_add(own + other, 0, sem="acquire", scope="sys")
            if seen < turn:
                tl.store(own + rank, 1)
