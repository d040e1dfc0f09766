"""The example package: installed by pip beside the program, and played through all of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.cli.program import PATIENCE_S, command, hardcut
from tests.netns import ROOT

EXAMPLE = ROOT / "examples" / "hardcut-example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has put the example, from a copy of its own."""
    source, target = tmp_path_factory.mktemp("example") / "source", tmp_path_factory.mktemp("installed")
    shutil.copytree(EXAMPLE, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target"]
    subprocess.run([*pip, *options, str(target), str(source)], check=True)
    return target


@pytest.fixture(autouse=True)
def on_the_path(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs started here find it, as they find what is installed with them."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(installed))))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def still(path: Path) -> npt.NDArray[np.uint8]:
    """uint8 [height, width, 3] from a binary PPM."""
    head, _, pixels = path.read_bytes().partition(b"\n")
    assert head == b"P6 64 64 255"
    return np.frombuffer(pixels, np.uint8).reshape(64, 64, 3)


def stills(folder: Path, beyond: int) -> list[Path]:
    """Wait until the sink has written more stills than so many."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := sorted(folder.glob("*.ppm"))) <= beyond:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_it_plays_through_the_whole_program(tmp_path: Path) -> None:
    folder, session, port = tmp_path / "stills", tmp_path / "a.session", free_port()
    process = subprocess.Popen(
        command(
            *("--headless", "--midi", "none", "--osc", f"127.0.0.1:{port}", "--streamdeck", "off"),
            *("--source", "bars:0.37", "--generator", "echo", "--sink", f"stills:{folder}"),
            *("--canvas", "64x64", "--fps", "10", "--session", str(session), "--session-inputs"),
        ),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        before = stills(folder, beyond=2)[-1]
        with SimpleUDPClient("127.0.0.1", port) as client:
            client.send_message("/hardcut/cut", "Clear and Warm")
        after = stills(folder, beyond=int(before.stem) + 2)[-2:]
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=PATIENCE_S)[0]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, said
    for words in ("Source bars:0.37: live", "Generator echo is ready", f"Sending 64×64 as “{folder}”."):
        assert words in said, said
    assert [path.name for path in folder.iterdir() if path.suffix != ".ppm"] == []
    cool, (first, second) = still(before), (still(path) for path in after)
    assert cool[..., 2].mean() > 2 * cool[..., 0].mean() > 0  # the home scene is blue
    for picture in (first, second):  # the other one is red, and shows each bar as it is
        assert picture[..., 0].max() == 255 and picture[..., 2].max() == 0
        bars = picture[32, :, 0]
        assert np.isin(bars, (0, 255)).mean() > 0.8
        assert np.array_equal(picture[3], picture[60])
    assert not np.array_equal(first, second)  # the source moves
    replayed = hardcut("replay", str(session), "--verify")
    made = int(replayed.stdout.split()[0])
    assert made > 10 and replayed.stdout.startswith(f"{made} of {made} chunks identical"), replayed


def test_it_is_told_wherever_one_chooses() -> None:
    doctor = hardcut("doctor").stdout
    for entry in ("echo", "bars", "stills"):
        assert f"{entry} (hardcut-example 0.1.0)" in doctor
    assert re.search(r"^bars +coloured bars that move$", hardcut("sources").stdout, re.MULTILINE)
    assert "echo" in hardcut("--help").stdout
    assert "/hardcut/parameter/echo/trails" in hardcut("osc", "addresses", "--generator", "echo").stdout


def test_mistakes_with_it_are_sentences(tmp_path: Path) -> None:
    assert "needs an address" in hardcut("--sink", "stills").stderr
    options = ("--headless", "--midi", "none", "--osc", "none", "--generator", "echo", "--source", "stage")
    done = hardcut(*options, "--scene", "No Such", "--sink", f"stills:{tmp_path / 'x'}")
    assert (done.returncode, "Known are: Long Trails, Clear and Warm." in done.stderr) == (2, True)
    (tmp_path / "file").write_text("")
    blocked = tmp_path / "file" / "stills"
    done = hardcut(*options, "--sink", f"stills:{blocked}", "--duration", "2", "--canvas", "64x64")
    assert done.returncode == 0
    assert f"The folder cannot be made: Not a directory ({blocked})." in done.stderr, done.stderr


def test_the_output_process_carries_neither_torch_nor_qt() -> None:
    code = (
        "import sys; from engine.output import host; "
        "from engine.output.sinks.registry import make_sink, parse_sink; "
        "make_sink(parse_sink('stills:x'), 'Test'); "
        "print([name for name in ('torch', 'PySide6', 'hardcut_example.echo') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def importable(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example within this process."""
    monkeypatch.syspath_prepend(str(installed))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "hardcut_example"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("importable")
def test_its_sources_tell_its_sessions() -> None:
    import dataclasses

    from hardcut_example.echo import SPEC

    from engine.session.errors import SessionError
    from engine.session.opening import model_of

    assert len(model_of(SPEC)) == 32
    assert model_of(SPEC) == model_of(dataclasses.replace(SPEC, label="Other words"))
    with pytest.raises(SessionError, match="no_such_package"):
        model_of(dataclasses.replace(SPEC, package="no_such_package"))
