"""Every reader with many hostile files, MIDI with many bytes, OSC with many datagrams, a sound card with many blocks:
`make fuzz`.

    python -m tests.soak.fuzz [KIND …] [--count 10000] [--seed N]

What is read wrongly is brought to its smallest form and kept under tests/soak/corpus, where the tests try it each time.
Hypothesis keeps what leads there under .hypothesis.
"""

import argparse
import hashlib
import secrets
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app.midi.messages.decode import Decoder
from bench.audio.hostile import abuse, recovers, sane
from bench.audio.unplugged import play
from bench.osc import run_bench
from engine.audio.analysis import Analyser
from engine.generators.field.parameters import PARAMETERS
from tests.cli.test_hostile_files import mutations
from tests.soak.readers import BINARY, CORPUS, KINDS, TEXT, read_hostile

OTHERS: Final = ("midi", "osc", "sound")
MIDI_BYTES: Final = 1_000_000
DATAGRAMS: Final = 100_000
BLOCKS: Final = 1_000_000
PULLED_BLOCKS: Final = 100_000
"""Of those blocks, how many come from a card that is pulled out again and again."""


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with stretches replaced, doubled, moved or cut off."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 9))
        match draw(st.sampled_from(("replace", "insert", "cut", "double", "number"))):
            case "replace":
                data[at : at + length] = draw(st.binary(min_size=length, max_size=length))
            case "insert":
                data[at:at] = draw(st.binary(max_size=16))
            case "cut":
                del data[at:]
            case "double":
                data[at:at] = data[at : at + 64 * length]
            case _:
                number = draw(st.sampled_from((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)))
                data[at : at + 8] = number.to_bytes(8, "little")
    return bytes(data)


def fuzz(kind: str, count: int, chance: int) -> str:
    """Read so many hostile files of a kind; return what went wrong, or ""."""
    hostile = damaged(BINARY[kind][1]()) if kind in BINARY else mutations(TEXT[kind][1]())
    latest = b""

    @seed(chance)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(content=hostile)
    def one(content: bytes) -> None:
        nonlocal latest
        latest = content
        with tempfile.TemporaryDirectory() as folder:
            read_hostile(kind, content, Path(folder))

    try:
        one()
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        path = CORPUS / kind / f"{hashlib.sha256(latest).hexdigest()[:16]}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(latest)
        return f"{type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''} (kept as {path})"
    return ""


def fuzz_midi(count: int, chance: int) -> str:
    """Decode so many bytes, in packets of any size; return what went wrong, or ""."""
    random, decoder, left = Random(chance), Decoder(), count
    while left > 0:
        packet = random.randbytes(random.randrange(1, 400))
        if random.random() < 0.5:
            packet = bytes(one if random.random() < 0.3 else one & 0x7F for one in packet)
        left -= len(packet)
        try:
            decoder.push(packet)
        except Exception as fault:  # noqa: BLE001 - that is what is looked for
            return f"{type(fault).__name__}: {fault} at {packet[:40]!r}"
    return ""


def fuzz_sound(count: int, chance: int) -> str:
    """Hear so many hostile blocks; return what went wrong, or ""."""
    random, pulled = np.random.default_rng(chance), min(PULLED_BLOCKS, count // 10)
    try:
        for _, told in abuse(random, count - pulled):
            for one in told:
                if not sane(one):
                    return f"out of range: {one}"
        show = play(random, pulled)
        for rate in (8_000, 48_000, 192_000):
            tempo = recovers(Analyser(rate), rate, 10.0)
            if abs(tempo - 120.0) > 1.2:
                show.faults.append(f"clicks of 120 BPM at {rate} Hz are told as {tempo:.1f}")
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        return f"{type(fault).__name__}: {fault}"
    return show.faults[0] if show.faults else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.fuzz")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, *OTHERS, []])
    parser.add_argument("--count", type=int, default=10_000, help="files of each kind")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    failed = 0
    for kind in options.kinds or (*KINDS, *OTHERS):
        begun = time.monotonic()
        if kind == "osc":
            failed |= run_bench(min(DATAGRAMS, 10 * options.count), PARAMETERS)
            continue
        if kind == "midi":
            count = min(MIDI_BYTES, 100 * options.count)
            wrong = fuzz_midi(count, options.seed)
        elif kind == "sound":
            count = min(BLOCKS, 100 * options.count)
            wrong = fuzz_sound(count, options.seed)
        else:
            count = options.count
            wrong = fuzz(kind, count, options.seed)
        failed |= bool(wrong)
        print(f"{kind:12} {count:8} in {time.monotonic() - begun:5.0f} s  {wrong or 'nothing raised'}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
