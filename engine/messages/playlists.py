"""Prompt playlists: a text file with one prompt a line."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from engine.documents import read_text
from engine.errors import PlaylistError
from engine.files import FileKind

PLAYLIST_FILE: Final = FileKind("playlist", PlaylistError)
MOST_PROMPTS: Final = 10_000
"""A file with more is not a playlist that somebody wrote."""


@dataclass(frozen=True, slots=True)
class Playlist:
    """Prompts in the order of their file.

    Attributes:
        name: the file's; path: where it lies, "" where it has none.
        prompts: at least one.
        bookmarks: pairs of (name, index into prompts), in the order of the file.
    """

    name: str
    prompts: tuple[str, ...]
    bookmarks: tuple[tuple[str, int], ...] = ()
    path: str = field(default="", compare=False)


def parse_playlist(text: str, name: str) -> Playlist:
    """Read a playlist: blank lines and lines that begin with # are left out.

    `@name` bookmarks the prompt behind it, on the same line or the next; a name is one word.

    Raises:
        PlaylistError: there is no prompt in it, or a bookmark is without a name, twice, or at the very end.
    """
    prompts: list[str] = []
    bookmarks: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = " ".join(raw.split())
        if not line or line.startswith("#"):
            continue
        if not line.startswith("@"):
            prompts.append(line)
            continue
        bookmark, _, prompt = line[1:].strip().partition(" ")
        if not bookmark or bookmark in bookmarks:
            fault = f"The bookmark {bookmark!r} is there twice" if bookmark else "A bookmark has no name"
            raise PlaylistError(fault, where=f"{name}, line {number}")
        bookmarks[bookmark] = len(prompts)
        if prompt:
            prompts.append(prompt)
    if not prompts:
        raise PlaylistError("The playlist holds no prompt", where=name, remedy="Write one prompt a line.")
    if len(prompts) > MOST_PROMPTS:
        raise PlaylistError(f"The playlist holds more than {MOST_PROMPTS} prompts", where=name)
    for bookmark, index in bookmarks.items():
        if index == len(prompts):
            raise PlaylistError(f"No prompt follows the bookmark {bookmark!r}", where=name)
    return Playlist(name, tuple(prompts), tuple(bookmarks.items()))


def load_playlist(path: Path) -> Playlist:
    """Read a playlist file.

    Raises:
        PlaylistError: with the file's name and what is wrong with it.
    """
    return replace(parse_playlist(read_text(path, PLAYLIST_FILE), path.name), path=str(path.absolute()))
