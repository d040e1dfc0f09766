"""Repositories of weights on huggingface.co, or on a mirror that HF_ENDPOINT names: what they hold, and its bytes.

Files are read over plain HTTP with ranges, through huggingface_hub's own session (proxies, tokens, retries). Its
`hf_hub_download` is not used: what it has fetched of a file is thrown away when it is stopped (as of 2.4, in
`_download_to_tmp_and_move`), and 28 GB are too many to begin again.
"""

import http
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from engine.errors import GeneratorError

_TIMEOUT_S: Final = 30.0
_RETRIES: Final = 3
"""Of a request that the hub was too busy for; the session waits one, two and four seconds between."""

_LOCK_S: Final = 0.1
"""Long enough to try once."""

_AGAIN: Final = "The same command goes on from where it was."


class Digest(Enum):
    """How a file's content is proved."""

    SHA256 = "SHA-256"
    GIT = "git's SHA-1"


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a file's content has to come to, in hexadecimal digits, and who says so: "the model card" or "the hub"."""

    digest: Digest
    value: str
    source: str

    def __str__(self) -> str:
        return f"{self.digest.value} of {self.source}"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository.

    Attributes:
        revision: the commit it belongs to; path: in the repository, with forward slashes; size: in bytes.
    """

    repo: str
    revision: str
    path: str
    size: int
    checksum: Checksum


@dataclass(frozen=True, slots=True)
class Repository:
    """What a repository holds at one commit.

    Attributes:
        licence: as its page says today, "" if it says nothing.
    """

    name: str
    licence: str
    files: tuple[RemoteFile, ...]


class HuggingFaceHub:
    """The way to the repositories.

    Args:
        endpoint: base address; None: HF_ENDPOINT, or huggingface.co.

    Raises:
        GeneratorError: huggingface_hub is not installed.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        try:
            import huggingface_hub
            from huggingface_hub import constants, utils
        except ImportError as error:
            raise GeneratorError(
                "Weights are fetched through huggingface_hub, which is not installed",
                remedy="Install it with: pip install 'hardcut[wan]'.",
            ) from error
        self._library: Any = huggingface_hub
        self._utils: Any = utils
        self._utils.logging.set_verbosity_error()  # its warnings would write over the progress
        self.endpoint: Final = (endpoint or str(constants.ENDPOINT)).rstrip("/")

    def look_up(self, repo: str) -> Repository:
        """What a repository holds now, and whether this user may have it.

        Raises:
            GeneratorError: it cannot be reached, is not there, or wants an agreement first.
        """
        with self._network_errors(repo):
            api = self._library.HfApi(endpoint=self.endpoint)
            info = api.model_info(repo, files_metadata=True, timeout=_TIMEOUT_S)
            files = tuple(_remote(repo, info.sha, sibling) for sibling in info.siblings or ())
            if info.gated and files:
                self._library.get_hf_file_metadata(self._address(files[0]), timeout=_TIMEOUT_S, endpoint=self.endpoint)
        card = info.card_data
        licence = (card.license_name or card.license) if card is not None else None  # a name where it is "other"
        return Repository(repo, str(licence or ""), files)

    def reach(self, file: RemoteFile) -> None:
        """Wait until the hub answers again: half a minute at most, as the library's backoff has it.

        Raises:
            GeneratorError: it does not.
        """
        with self._network_errors(file.repo):
            self._library.get_hf_file_metadata(
                self._address(file), timeout=_TIMEOUT_S, endpoint=self.endpoint, retry_on_errors=True
            )

    def read(self, file: RemoteFile, start: int) -> Iterator[tuple[int, bytes]]:
        """The bytes of a file from `start` on, each piece with the place it belongs at.

        A server that cannot begin in the middle begins at 0.

        Raises:
            GeneratorError: it broke off, or cannot be had.
        """
        headers = self._utils.build_hf_headers()
        headers["Accept-Encoding"] = "identity"  # offsets count the file's own bytes
        if start:
            headers["Range"] = f"bytes={start}-"
        with (
            self._network_errors(file.repo),
            self._utils.http_stream_backoff(
                "GET",
                self._address(file),
                headers=headers,
                timeout=_TIMEOUT_S,
                max_retries=_RETRIES,
                retry_on_exceptions=(),  # it would also take those that come while the bytes are read
            ) as response,
        ):
            self._utils.hf_raise_for_status(response)
            place = start if response.status_code == http.HTTPStatus.PARTIAL_CONTENT else 0
            for piece in response.iter_bytes():  # as it comes: nothing waits in a buffer to be lost
                yield place, piece
                place += len(piece)

    @contextmanager
    def alone(self, path: Path) -> Iterator[None]:
        """Hold a lock file, which goes with the holder, however it ends.

        Raises:
            TimeoutError: another program holds it.
        """
        with self._utils.WeakFileLock(path, timeout=_LOCK_S):
            yield

    def _address(self, file: RemoteFile) -> str:
        address: str = self._library.hf_hub_url(file.repo, file.path, revision=file.revision, endpoint=self.endpoint)
        return address

    @contextmanager
    def _network_errors(self, repo: str) -> Iterator[None]:
        """Say in a sentence what the library raises. Its own sentences name its own parameters."""
        from huggingface_hub import errors

        where = f"{self.endpoint}/{repo}"
        # Where HTTPError comes from depends on the library's release; its own errors are made of it.
        connection: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]
        try:
            yield
        except errors.GatedRepoError as error:
            raise GeneratorError(
                "This repository is given only to those who agreed to its terms",
                where=where,
                remedy="Agree to them on that page, then sign in with: hf auth login.",
            ) from error
        except errors.RepositoryNotFoundError as error:
            raise GeneratorError(
                "There is no such repository, or it is not open to you",
                where=where,
                remedy="If it is private, sign in with: hf auth login.",
            ) from error
        except errors.OfflineModeIsEnabled as error:
            raise GeneratorError(
                "Nothing is fetched while HF_HUB_OFFLINE is set", where=where, remedy="Unset it."
            ) from error
        except errors.HfHubHTTPError as error:
            status = error.response.status_code
            name = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else "unknown"
            raise GeneratorError(f"The hub answered {status}, {name}", where=where, remedy=_AGAIN) from error
        except connection as error:
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise GeneratorError(
                f"The connection failed: {reason}", where=where, remedy=f"Check the network. {_AGAIN}"
            ) from error


def _remote(repo: str, revision: str, sibling: Any) -> RemoteFile:
    """Large files lie under their SHA-256, small ones in git, which counts a header in."""
    if sibling.lfs is not None:
        checksum = Checksum(Digest.SHA256, str(sibling.lfs.sha256), "the hub")
    else:
        checksum = Checksum(Digest.GIT, str(sibling.blob_id), "the hub")
    return RemoteFile(repo, revision, str(sibling.rfilename), int(sibling.size or 0), checksum)
