"""The output process, for real but sending nowhere: found, fed, controlled, killed, restarted, ended."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from engine.clock import SystemClock
from engine.errors import OutputError
from engine.messages.interpolation import Interpolation
from engine.messages.rates import USUAL_RATES, rate_text
from engine.output.client import (
    NULL_SINK,
    OutputClient,
    OutputConfig,
    RunningOutput,
    SinkSpec,
    running_outputs,
)
from engine.output.rendezvous import Lock, Note, Rendezvous
from tests.netns import ROOT
from tests.output.parts import connect, eventually, flat, frame, when


@pytest.fixture
def client() -> Iterator[OutputClient]:
    client = connect()
    yield client
    client.close()


def remove(folder: Path) -> None:
    """Remove a folder in which somebody may be writing."""
    aside = folder.with_name(f"{folder.name}-removed")
    folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def rings(pid: int) -> list[Path]:
    return list(Path("/dev/shm").glob(f"hardcut-{pid}-*.ring"))


def test_a_chunk_is_shown_and_then_held(client: OutputClient) -> None:
    assert not client.attached
    client.publish_chunk([frame(flat(index, 0, 0), epoch=2, chunk=5, position=index) for index in range(12)])
    status = when(client, lambda status: status.repeated > 2, "the end of the chunk")
    assert (status.shown, status.skipped, status.discarded, status.queued, status.held) == (12, 0, 0, 0, 0)
    assert (status.shown_epoch, status.shown_chunk, status.alive, status.detail) == (2, 5, True, "")
    assert 0 < status.first_frame_ns == status.epoch_first_shown_ns < status.next_deadline_ns
    assert (status.width, status.height, status.fps_numerator, status.fps_denominator) == (896, 896, 30, 1)
    assert (client.queued(), client.free_slots(), client.last_epoch) == (0, 32, 2)
    sequence, picture = client.preview()
    assert sequence == 13  # the first was black
    assert picture[7, 7].tolist() == [11, 0, 0, 255]


def test_a_cut_leaves_no_stale_frame(client: OutputClient) -> None:
    client.publish_chunk([frame(flat(1, 0, 0), epoch=0, chunk=0, period_ns=200_000_000)] * 12)
    when(client, lambda status: status.shown >= 1, "the first frame")
    client.publish(frame(flat(2, 0, 0), epoch=1, chunk=1))
    status = when(client, lambda status: status.shown_epoch == 1, "the cut")
    assert status.shown + status.discarded == 13
    assert status.discarded >= 9
    assert status.epoch_first_shown_ns > status.first_frame_ns


def test_freeze_blackout_and_level_act_on_what_viewers_see(client: OutputClient) -> None:
    def seen() -> list[int]:
        return client.preview()[1][0, 0].tolist()

    client.publish(frame(flat(200, 100, 50)))
    eventually(lambda: seen() == [200, 100, 50, 255], "the picture")
    client.steering.set_freeze(True)
    when(client, lambda status: status.freeze, "the freeze")
    client.publish(frame(flat(9, 9, 9)))
    when(client, lambda status: status.shown == 2, "the second picture, unseen")
    assert seen() == [200, 100, 50, 255]
    client.steering.set_level(0.5)
    eventually(lambda: seen() == [100, 50, 25, 255], "the level")
    client.steering.set_blackout(True)
    eventually(lambda: seen() == [0, 0, 0, 255], "the blackout")
    client.steering.set_freeze(False)
    client.steering.set_blackout(False)
    client.steering.set_level(1.0)
    eventually(lambda: seen() == [9, 9, 9, 255], "the newest picture")
    with pytest.raises(OutputError, match=r"cannot be 1\.5"):
        client.steering.set_level(1.5)


def test_the_canvas_changes_within_the_running_process(client: OutputClient) -> None:
    pid = client.pid
    client.steering.set_canvas(1280, 720)
    status = when(client, lambda status: status.width == 1280, "the new canvas")
    assert (status.height, client.pid) == (720, pid)
    with pytest.raises(OutputError, match="cannot be 721"):
        client.steering.set_canvas(1280, 721)
    assert client.status().height == 720


@pytest.mark.parametrize("rate", USUAL_RATES, ids=rate_text)
def test_the_rate_changes_within_the_running_process(client: OutputClient, rate: Fraction) -> None:
    pid = client.pid
    client.publish_chunk([frame(flat(index, 0, 0), position=index) for index in range(4)])
    when(client, lambda status: status.shown == 4, "the frames at the first rate")
    client.steering.set_rate(rate)
    fps = (rate.numerator, rate.denominator)
    when(client, lambda status: (status.fps_numerator, status.fps_denominator) == fps, "the new rate")
    assert (client.steering.rate, client.pid) == (rate, pid)
    before = client.status()
    period_ns = round(1_000_000_000 / rate)
    client.publish_chunk(
        [frame(flat(9, index, 0), chunk=1, position=index, period_ns=period_ns) for index in range(25)]
    )
    after = when(client, lambda status: status.shown == 29, "the frames at the new rate")
    assert (after.held, after.skipped, after.discarded) == (before.held, 0, 0)  # one to one
    # Deadlines lie whole periods apart, exactly: rounded to nanoseconds once, not once a period.
    periods = Fraction(after.next_deadline_ns - before.next_deadline_ns, 1_000_000_000) * rate
    assert abs(periods - round(periods)) < 2 * rate / 1_000_000_000
    assert round(periods) == after.ticks + after.lagged - before.ticks - before.lagged


def test_an_impossible_rate_changes_nothing(client: OutputClient) -> None:
    with pytest.raises(OutputError, match="cannot be 1000 frames"):
        client.steering.set_rate(Fraction(1000))
    assert client.steering.rate == 30


def test_an_output_that_was_started_again_has_the_rate_it_had(client: OutputClient) -> None:
    client.steering.set_rate(Fraction(50))
    when(client, lambda status: status.fps_numerator == 50, "the new rate")
    os.kill(client.pid, signal.SIGKILL)
    eventually(lambda: not client.alive(), "its death")
    client.renew()
    when(client, lambda status: status.alive and status.fps_numerator == 50, "the rate")


def test_closing_leaves_neither_process_nor_file(runtime_dir: Path) -> None:
    client = connect()
    pid = client.pid
    assert rings(pid)
    assert running_outputs() == (RunningOutput(name="Test", pid=pid, fed=True),)
    client.close()
    client.close()
    assert not psutil.pid_exists(pid)
    assert not rings(pid)
    assert not list(runtime_dir.iterdir())
    assert running_outputs() == ()
    assert not client.alive()
    assert not client.status().alive
    with pytest.raises(OutputError, match="closed"):
        client.steering.set_freeze(True)


def test_a_killed_engine_leaves_the_last_picture_and_a_new_one_goes_on() -> None:
    arguments = [sys.executable, "-m", "tests.output.crashing_engine", "Test", "null", "10", "20", "30"]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline())
        with pytest.raises(OutputError, match="Another engine already plays"):
            connect()
        engine.kill()
    assert running_outputs() == (RunningOutput(name="Test", pid=pid, fed=False),)
    client = connect()
    assert (client.attached, client.pid, client.last_epoch) == (True, pid, 3)
    before = client.status()
    after = when(client, lambda status: status.ticks > before.ticks + 3, "frames without an engine")
    assert after.alive
    assert client.preview()[1][0, 0].tolist() == [10, 20, 30, 255]
    client.publish(frame(flat(1, 2, 3), epoch=client.last_epoch + 1))
    when(client, lambda status: status.shown_epoch == 4, "the new engine's picture")
    assert client.preview()[1][0, 0].tolist() == [1, 2, 3, 255]
    client.close()


def test_the_controls_of_a_running_output_outlive_their_engine() -> None:
    first = connect()
    first.steering.set_blackout(True)
    first.steering.set_level(0.25)
    first.close(end_output=False)
    second = connect()
    assert second.attached
    second.steering.set_freeze(True)
    status = when(second, lambda status: status.freeze, "the freeze")
    assert (status.blackout, status.level) == (True, 0.25)
    second.close()


def test_a_killed_output_is_noticed_and_started_again_with_its_controls(client: OutputClient) -> None:
    pid = client.pid
    client.steering.set_level(0.5)
    client.steering.set_interpolation(Interpolation.BLEND)
    client.publish(frame(flat(2, 4, 6)))
    when(client, lambda status: status.shown == 1, "the picture")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not client.alive(), "the output's death")
    assert not client.status().alive
    assert rings(pid)
    client.renew()
    assert client.pid != pid
    assert not rings(pid)
    client.publish(frame(flat(20, 40, 60), epoch=1))
    status = when(client, lambda status: status.shown == 1, "a picture on the new output")
    assert (status.alive, status.level) == (True, 0.5)
    assert client.preview()[1][0, 0].tolist() == [10, 20, 30, 255]
    client.publish_chunk([frame(flat(value, value, value), epoch=2, period_ns=200_000_000) for value in (0, 100)])
    status = when(client, lambda status: status.between > 3, "pictures between the two")
    assert status.added_ns >= 200_000_000


def test_what_takes_the_place_of_a_frozen_output_shows_its_picture_at_once(client: OutputClient) -> None:
    client.publish(frame(flat(200, 100, 50), epoch=7))
    when(client, lambda status: status.shown == 1, "the picture")
    client.steering.set_freeze(True)
    client.steering.set_level(0.5)
    when(client, lambda status: status.freeze, "the freeze")
    client.publish(frame(flat(9, 9, 9), epoch=7))
    when(client, lambda status: status.shown == 2, "the newer one, unseen")
    before = client.preview()[0]
    os.kill(client.pid, signal.SIGKILL)
    client.renew()
    assert client.last_epoch == 7
    eventually(lambda: client.preview()[0] > before + 1, "its first frame")
    assert client.preview()[1][0, 0].tolist() == [100, 50, 25, 255]
    client.steering.set_freeze(False)
    client.steering.set_level(1.0)
    eventually(lambda: client.preview()[1][0, 0].tolist() == [9, 9, 9, 255], "what came beside the frozen one")


def test_between_two_processes_controls_are_kept_and_frames_let_go(
    client: OutputClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.publish(frame(flat(2, 4, 6)))
    when(client, lambda status: status.shown == 1, "the picture")
    os.kill(client.pid, signal.SIGKILL)
    with monkeypatch.context() as broken:
        broken.setattr("engine.output.starting.arguments", lambda *_: ["--canvas", "3x3"])
        with pytest.raises(OutputError, match=r"does not start.*The canvas width cannot be 3"):
            client.renew()
    assert (client.alive(), client.free_slots(), client.queued(), client.pid) == (False, 0, 0, 0)
    assert not client.status().alive
    client.publish(frame(flat(1, 1, 1)))
    client.steering.set_blackout(True)
    client.steering.set_canvas(640, 360)
    assert client.preview()[1][0, 0].tolist() == [2, 4, 6, 255]
    client.renew()
    status = when(client, lambda status: status.ticks > 1, "its frames")
    assert (status.blackout, status.width) == (True, 640)
    client.steering.set_blackout(False)
    eventually(lambda: client.preview()[1][0, 0].tolist() == [2, 4, 6, 255], "the picture")


def test_a_stopped_output_is_said_to_send_nothing(client: OutputClient) -> None:
    when(client, lambda status: status.output_fps > 20, "its rate")
    os.kill(client.pid, signal.SIGSTOP)
    status = when(client, lambda status: status.output_fps == 0.0, "that it sends nothing")
    assert status.alive
    client.renew()
    when(client, lambda status: status.output_fps > 20, "the rate of the next")


def test_files_that_were_deleted_are_made_again_and_the_output_is_not_taken_for_dead(
    client: OutputClient, runtime_dir: Path
) -> None:
    pid = client.pid
    remove(runtime_dir)
    assert client.alive()
    client.keep_files()
    eventually(lambda: [one.pid for one in running_outputs()] == [pid], "its note and its lock")
    assert running_outputs()[0].fed
    with pytest.raises(OutputError, match="Another engine already plays"):
        connect()
    client.publish(frame(flat(1, 2, 3)))
    when(client, lambda status: status.shown == 1, "a picture")
    client.close()
    assert not psutil.pid_exists(pid)
    assert not list(runtime_dir.iterdir())


def test_an_output_that_was_found_is_known_by_more_than_its_files(runtime_dir: Path) -> None:
    first = connect()
    pid = first.pid
    first.close(end_output=False)
    second = connect()
    assert (second.attached, second.pid) == (True, pid)
    remove(runtime_dir)
    assert second.alive()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not second.alive(), "its death")
    second.renew()
    assert second.pid != pid
    second.close()


def test_a_ring_that_was_deleted_is_made_again_for_the_next_engine() -> None:
    first = connect()
    pid = first.pid
    first.publish(frame(flat(10, 20, 30), epoch=5))
    when(first, lambda status: status.shown == 1, "the picture")
    first.steering.set_level(0.5)
    when(first, lambda status: status.level == 0.5, "the level")
    [ring] = rings(pid)
    ring.unlink()
    first.close(end_output=False)
    eventually(lambda: bool(rings(pid)), "another ring")
    second = connect()
    assert (second.attached, second.pid, second.last_epoch) == (True, pid, 5)
    eventually(lambda: second.preview()[1][0, 0].tolist() == [5, 10, 15, 255], "the picture")
    second.publish(frame(flat(2, 4, 6), epoch=6))
    eventually(lambda: second.preview()[1][0, 0].tolist() == [1, 2, 3, 255], "the next picture")
    second.close()
    assert not rings(pid)


def test_a_runtime_folder_that_cannot_be_written_does_not_keep_an_output_from_its_note(runtime_dir: Path) -> None:
    note = runtime_dir / "output-Test.json"
    note.mkdir()  # nothing can take its place
    client = connect()
    status = when(client, lambda status: "note of the output" in status.detail, "the trouble")
    assert status.alive
    client.publish(frame(flat(1, 2, 3)))
    when(client, lambda status: status.shown == 1, "a picture all the same")
    note.rmdir()
    when(client, lambda status: status.detail == "", "its end")
    client.close()


def test_a_spare_takes_over_and_ends_with_its_client(client: OutputClient) -> None:
    client.keep_spare()
    [spare] = [one for one in psutil.Process().children() if one.pid != client.pid]
    client.keep_spare()
    os.kill(client.pid, signal.SIGKILL)
    client.renew()
    assert client.pid == spare.pid
    client.keep_spare()
    [unused] = [one for one in psutil.Process().children() if one.pid != client.pid]
    client.close()
    assert not unused.is_running()


def test_closing_after_the_output_was_killed_leaves_nothing() -> None:
    client = connect()
    pid = client.pid
    os.kill(pid, signal.SIGKILL)
    client.close()
    assert not rings(pid)


def test_a_hung_output_is_killed_as_a_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.output.link.END_PATIENCE_S", 0.3)
    first = connect()
    pid = first.pid
    first.close(end_output=False)
    second = connect()  # it did not start that process: it knows the pid from the note
    os.kill(pid, signal.SIGSTOP)
    second.close()
    eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, "its end")
    assert not rings(pid)


def test_sigterm_ends_it_in_order(client: OutputClient, runtime_dir: Path) -> None:
    os.kill(client.pid, signal.SIGTERM)
    eventually(lambda: not client.alive(), "its end")
    assert not rings(client.pid)
    assert {path.name for path in runtime_dir.iterdir()} <= {"output-Test.log"}


def test_without_an_engine_it_ends_after_the_linger_time() -> None:
    client = connect(linger_s=0.1)
    pid = client.pid
    client.close(end_output=False)
    eventually(lambda: not rings(pid), "its end")
    connect().close()  # sweeps the log


@pytest.mark.parametrize("noted", [True, False])
def test_an_output_found_while_it_ends_is_replaced(runtime_dir: Path, noted: bool) -> None:
    meeting = Rendezvous(runtime_dir, "Test")
    dying = Lock.acquire(meeting.host_lock)
    assert dying is not None
    if noted:  # it has taken its ring down, but not yet its note
        ring = str(runtime_dir / "gone.ring")
        meeting.write(Note(name="Test", pid=1, started_ns=0, ring=ring))

    def end() -> None:
        meeting.sweep()
        dying.release()

    last_words = threading.Timer(0.2, end)
    last_words.start()
    client = connect()
    last_words.join()
    assert not client.attached
    when(client, lambda status: status.ticks > 3, "the new output's frames")
    client.close()


def test_a_second_process_of_the_same_name_refuses(client: OutputClient) -> None:
    command = [sys.executable, "-m", "engine.output.host", "--name", "Test", "--sink", "null"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 2
    assert second.stderr == "An output of this name is already running (Test). Choose another name.\n"
    assert client.alive()


def test_two_outputs_of_different_names_live_side_by_side(client: OutputClient) -> None:
    other = connect("Second")
    assert {output.name for output in running_outputs()} == {"Test", "Second"}
    other.close()
    assert client.alive()


def test_the_sinks_of_a_running_output_go_on_beside_those_that_are_asked_for(client: OutputClient) -> None:
    client.steering.switch_sink(SinkSpec("null"), False)
    client.steering.switch_sink(SinkSpec("nothing"), True)
    eventually(lambda: [one.sink for one in client.sinks()] == ["nothing"], "that it is switched on")
    client.close(end_output=False)
    again = connect()
    eventually(lambda: [one.sink for one in again.sinks()] == ["null", "nothing"], "both")
    again.close()


def test_an_output_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, runtime_dir: Path) -> None:
    monkeypatch.setattr("engine.output.starting.arguments", lambda *_: ["--canvas", "3x3"])
    with pytest.raises(OutputError, match=r"does not start.*The canvas width cannot be 3"):
        connect()
    (runtime_dir / "output-Test.log").unlink()


def test_it_imports_neither_torch_nor_qt_nor_openssl() -> None:
    imports = "import sys, engine.output.client, engine.output.loop, engine.output.sinks.ndi"
    code = f"{imports}; print(sorted({{'torch', 'PySide6', 'cv2', 'ssl', 'hashlib'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "['cv2']\n"


def test_everything_that_is_asked_for_reaches_the_process() -> None:
    config = OutputConfig(name="Bühne 2", width=1280, height=720, fps=Fraction(50), sinks=(NULL_SINK,))
    client = OutputClient.connect(config, SystemClock())
    status = when(client, lambda status: status.ndi_name != "", "the name")
    assert status.ndi_name == "Bühne 2 (nowhere)"
    assert (status.width, status.height, status.fps_numerator, status.fps_denominator) == (1280, 720, 50, 1)
    client.close()
