"""The files of a model card, fetched: planned and told first, resumed where broken off, proved, then put in place.

While a file is on its way it lies in `.fetching/KEY` beside its repository's files, KEY standing for exactly these
contents: what was fetched of another version is never continued. A file, or the folder of a text encoder, gets its
own name by one rename when all of it is there and proved.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import blake2b, sha1, sha256
from pathlib import Path, PurePosixPath
from typing import Final

from engine.errors import GeneratorError
from engine.generators.wan.library.hub import Checksum, Digest, HuggingFaceHub, RemoteFile, Repository
from engine.model_files import FetchableCard, ModelFile

_STAGE: Final = ".fetching"
_REPLACED: Final = ".replaced"
_BLOCK: Final = 8 << 20
_GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file or folder of a card, and what of the repository it is made of.

    Attributes:
        licence: what the repository's page says today, "" if nothing.
        stage: where it lies while it is fetched; final: where it will be.
        begun: bytes that an earlier fetch has left.
        fault: why what is there now is to be replaced; "": nothing is there.
    """

    wanted: ModelFile
    licence: str
    files: tuple[RemoteFile, ...]
    stage: Path
    final: Path
    begun: int
    fault: str = ""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What is to be fetched for a card, from where to where.

    Attributes:
        kept: files of the card that are there and to stay; free: bytes on the folder's disk.
    """

    card: FetchableCard
    folder: Path
    parcels: tuple[Parcel, ...]
    kept: tuple[ModelFile, ...]
    free: int

    @property
    def size(self) -> int:
        return sum(parcel.size for parcel in self.parcels)

    @property
    def left(self) -> int:
        """Bytes still to come."""
        return self.size - sum(parcel.begun for parcel in self.parcels)


class FetchStep:
    """What is being done to a file."""


@dataclass(frozen=True, slots=True)
class Fetching(FetchStep):
    """Bytes of the whole plan that are on disk now."""

    file: RemoteFile
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Proving(FetchStep):
    """All bytes of a file are there; its checksum is worked out next."""

    file: RemoteFile


@dataclass(frozen=True, slots=True)
class Placed(FetchStep):
    """A file or folder of the card is where it belongs."""

    parcel: Parcel


def plan_fetch(card: FetchableCard, folder: Path, hub: HuggingFaceHub) -> FetchPlan:
    """Ask the hub what the missing files of a card are made of, and those that cannot be whole. Nothing is written.

    Raises:
        GeneratorError: a repository cannot be reached or lacks a file, a file is another than the card names, or
            there is no room.
    """
    lacking = (*card.missing(folder), *card.broken(folder))
    repositories = {repo: hub.look_up(repo) for repo in dict.fromkeys(file.repo for file in lacking)}
    parcels = tuple(_parcel(wanted, repositories[wanted.repo], folder) for wanted in lacking)
    plan = FetchPlan(
        card=card,
        folder=folder,
        parcels=parcels,
        kept=tuple(file for file in card.files if file not in lacking),
        free=_free(folder),
    )
    if plan.left > plan.free:
        raise GeneratorError(
            f"{plan.left / _GIB:.1f} GiB are to come and {plan.free / _GIB:.1f} GiB are free",
            where=str(folder),
            remedy="Make room, or name another folder in HARDCUT_MODELS.",
        )
    return plan


def fetch(plan: FetchPlan, hub: HuggingFaceHub) -> Iterator[FetchStep]:
    """Fetch what a plan names, step by step. Stop at any step: a later fetch goes on from there.

    Raises:
        GeneratorError: the network, the disk or a checksum failed; what was fetched stays, but for a wrong file.
    """
    done = sum(_begun(parcel.stage, parcel.files) for parcel in plan.parcels)
    for parcel in plan.parcels:
        with _alone(parcel.stage, hub):
            for file in parcel.files:
                path = parcel.stage / file.path
                for gained in _bring(file, path, hub):
                    done += gained
                    yield Fetching(file, done, plan.size)
                yield Proving(file)
                _prove(file, path)
            with _on_disk(parcel.final):
                parcel.final.parent.mkdir(parents=True, exist_ok=True)
                _place(parcel)
        shutil.rmtree(parcel.stage, ignore_errors=True)
        with suppress(OSError):  # others may be on their way beside it
            parcel.stage.parent.rmdir()
        yield Placed(parcel)


def _place(parcel: Parcel) -> None:
    """Only now what was there goes: a folder, which no rename replaces, is laid beside the new one for that moment."""
    new, old = parcel.stage / parcel.wanted.file, parcel.stage / _REPLACED
    if parcel.final.is_dir():
        parcel.final.replace(old)
    new.replace(parcel.final)


def _parcel(wanted: ModelFile, repository: Repository, folder: Path) -> Parcel:
    within = f"{wanted.file}/"
    files = tuple(file for file in repository.files if file.path == wanted.file or file.path.startswith(within))
    if not files:
        raise GeneratorError(
            f"The repository holds no {wanted.file} any more",
            where=repository.name,
            remedy="Its owner has moved it: look at its page, and put the file where `hardcut models list` says.",
        )
    if wanted.sha256:
        files = (_checked_against_card(wanted, files[0]),)
    for file in files:
        if ".." in PurePosixPath(file.path).parts or PurePosixPath(file.path).is_absolute() or "\\" in file.path:
            raise GeneratorError(f"The repository names a file outside itself, {file.path!r}", where=repository.name)
    key = blake2b("\n".join(f"{file.path} {file.size} {file.checksum.value}" for file in files).encode(), digest_size=8)
    home = folder / wanted.repo
    stage = home / _STAGE / key.hexdigest()
    return Parcel(
        wanted, repository.licence, files, stage, home / wanted.file, _begun(stage, files), wanted.fault(folder)
    )


def _checked_against_card(wanted: ModelFile, file: RemoteFile) -> RemoteFile:
    """The card's checksum goes before the hub's; where they differ, nothing need be fetched to know."""
    if file.checksum.digest is Digest.SHA256 and file.checksum.value != wanted.sha256:
        raise GeneratorError(
            f"{wanted.file} is not the file any more that this model was made for: its SHA-256 is another",
            where=file.repo,
            remedy="Nothing was fetched. A newer Hardcut may know the new file.",
        )
    return replace(file, checksum=Checksum(Digest.SHA256, wanted.sha256, "the model card"))


def _bring(file: RemoteFile, path: Path, hub: HuggingFaceHub) -> Iterator[int]:
    """Fetch what is missing of one file; yields how many bytes it has gained, or lost where it began anew.

    A connection that breaks is taken up again as long as each attempt brings something.
    """
    with _on_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        if path.stat().st_size > file.size:
            os.truncate(path, 0)
            yield -file.size
    while (start := _size(path)) < file.size:
        try:
            yield from _append(file, path, start, hub)
        except GeneratorError:
            if _size(path) <= start:
                raise
            hub.reach(file)
        else:
            if _size(path) <= start:
                raise GeneratorError(f"The hub ended {file.path} after {start} of {file.size} bytes", where=file.repo)


def _append(file: RemoteFile, path: Path, start: int, hub: HuggingFaceHub) -> Iterator[int]:
    """One request; a server that begins anew is followed."""
    with _on_disk(path), path.open("ab") as out:
        for place, piece in hub.read(file, start):
            before = out.tell()
            if place < before:
                out.truncate(place)
                out.seek(place)
            out.write(piece[: file.size - place])
            yield out.tell() - before
        out.flush()
        os.fsync(out.fileno())


def _prove(file: RemoteFile, path: Path) -> None:
    """Raises GeneratorError: the content is another; the file is removed then."""
    if file.checksum.digest is Digest.SHA256:
        content = sha256()
    else:
        content = sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    with _on_disk(path), path.open("rb") as source:
        while block := source.read(_BLOCK):
            content.update(block)
    if content.hexdigest() == file.checksum.value.lower():
        return
    path.unlink()
    raise GeneratorError(
        f"{file.path} arrived damaged: it is not what the {file.checksum} says",
        where=file.repo,
        remedy="It was removed: fetch it again.",
    )


@contextmanager
def _alone(stage: Path, hub: HuggingFaceHub) -> Iterator[None]:
    """Two programs that fetch the same file would write over each other."""
    lock = stage.with_suffix(".lock")
    with _on_disk(stage):
        stage.mkdir(parents=True, exist_ok=True)
    try:
        with hub.alone(lock):
            yield
            with suppress(OSError):  # where a held file cannot be removed, the empty lock stays
                lock.unlink()
    except TimeoutError:
        raise GeneratorError("Another fetch of this model is at work", where=str(stage.parent)) from None


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    """Say in a sentence what the disk refused."""
    try:
        yield
    except OSError as error:
        full = errno.errorcode.get(error.errno or 0) in ("ENOSPC", "EDQUOT")
        raise GeneratorError(
            "The disk is full" if full else f"This cannot be written: {error.strerror}",
            where=str(path),
            remedy="Make room: the same command goes on from where it was." if full else "",
        ) from error


def _begun(stage: Path, files: Sequence[RemoteFile]) -> int:
    return sum(min(_size(stage / file.path), file.size) for file in files)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _free(folder: Path) -> int:
    """Of the disk that a folder is on, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
