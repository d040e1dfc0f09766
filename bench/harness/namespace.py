"""A network of the benchmark's own: nothing it sends leaves the machine, and two NDI senders find each other.

NDI announces itself by mDNS, and two sending processes on one host need that (without it both want TCP port
5960). So a process of ours enters a fresh network and mount namespace, gives it a loopback that carries
multicast, and runs D-Bus and Avahi on a /run of their own. Others join it through nsenter. When that process
ends, by our will or because we died, its daemons are ended and the namespace is gone.

As an ordinary user the namespace is made inside a user namespace, where Avahi cannot run: one sender only.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.harness.processes import Child, Workplace, helper, input_closed
from engine.errors import EngineError

READY: Final = "ready"
START_S: Final = 10.0
SYSTEM_PATH: Final = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
"""Debian keeps daemons out of the PATH of ordinary users."""

NDI_WITHOUT_DISCOVERY: Final = {"ndi": {"networks": {"ips": "127.0.0.1,", "discovery": ""}}}


class Reach(Enum):
    """How far packets go."""

    DISCOVERY = "a private network with mDNS"
    LOOPBACK = "a private network without mDNS"
    OPEN = "this machine's own network"


class Namespace:
    """The private network, for a with-block.

    Attributes:
        reach: what was made.
        why: the reason why it is not more; "" if it is DISCOVERY.
    """

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._holder: Child | None = None
        self._prefix: list[str] = []
        self.reach = Reach.OPEN
        self.why = ""

    def __enter__(self) -> Self:
        if sys.platform != "linux":
            self.why = "network namespaces are a thing of Linux"
            return self
        root = os.geteuid() == 0
        lacking = [tool for tool in ("unshare", "nsenter", "ip") if not _find(tool)]
        if lacking:
            self.why = f"{', '.join(lacking)} not found"
        elif root and (daemons := [tool for tool in ("dbus-daemon", "avahi-daemon") if not _find(tool)]):
            self.why = f"{', '.join(daemons)} not found (Debian: apt install dbus avahi-daemon)"
            self._open(["--net", "--mount"], Reach.LOOPBACK)
        elif root:
            self._open(["--net", "--mount"], Reach.DISCOVERY)
        else:
            self.why = "only root can run Avahi in a network of its own"
            self._open(["--user", "--net", "--mount"], Reach.LOOPBACK)
        if self.reach is Reach.LOOPBACK:
            config = self._workplace.folder("ndi") / "ndi-config.v1.json"
            config.write_text(json.dumps(NDI_WITHOUT_DISCOVERY), encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._holder is not None:
            self._holder.end()

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` inside; the process keeps its id."""
        return [*self._prefix, *command]

    def _open(self, spaces: list[str], reach: Reach) -> None:
        as_root = ["--map-root-user"] if "--user" in spaces else []
        log = self._workplace.path / "namespace.log"
        command = ["unshare", *spaces, *as_root, "--", *helper("harness.namespace", reach.name)]
        holder = Child(command, self._workplace.environment(), log)
        answer = holder.line()
        if answer != READY:
            holder.end()
            self.why = f"no namespace could be made ({answer or holder.last_error_line() or 'unshare ended'})"
            return
        self._holder = holder
        self.reach = reach
        identity = ["--preserve-credentials"] if "--user" in spaces else []
        self._prefix = ["nsenter", "--target", str(holder.process.pid), *spaces, *identity, "--"]


def run_inside(reach: Reach) -> int:
    """Set the namespace up from inside, report that, and wait until the benchmark closes standard input."""
    closed = input_closed()
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        _run("ip", "link", "set", "lo", "up", "multicast", "on")
        _run("ip", "route", "add", "224.0.0.0/4", "dev", "lo")
        if reach is Reach.DISCOVERY:
            _run("mount", "-t", "tmpfs", "hardcut-bench", "/run")
            Path("/run/dbus").mkdir()
            daemons.append(_daemon("dbus-daemon", "--system", "--nofork", "--nopidfile"))
            _await(Path("/run/dbus/system_bus_socket"), daemons[-1])
            daemons.append(_daemon("avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits"))
            _await(Path("/run/avahi-daemon/socket"), daemons[-1])
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        closed.wait()
    except (EngineError, OSError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait()
    return 0


def _find(tool: str) -> str | None:
    return shutil.which(tool, path=SYSTEM_PATH)


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run([_find(tool) or tool, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise EngineError(f"{tool} {' '.join(arguments)}: {reason[-1] if reason else done.returncode}")


def _daemon(tool: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([_find(tool) or tool, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _await(path: Path, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while not path.exists():
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise EngineError(f"{path} did not appear")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(run_inside(Reach[sys.argv[1]]))
