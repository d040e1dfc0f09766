"""The figures of ten seconds, of a rehearsal or of a show that is live, judged. Pure."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import median
from typing import Final

from app.commands.doctor.finding import Finding, Mend, State
from engine.clock import NS_PER_MS
from engine.messages.stats import Stats

SLOW_SHARE: Final = 0.9
"""Of the output's rate; below it pictures are repeated more often than is seen as smooth."""


def judge(figures: Sequence[Stats], rate: Fraction, generator: str, slower: Mend | None = None) -> Iterator[Finding]:
    """Judge how the output kept its rate, and how many pictures the generator made.

    Args:
        figures: in their order, at least one.
        rate: the output's, in frames a second; slower: lowers it, None: nobody can.
    """
    first, last = figures[0], figures[-1]
    wanted = float(rate)
    sent = median(one.output_fps for one in figures)
    lagged, repeated = last.lagged - first.lagged, last.repeated - first.repeated
    shown = max(last.output_frames - first.output_frames, 1)
    kept = sent >= 0.99 * wanted and not lagged
    yield Finding(
        State.OK if kept else State.NOTE if sent >= SLOW_SHARE * wanted else State.PROBLEM,
        f"The output kept {sent:.1f} of {wanted:.4g} FPS and missed {lagged} of {shown} deadlines.",
        "" if kept else "Close other programs, plug the mains in, or lower --fps.",
        None if kept else slower,
    )
    pictures = median(one.pipeline_fps for one in figures)
    smooth = pictures >= SLOW_SHARE * wanted
    yield Finding(
        State.OK if smooth else State.NOTE,
        f"{generator} made {pictures:.1f} FPS, a chunk took {last.chunk_ns / NS_PER_MS:.0f} ms; {repeated} pictures"
        f" were shown twice, {last.latency_ns / NS_PER_MS:.0f} ms lie between input and output.",
        "" if smooth else "Close other programs, or choose a smaller generator: pictures are shown twice until then.",
    )
