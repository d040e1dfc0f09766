"""A hub on loopback: as much of huggingface.co's protocol as its client asks for, over real HTTP, with faults on order.

    with HubServer({"someone/model": {"big.bin": bytes(10)}}) as server:
        Hub(server.endpoint)

Large files (".bin", ".pt", ".pth", ".safetensors") are stored by their SHA-256 and redirected to another path, as the
hub sends them to its CDN; the others lie in git.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"
_LARGE = (".bin", ".pt", ".pth", ".safetensors")


@dataclass
class Faults:
    """What goes wrong, by path in the repository unless said.

    Attributes:
        cuts: after how many bytes of the body the connection is closed, each once, in order.
        damaged: bytes that are sent in place of the true ones; no_ranges: the whole file is sent, whatever is asked.
        gated, missing: repositories that want an agreement, or are not there; down: every answer is a 503.
        stall: after how many bytes the server waits until it is closed.
    """

    cuts: dict[str, list[int]] = field(default_factory=dict)
    damaged: dict[str, bytes] = field(default_factory=dict)
    no_ranges: bool = False
    gated: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    down: bool = False
    stall: dict[str, int] = field(default_factory=dict)


class HubServer:
    """The server; its faults may be changed while it runs.

    Attributes:
        asked: (method, path in the repository or API address, Range or "") of every request, in order.
    """

    def __init__(self, repositories: Mapping[str, Mapping[str, bytes]], licence: str = "apache-2.0") -> None:
        self.repositories = repositories
        self.licence = licence
        self.faults = Faults()
        self.asked: list[tuple[str, str, str]] = []
        self.stalled = threading.Event()
        self._closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def do_HEAD(self) -> None:
                server._answer(self)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its own name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="hub-server")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def ranges(self, path: str) -> list[str]:
        """The Range of every request for the bytes of a file."""
        return [wanted for method, asked, wanted in self.asked if method == "GET" and asked == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        address = urlsplit(request.path)
        parts = unquote(address.path).strip("/").split("/")
        if self.faults.down:
            self._refuse(request, 503)
        elif parts[:2] == ["api", "models"]:
            self.asked.append((request.command, address.path, ""))
            self._describe(request, "/".join(parts[2:]))
        elif len(parts) > 4 and parts[2] in ("resolve", "cdn"):
            repo, path = "/".join(parts[:2]), "/".join(parts[4:])
            if repo in self.faults.gated:
                self._refuse(request, 403, "GatedRepo")
            elif parts[3] != COMMIT or path not in self.repositories[repo]:
                self._refuse(request, 404, "EntryNotFound")
            elif parts[2] == "resolve" and path.endswith(_LARGE):
                request.send_response(302)
                self._headers(request, repo, path)
                request.send_header("Location", f"/{repo}/cdn/{COMMIT}/{path}")
                request.end_headers()
            else:
                self._send(request, repo, path)
        else:
            self._refuse(request, 404)

    def _describe(self, request: BaseHTTPRequestHandler, repo: str) -> None:
        if repo in self.faults.missing or repo not in self.repositories:
            self._refuse(request, 401, "RepoNotFound")
            return
        siblings = []
        for path, content in self.repositories[repo].items():
            sibling: dict[str, object] = {"rfilename": path, "size": len(content), "blobId": _git(content)}
            if path.endswith(_LARGE):
                sibling["lfs"] = {"sha256": sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            siblings.append(sibling)
        body = json.dumps(
            {
                "id": repo,
                "sha": COMMIT,
                "gated": "auto" if repo in self.faults.gated else False,
                "cardData": {"license": self.licence},
                "siblings": siblings,
            }
        ).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _headers(self, request: BaseHTTPRequestHandler, repo: str, path: str) -> None:
        content = self.repositories[repo][path]
        large = path.endswith(_LARGE)
        request.send_header("X-Repo-Commit", COMMIT)
        request.send_header("ETag", f'"{sha256(content).hexdigest() if large else _git(content)}"')
        if large:
            request.send_header("X-Linked-Size", str(len(content)))
            request.send_header("X-Linked-Etag", f'"{sha256(content).hexdigest()}"')

    def _send(self, request: BaseHTTPRequestHandler, repo: str, path: str) -> None:
        wanted = request.headers.get("Range", "")
        self.asked.append((request.command, path, wanted))
        content = self.faults.damaged.get(path, self.repositories[repo][path])
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not self.faults.no_ranges else 0
        body = content[start:]
        request.send_response(206 if start else 200)
        self._headers(request, repo, path)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "HEAD":
            return
        if path in self.faults.stall:
            request.wfile.write(body[: self.faults.stall[path]])
            self.stalled.set()
            self._closing.wait(60)
            return
        cuts = self.faults.cuts.get(path, [])
        request.wfile.write(body[: cuts.pop(0)] if cuts else body)

    def _refuse(self, request: BaseHTTPRequestHandler, status: int, code: str = "") -> None:
        request.send_response(status)
        if code:
            request.send_header("X-Error-Code", code)
        request.send_header("Content-Length", "0")
        request.end_headers()


def _git(content: bytes) -> str:
    return sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
