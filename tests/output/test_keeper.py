"""What keeps the output on air: no single sign decides, nothing is given up, little is said."""

import os
import signal
import time

import pytest

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import OutputError
from engine.output.keeper import CALM_NS, HANG_NS, POLL_NS, OutputKeeper, Pulse
from engine.output.status import OutputStatus
from engine.output.totals import OutputTotals
from tests.output.parts import connect, eventually, flat, frame, when

STEP_NS = 20 * NS_PER_MS


class Scripted:
    """An output that lives, counts and starts as it is told."""

    def __init__(self) -> None:
        self.lives = True
        self.ticks = 0
        self.refusals = 0
        self.renewals = 0
        self.rate = 30

    def alive(self) -> bool:
        return self.lives

    def status(self) -> OutputStatus:
        return OutputStatus(ticks=self.ticks, fps_numerator=self.rate)

    def renew(self) -> None:
        self.renewals += 1
        if self.refusals:
            self.refusals -= 1
            raise OutputError("There is no room")
        self.lives = True

    def keep_files(self) -> None:
        pass

    def keep_spare(self) -> None:
        pass


def watched(keeper: OutputKeeper, now_ns: int, span_ns: int, output: Scripted | None = None) -> tuple[int, list[str]]:
    """Look for a while, ticking or not; the instant afterwards, and what was said."""
    said = []
    for _ in range(span_ns // STEP_NS):
        now_ns += STEP_NS
        if output is not None:
            output.ticks += 1
        said += keeper.poll(now_ns)
    return now_ns, said


def test_one_that_stands_still_is_replaced_within_a_second_and_one_that_ticks_is_not() -> None:
    output = Scripted()
    keeper = OutputKeeper(output, 0)
    now_ns, said = watched(keeper, 0, 10 * NS_PER_SECOND, output)
    assert (said, output.renewals) == ([], 0)
    _, said = watched(keeper, now_ns, HANG_NS + 3 * STEP_NS)
    assert output.renewals == 1
    assert said == ["The output had stood still for 0.6 s and was started again, with its picture and its controls."]


def test_a_watcher_that_was_stopped_itself_takes_nothing_for_hung() -> None:
    output = Scripted()
    keeper = OutputKeeper(output, 0)
    now_ns, _ = watched(keeper, 0, NS_PER_SECOND, output)
    assert keeper.poll(now_ns + 3600 * NS_PER_SECOND) == ()
    assert output.renewals == 0


def test_a_slow_output_may_take_its_time() -> None:
    output = Scripted()
    output.rate = 1
    keeper = OutputKeeper(output, 0)
    watched(keeper, 0, 3 * NS_PER_SECOND)
    assert output.renewals == 0
    watched(keeper, 3 * NS_PER_SECOND, 2 * NS_PER_SECOND)
    assert output.renewals == 1


def test_a_machine_that_is_overrun_does_not_kill_one_after_the_other() -> None:
    output = Scripted()
    keeper = OutputKeeper(output, 0)
    now_ns, _ = watched(keeper, 0, 30 * NS_PER_SECOND)
    assert output.renewals <= 6  # 0.6, 1.2, 2.4, 4.8, 9.6 s of patience
    assert keeper.renewal_count == output.renewals
    now_ns, _ = watched(keeper, now_ns, CALM_NS + NS_PER_SECOND, output)
    before = output.renewals
    watched(keeper, now_ns, HANG_NS + 3 * STEP_NS)
    assert output.renewals == before + 1


def test_a_start_that_fails_is_tried_for_ever_and_told_seldom() -> None:
    output = Scripted()
    output.lives, output.refusals = False, 10_000
    keeper = OutputKeeper(output, 0)
    now_ns, said = watched(keeper, 0, 600 * NS_PER_SECOND)
    assert 70 < output.renewals < 90
    assert len(said) == 10  # once a minute
    assert said[0] == (
        "The output had died and cannot be started again. There is no room. It is tried again every few seconds."
    )
    output.refusals = 0
    _, said = watched(keeper, now_ns, 10 * NS_PER_SECOND, output)
    assert said == ["The output had died and was started again, with its picture and its controls."]


def test_a_pulse_counts_only_what_was_watched() -> None:
    pulse = Pulse()
    assert pulse.still_ns(1, 0) == 0
    assert pulse.still_ns(1, 10 * NS_PER_SECOND) == POLL_NS
    assert pulse.still_ns(2, 11 * NS_PER_SECOND) == 0


def test_counts_go_on_over_processes_and_the_gap_counts_as_lagged() -> None:
    def status(sent: int, deadline_s: float, lagged: int = 0) -> OutputStatus:
        deadline_ns = round(deadline_s * NS_PER_SECOND)
        return OutputStatus(sent=sent, lagged=lagged, next_deadline_ns=deadline_ns, fps_numerator=30)

    tally = OutputTotals(status(100, 1.0, 5))
    tally.add(status(130, 2.0, 6))
    assert (tally.counts.sent, tally.counts.lagged) == (30, 1)
    tally.renew()
    tally.add(status(0, 2.5))
    tally.add(status(30, 3.5))
    assert (tally.counts.sent, tally.counts.lagged) == (60, 16)


def test_the_first_frame_is_this_engines_whatever_the_process_showed_before_and_shows_after() -> None:
    def status(epoch: int, shown_s: int) -> OutputStatus:
        shown_ns = shown_s * NS_PER_SECOND
        return OutputStatus(shown_epoch=epoch, epoch_first_shown_ns=shown_ns, first_frame_ns=NS_PER_SECOND)

    tally = OutputTotals(status(6, 5), last_epoch=7)
    for older in (status(6, 5), status(7, 9)):  # the engine before had published it
        tally.add(older)
    assert tally.first_frame_ns == 0
    for newer in (status(8, 12), status(9, 15)):
        tally.add(newer)
    tally.renew()
    tally.add(status(10, 30))
    assert tally.first_frame_ns == 12 * NS_PER_SECOND


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_hung_process_is_replaced_with_its_picture(number: signal.Signals) -> None:
    client = connect()
    keeper = OutputKeeper(client, time.monotonic_ns())
    client.publish(frame(flat(10, 20, 30)))
    when(client, lambda status: status.shown == 1, "the picture")
    client.steering.set_freeze(True)
    pid, said = client.pid, list[str]()
    os.kill(pid, number)

    def replaced() -> bool:
        said.extend(keeper.poll(time.monotonic_ns()))
        return keeper.renewal_count == 1

    eventually(replaced, "the next process")
    assert client.pid not in (0, pid)
    assert len(said) == 1
    when(client, lambda status: status.ticks > 2, "its frames")
    assert client.preview()[1][0, 0].tolist() == [10, 20, 30, 255]
    client.close()
