"""What a soak is held to, and whether it was reached: a pure judgement of what was measured.

The figures are those of a show at 30 frames a second on two cores. Rows that a busy machine can spoil are marked; where
other things run beside the soak, they are told and fail nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.soak.sizes import Sizes

KILLED_GAP_S: Final = 1.0
STOPPED_GAP_S: Final = 1.5
REPEAT_S: Final = 2.0
RESUME_S: Final = 0.5
"""After a fault that lasts, until there is another picture: a chunk has to be made."""

MEMORY_SHARE: Final = 0.03
NS_PER_S: Final = 1e9


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a kind of fault may do to the output.

    Attributes:
        gap_s: the longest gap, in seconds; 0: no frame may be missed.
        lasts_s: how long the fault itself holds the picture up.
        why: what the gap is of, where it is not the output's own.
    """

    gap_s: float = 0.0
    lasts_s: float = 0.0
    why: str = ""

    @property
    def repeat_s(self) -> float:
        """For how long one picture may stand."""
        return max(REPEAT_S, self.lasts_s + RESUME_S if self.lasts_s else 0.0)


@dataclass(slots=True)
class Tally:
    """What the receiver got after each fault of a kind, up to the next fault.

    Attributes:
        missed: frames beyond the one by which the edges of each span are uncertain.
    """

    times: int = 0
    due: int = 0
    got: int = 0
    missed: int = 0
    gap_ns: int = 0
    repeat_ns: int = 0

    def add(self, *, due: int, got: int, gap_ns: int, repeat_ns: int) -> None:
        """Count one more span."""
        self.times += 1
        self.due += due
        self.got += got
        self.missed += max(due - got - 1, 0)
        self.gap_ns = max(self.gap_ns, gap_ns)
        self.repeat_ns = max(self.repeat_ns, repeat_ns)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        timed: other programs on the machine, or a short soak, can spoil it.
    """

    what: str
    wanted: str
    reached: str
    well: bool = True
    timed: bool = False

    def cells(self) -> tuple[str, ...]:
        """As a row of a table."""
        return self.what, self.wanted, self.reached, "" if self.well else "**not reached**"


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole soak.

    Attributes:
        tallies, allowed: by the name of the fault.
        reference_s, seconds: memory is compared from the first on; how long it was.
        alive: frames still reached the receiver at the end.
        ended: the program's status if it ended by itself.
        left, raised: lines that name what was left behind; tracebacks.
        films, broken_films: that were recorded; that do not play.
    """

    tallies: Mapping[str, Tally]
    allowed: Mapping[str, Allowed]
    sizes: Sizes
    seconds: float
    reference_s: float
    alive: bool
    ended: int | None
    left: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    films: int = 0
    broken_films: int = 0


def judge_kind(tally: Tally, allowed: Allowed) -> tuple[str, bool]:
    """What is wanted of a kind of fault, and whether it was reached."""
    repeat = f"repeat ≤ {allowed.repeat_s:.1f} s"
    gap = f"gap ≤ {allowed.gap_s:.1f} s{f' ({allowed.why})' if allowed.why else ''}" if allowed.gap_s else "none missed"
    return f"{gap}, {repeat}", _gap_kept(tally, allowed) and tally.repeat_ns <= allowed.repeat_s * NS_PER_S


def _gap_kept(tally: Tally, allowed: Allowed) -> bool:
    return tally.gap_ns <= allowed.gap_s * NS_PER_S if allowed.gap_s else not tally.missed


def judge(measured: Measured) -> tuple[Row, ...]:
    """Every figure: wanted, reached."""
    return (*_frames(measured), *_repeats(measured), *_sizes(measured), *_end(measured))


def is_well(rows: tuple[Row, ...], *, busy: bool) -> bool:
    """Whether nothing was missed that counts.

    Args:
        busy: other things ran on the machine, so what is timed does not count.
    """
    return all(row.well or (busy and row.timed) for row in rows)


def _frames(measured: Measured) -> list[Row]:
    allowed = measured.allowed
    missed = sum(tally.missed for name, tally in measured.tallies.items() if not allowed[name].gap_s)
    rows = [Row("frames missed but where the output died or hung", "0", str(missed), missed == 0, timed=True)]
    for name, tally in sorted(measured.tallies.items()):
        if limit_s := allowed[name].gap_s:
            reached = f"{tally.gap_ns / 1e6:.0f} ms"
            well = _gap_kept(tally, allowed[name])
            rows.append(Row(f"longest gap: {name}", f"≤ {limit_s * 1e3:.0f} ms", reached, well, timed=True))
    return rows


def _repeats(measured: Measured) -> list[Row]:
    limits = sorted({measured.allowed[name].repeat_s for name in measured.tallies})
    rows = []
    for limit_s in limits:
        longest_ns = max(
            tally.repeat_ns for name, tally in measured.tallies.items() if measured.allowed[name].repeat_s == limit_s
        )
        what = "longest repeat of one picture"
        if limit_s > REPEAT_S:
            what += f", faults that last {limit_s - RESUME_S:.1f} s"
        well = longest_ns <= limit_s * NS_PER_S
        rows.append(Row(what, f"≤ {limit_s:.1f} s", f"{longest_ns / 1e9:.2f} s", well, timed=True))
    return rows


def _sizes(measured: Measured) -> list[Row]:
    if not measured.sizes.taken:
        return [Row("samples of memory, threads and descriptors", "some", "none", False)]
    first, last = measured.sizes.ends(measured.reference_s, measured.seconds)
    rows = [_memory(measured)]
    for what, before, after, floor in (
        ("threads", first.threads, last.threads, last.fewest_threads),
        ("descriptors", first.descriptors, last.descriptors, last.fewest_descriptors),
    ):
        rows.append(Row(f"{what}, as usual then and at the end", "not grown", f"{before}, {after}", floor <= before))
    return rows


def _memory(measured: Measured) -> Row:
    what = f"memory of the program at rest, after {measured.reference_s:.0f} s and at the end"
    wanted = f"≤ {100 * MEMORY_SHARE:+.0f} %"
    if len(measured.sizes.rests) < 2:
        return Row(what, wanted, "it did not come to rest", False)
    first, *_, last = measured.sizes.rests
    reached = f"{first / 2**20:.0f} MiB, {last / 2**20:.0f} MiB ({100 * (last / first - 1):+.1f} %)"
    return Row(what, wanted, reached, last <= first * (1 + MEMORY_SHARE), timed=True)


def _end(measured: Measured) -> list[Row]:
    ended = "no" if measured.ended is None else f"yes, with status {measured.ended}"
    rows = [
        Row("the program ended by itself", "no", ended, measured.ended is None),
        Row("frames still come at the end", "yes", "yes" if measured.alive else "no", measured.alive),
        Row("processes and files left behind", "0", str(len(measured.left)), not measured.left),
        Row("tracebacks", "0", str(len(measured.raised)), not measured.raised),
    ]
    if measured.films:
        broken = measured.broken_films
        rows.append(Row(f"films of {measured.films} that do not play", "0", str(broken), not broken))
    return rows
