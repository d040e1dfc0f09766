"""`--audit`: whatever a chunk moves, waits for, converts or copies, against the list of what it may.

Its passes run as written: compiled stages and recorded graphs do the same work, but hide its operators. What a compiler
adds of its own is therefore not seen, and what it fuses away still is.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import torch

from bench.wan.audit_list import ALLOWED, Allowance
from bench.wan.audit_watch import Kind, Move, Watch
from bench.wan.model import never, opened, request_of
from bench.wan.options import WanBenchOptions
from engine.generators.base import ChunkRequest, PromptBlend
from engine.generators.wan import parameters as p
from engine.generators.wan.cards import Compilation
from engine.generators.wan.generator import WanGenerator

Chunk = Callable[[], object]
"""Makes one chunk, and waits for it."""

_DTYPE: Final = torch.bfloat16
"""On a CPU too: in float32 there would be no conversions to see."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a chunk does, at one line.

    Attributes:
        count, bytes: in the chunk that did it most.
        allowance: None where it is not on the list, or done more often than that allows.
    """

    move: Move
    count: int
    bytes: int
    allowance: Allowance | None

    def document(self) -> dict[str, object]:
        """Return the finding for the JSON line."""
        return {
            "kind": self.move.kind.value,
            "what": self.move.what,
            **asdict(self.move.place),
            "count": self.count,
            "bytes": self.bytes,
            "allowed": None if self.allowance is None else self.allowance.reason,
        }


def audit(
    options: WanBenchOptions, device: torch.device, report: Callable[[str], None]
) -> tuple[list[dict[str, object]], bool]:
    """Audit a chunk and print; return the document, and whether everything found is on the list."""
    options = dataclasses.replace(options, compilation=Compilation.OFF, graphs=False)
    report("Passes run as written, without compiled stages and graphs, which would hide what they do.\n")
    findings = judged(*collect(_chunks(options, device), device))
    for finding in findings:
        report(_row(finding))
    refused = sum(finding.allowance is None for finding in findings)
    report(
        f"\n{refused} of these {'is' if refused == 1 else 'are'} not on the list of what a chunk may do."
        if refused
        else "\nAll of these are on the list of what a chunk may do."
    )
    return [finding.document() for finding in findings], not refused


def _chunks(options: WanBenchOptions, device: torch.device) -> Iterator[Chunk]:
    """Yield kinds of chunks: unchanged, everything turned, inputs left out and back, after a cut."""
    with opened(options, device, dtype=_DTYPE) as generator:
        for _ in generator.warm_up():
            pass  # it takes its time
        card = generator.parts.card
        steady = request_of(card, options, depth=True, picture=True)
        for _ in generator.video.sampler.cache.lengths:
            generator.generate(steady, never)
        turned = dataclasses.replace(steady, prompt=PromptBlend((("gold", 0.5), ("sea", 0.5))), past_bias=0.5)
        free = dataclasses.replace(steady, control=None, values={**steady.values, p.STRENGTH: 1.0})
        for request in (steady, turned, free, steady):
            yield _chunk(generator, request)
        generator.reset()
        for _ in range(2):
            yield _chunk(generator, steady)


def _chunk(generator: WanGenerator, request: ChunkRequest) -> Chunk:
    return lambda: generator.generate(request, never)


def collect(chunks: Iterable[Chunk], device: torch.device) -> tuple[dict[Move, int], dict[Move, int]]:
    """Return by move how often and how many bytes, in the chunk that had most of it."""
    counts: dict[Move, int] = {}
    written: dict[Move, int] = {}
    for chunk in chunks:
        with Watch(device) as watch:
            chunk()
        for move, tally in watch.tallies.items():
            counts[move] = max(counts.get(move, 0), tally.count)
            written[move] = max(written.get(move, 0), tally.bytes)
    return counts, written


def judged(
    counts: dict[Move, int], written: dict[Move, int], allowed: Sequence[Allowance] = ALLOWED
) -> tuple[Finding, ...]:
    """Compare with the list; return the findings, those not on it first."""
    by_list = {move: next((one for one in allowed if one.covers(move)), None) for move in counts}
    used: Counter[Allowance] = Counter()
    for move, one in by_list.items():
        if one is not None:
            used[one] += counts[move]
    findings = [
        Finding(move, counts[move], written[move], one if one is None or used[one] <= one.most else None)
        for move, one in by_list.items()
    ]
    kinds = list(Kind)
    return tuple(
        sorted(
            findings,
            key=lambda one: (one.allowance is not None, kinds.index(one.move.kind), one.move.place, one.move.what),
        )
    )


def _row(finding: Finding) -> str:
    move = finding.move
    size = f"{finding.bytes / 1e6:.3f} MB" if finding.bytes else ""
    verdict = "NOT ALLOWED" if finding.allowance is None else finding.allowance.reason
    return f"{move.kind.value:<11}{finding.count:>5}× {size:>14}  {move.what}\n{'':>8}{move.place}: {verdict}"
