"""An output whose program hangs with Python's lock goes on, knows it, and is taken over by the next start."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import AppError
from app.second_start import check_output_free
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.output.layout import SharedMemory, Word
from engine.output.leader import HANGS_NS, LeaderWatch, find_leader
from tests.netns import ROOT
from tests.output.parts import connect, eventually, flat, frame, when

FRAME_NS = 33 * NS_PER_MS


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[SharedMemory]:
    made = SharedMemory.create(tmp_path / "ring")
    yield made
    made.close()


def test_only_silence_that_the_output_saw_counts_and_it_is_told_once(
    memory: SharedMemory, caplog: pytest.LogCaptureFixture
) -> None:
    watch, words, now_ns = LeaderWatch(), memory.words, 0

    def look(span_ns: int, *, fed: bool = True, beats: int = 0) -> int:
        nonlocal now_ns
        for _ in range(span_ns // FRAME_NS + 1):
            now_ns += FRAME_NS
            words[Word.BEATS] += beats
            watch.look(memory, now_ns, fed=fed)
        return int(words[Word.LEADER_SILENT_NS])

    words[Word.WRITER_PID] = 77
    with caplog.at_level(logging.WARNING):
        assert look(2 * HANGS_NS) == 0  # none was ever given: it is starting
        assert look(NS_PER_SECOND, beats=1) == 0
        now_ns += 10 * HANGS_NS  # the machine slept
        assert look(NS_PER_SECOND) < 2 * NS_PER_SECOND
        assert not caplog.messages
        assert look(HANGS_NS) >= HANGS_NS
        words[Word.PUBLISHED] += 12  # pictures are a sign too
        assert look(0) == 0
        assert look(2 * HANGS_NS) >= HANGS_NS
        assert look(NS_PER_SECOND, fed=False) == 0
    hang, back, again = caplog.messages
    assert "process 77) has given no sign for 20 s: it hangs" in hang and "Start Hardcut again" in hang
    assert "signs again" in back and "it hangs" in again


def test_a_program_that_keeps_pythons_lock_for_ever_is_taken_over() -> None:
    arguments = [sys.executable, "-m", "tests.output.hanging_engine", "Test"]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline())

        def silent_ns() -> int:
            leader = find_leader("Test")
            assert leader is not None and leader.pid == engine.pid
            return leader.silent_ns

        eventually(lambda: silent_ns() > NS_PER_SECOND, "that its silence is seen")
        with pytest.raises(AppError, match="Another Hardcut plays"):
            check_output_free("Test", patience_s=0.0)
        told = check_output_free("Test", patience_s=0.0, hangs_ns=NS_PER_SECOND)
        assert f"(process {engine.pid}) was ended; the show goes on" in told
        assert engine.wait(10) != 0
    client = connect()
    assert (client.attached, client.pid) == (True, pid)
    before = client.status()
    when(client, lambda status: status.ticks > before.ticks + 3, "frames")
    client.publish(frame(flat(1, 2, 3), epoch=client.last_epoch + 1))
    when(client, lambda status: status.shown_epoch == 4, "the new program's picture")
    client.close()
