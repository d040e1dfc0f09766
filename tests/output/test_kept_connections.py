"""Connections to receivers outlive the output process for a moment, and leave its port free."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from engine.output.kept_connections import KeptConnections
from tests.output.parts import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies of another process's sockets are Linux's")

SERVER = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(server.accept()[0])
    print("accepted", flush=True)
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def ended(client: socket.socket) -> bool:
    """Whether the other side has gone."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_connection_ends_when_it_is_told_to_and_leaves_its_port(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    port = int(server.stdout.readline())
    connections = KeptConnections(server.pid)
    connections.refresh()
    assert connections.count == 0
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert server.stdout.readline() == "accepted\n"
        connections.refresh()
        if connections.count == 0:
            pytest.skip("this system hands out no copies")
        server.kill()
        server.wait()
        time.sleep(0.05)
        assert not ended(client)
        connections.end()
        eventually(lambda: ended(client), "the end of the connection")
    with socket.socket() as successor:
        successor.bind(("127.0.0.1", port))  # no TIME_WAIT: not even SO_REUSEADDR is needed


def test_a_connection_that_the_process_has_closed_is_let_go(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    port = int(server.stdout.readline())
    connections = KeptConnections(server.pid)
    with socket.create_connection(("127.0.0.1", port)) as client:
        assert server.stdout.readline() == "accepted\n"
        connections.refresh()
        server.kill()
        server.wait()
        connections.refresh()
        assert connections.count == 0
        eventually(lambda: ended(client), "the end of the connection")
    connections.close()
    connections.close()
