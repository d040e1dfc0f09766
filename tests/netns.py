"""A network of the test's own: programs run in namespaces where only loopback exists, and end with it.

    run_isolated(["script.py", "argument"])       a Python program in such a network, its output captured
    @isolated()                                   the test itself runs in one, in a pytest of its own
    @isolated(mdns=True)                          with D-Bus and Avahi, for two sending processes; needs root

Without mDNS, NDI finds the senders of one process by the address in its configuration file.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from tests.real_parts import real_parts_required, repeated, root_prefix

ROOT = Path(__file__).resolve().parent.parent
INSIDE = "HARDCUT_TEST_NAMESPACE"
SYSTEM_PATH = "/usr/sbin:/sbin"
"""Debian keeps ip and the daemons out of the PATH of ordinary users."""

Test = TypeVar("Test", bound=Callable[..., None])


def isolated(*, mdns: bool = False, timeout_s: float = 90.0) -> Callable[[Test], Test]:
    """Run a test within a network namespace; its assertions and its output are reported as usual."""

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def run(*arguments: object, **fixtures: object) -> None:
            if INSIDE in os.environ:
                test(*arguments, **fixtures)
                return
            node = os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0]
            pytest_arguments = ["-m", "pytest", "-q", "-s", "--tb=short", "-p", "no:cacheprovider", node]
            done = run_isolated(pytest_arguments, mdns=mdns, timeout_s=timeout_s)
            if done.returncode or " passed" not in done.stdout:
                pytest.fail(f"within its own network:\n{done.stdout}{done.stderr}", pytrace=False)
            sys.stdout.write(done.stdout)
            told = (line.partition("REPEATED ") for line in done.stdout.splitlines())
            repeated.extend(what for before, found, what in told if found and not before)

        return run  # type: ignore[return-value]

    return decorate


def run_isolated(
    arguments: Sequence[str],
    *,
    mdns: bool = False,
    timeout_s: float = 60.0,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run this Python with the arguments in a network of its own.

    Everything started within, detached or not, ends with it: it also has process ids of its own.
    """
    problem = namespace_problem(mdns)
    if problem:
        (pytest.fail if real_parts_required() else pytest.skip)(problem)
    variables = {**os.environ, **(environment or {}), INSIDE: "mdns" if mdns else "ips"}
    command = [*_unshare(mdns), *_carried(variables, mdns), sys.executable, "-m", "tests.netns", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=timeout_s, check=False
    )


@functools.cache
def namespace_problem(mdns: bool) -> str:
    """Why this machine cannot make such a network, or ""."""
    if shutil.which("unshare") is None:
        return "needs unshare"
    if mdns and root_prefix() is None:
        return "a network with mDNS needs root, or sudo without a password"
    tried = subprocess.run([*_unshare(mdns), "true"], capture_output=True, text=True, check=False)
    return f"this machine makes no namespaces: {tried.stderr.strip()}" if tried.returncode else ""


def _unshare(mdns: bool) -> list[str]:
    whole = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() == 0:
        return whole
    if mdns:
        return [*(root_prefix() or ()), *whole]
    return [*whole, "--map-root-user"]


def _carried(variables: Mapping[str, str], mdns: bool) -> list[str]:
    """sudo drops the environment; this hands it on."""
    if os.geteuid() == 0 or not mdns:
        return []
    return ["env", *(f"{name}={value}" for name, value in variables.items())]


def _main(arguments: Sequence[str]) -> int:
    """Within the namespace: bring the network up, run the program, take everything down."""
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([environment.get("PATH", ""), SYSTEM_PATH])
    mdns = environment[INSIDE] == "mdns"
    with ExitStack() as stack:
        subprocess.run(["ip", "link", "set", "lo", "up"], env=environment, check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/dev/shm"], env=environment, check=True)
        if mdns:
            for daemon in _start_mdns(environment):
                stack.callback(daemon.wait, 10)
                stack.callback(daemon.terminate)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ndi-")))
        addresses = "" if mdns else "127.0.0.1,"
        settings = {"ndi": {"networks": {"ips": addresses, "discovery": ""}}}
        (folder / "ndi-config.v1.json").write_text(json.dumps(settings), encoding="utf-8")
        environment["NDI_CONFIG_DIR"] = str(folder)
        return subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode


def _start_mdns(environment: Mapping[str, str]) -> list[subprocess.Popen[bytes]]:
    """A system bus and an Avahi of this namespace, on a /run of its own."""
    quiet = {"env": environment, "check": True}
    subprocess.run(["ip", "link", "set", "lo", "multicast", "on"], **quiet)  # type: ignore[call-overload]
    subprocess.run(["ip", "route", "add", "224.0.0.0/4", "dev", "lo"], **quiet)  # type: ignore[call-overload]
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], **quiet)  # type: ignore[call-overload]
    daemons = []
    for command, ready in (
        (["dbus-daemon", "--system", "--nofork", "--nopidfile"], Path("/run/dbus/system_bus_socket")),
        (["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits"], Path("/run/avahi-daemon/socket")),
    ):
        ready.parent.mkdir(parents=True, exist_ok=True)
        daemons.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for _ in range(1000):
            if ready.exists():
                break
            time.sleep(0.01)
        else:
            raise RuntimeError(f"{command[0]} did not come up")
    return daemons


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
