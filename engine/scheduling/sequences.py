"""Positions in a playlist or a cue list. Each step is a new value; nothing is played here."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from engine.errors import CueError, PlaylistError
from engine.messages.cue_lists import Cue, CueList
from engine.messages.list_commands import (
    DropPlaylist,
    GoToPrompt,
    LoopPlaylist,
    ShufflePlaylist,
    StepPlaylist,
    UseCues,
    UsePlaylist,
)
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.playlists import Playlist

BEFORE_THE_FIRST: Final = -1

RunCommand: TypeAlias = StepPlaylist | GoToPrompt | ShufflePlaylist | LoopPlaylist
PlaylistCommand: TypeAlias = UsePlaylist | DropPlaylist | RunCommand


@dataclass(frozen=True, slots=True)
class PlaylistRun:
    """A playlist being played.

    Attributes:
        order: indices into the playlist's prompts, each once.
        place: index into order; BEFORE_THE_FIRST until the first step.
        seed: what the order was drawn from; None: it is the file's.
    """

    playlist: Playlist
    order: tuple[int, ...]
    place: int = BEFORE_THE_FIRST
    loop: bool = False
    seed: int | None = None

    @property
    def index(self) -> int:
        """Return the prompt's index in the file, BEFORE_THE_FIRST before the first step."""
        return self.order[self.place] if self.place >= 0 else BEFORE_THE_FIRST

    @property
    def prompt(self) -> str:
        """Return the current prompt, "" before the first step."""
        return self.playlist.prompts[self.index] if self.place >= 0 else ""

    @property
    def next_prompt(self) -> str:
        """Return the next prompt, "" at the end of a list that does not loop."""
        after = self.place + 1
        count = len(self.order)
        return self.playlist.prompts[self.order[after % count]] if after < count or self.loop else ""

    def stepped(self, steps: int) -> "PlaylistRun":
        """Return the run so many prompts further on, or back.

        Raises:
            PlaylistError: there is none, and it does not loop.
        """
        place = self.place + steps
        if self.place == BEFORE_THE_FIRST and steps <= 0:
            place += 1
        count = len(self.order)
        if not 0 <= place < count and not self.loop:
            end = "end" if place >= count else "beginning"
            raise PlaylistError(f"The playlist is at its {end}", where=self.playlist.name)
        return replace(self, place=place % count)

    def moved_to(self, place: int | str) -> "PlaylistRun":
        """Return the run at a prompt by its number in the file, from 1, or at a bookmark in any letter case.

        Raises:
            PlaylistError: there is no such prompt or bookmark.
        """
        count = len(self.order)
        if isinstance(place, int):
            if not 1 <= place <= count:
                remedy = f"Choose 1 to {count}."
                raise PlaylistError(f"There is no prompt {place}", where=self.playlist.name, remedy=remedy)
            return replace(self, place=self.order.index(place - 1))
        for bookmark, index in self.playlist.bookmarks:
            if bookmark.casefold() == place.casefold():
                return replace(self, place=self.order.index(index))
        known = ", ".join(bookmark for bookmark, _ in self.playlist.bookmarks)
        remedy = f"Known are {known}." if known else "The playlist has none."
        raise PlaylistError(f"There is no bookmark {place!r}", where=self.playlist.name, remedy=remedy)

    def ordered(self, seed: int | None) -> "PlaylistRun":
        """Return the run in an order drawn from a seed, starting at the current prompt; None: in the file's order."""
        order = tuple(range(len(self.order)))
        if seed is None:
            return replace(self, order=order, place=self.index, seed=None)
        # Sorted by a hash: an order that every machine and every version draws alike.
        drawn = sorted(order, key=lambda index: hashlib.blake2b(f"{seed} {index}".encode(), digest_size=8).digest())
        if self.index >= 0:
            drawn.remove(self.index)
            drawn.insert(0, self.index)
        return replace(self, order=tuple(drawn), place=min(self.place, 0), seed=seed)

    def applied(self, command: RunCommand) -> "PlaylistRun":
        """Return the run after a command.

        Raises:
            PlaylistError: it goes where there is no prompt.
        """
        match command:
            case StepPlaylist():
                return self.stepped(command.steps)
            case GoToPrompt():
                return self.moved_to(command.place)
            case ShufflePlaylist():
                return self.ordered(command.seed)
            case LoopPlaylist():
                return replace(self, loop=command.on)

    def event(self, at_ns: int) -> PlaylistChanged:
        """Return the event that shows the position."""
        return PlaylistChanged(
            at_ns=at_ns,
            name=self.playlist.name,
            number=self.index + 1,
            count=len(self.order),
            prompt=self.prompt,
            loop=self.loop,
            shuffled=self.seed is not None,
            bookmarks=tuple(name for name, _ in self.playlist.bookmarks),
            next_prompt=self.next_prompt,
            path=self.playlist.path,
            seed=self.seed,
        )


def start_playlist(playlist: Playlist) -> PlaylistRun:
    """Return a playlist's run before its first prompt."""
    return PlaylistRun(playlist, tuple(range(len(playlist.prompts))))


def begin_playlist(command: UsePlaylist) -> PlaylistRun:
    """Return a playlist's run where the command has it stand.

    Raises:
        PlaylistError: there is no such prompt.
    """
    run = start_playlist(command.playlist)
    if command.seed is not None:
        run = run.ordered(command.seed)
    if command.number:
        run = run.moved_to(command.number)
    return replace(run, loop=command.loop)


@dataclass(frozen=True, slots=True)
class CueRun:
    """A cue list being played.

    Attributes:
        place: index of the cue that was played last; BEFORE_THE_FIRST until the first.
        follow_ns: when the next goes by itself, on the shared clock; None: it waits to be called.
    """

    cues: CueList
    place: int = BEFORE_THE_FIRST
    follow_ns: int | None = None

    @property
    def cue(self) -> Cue | None:
        """Return the cue that was played last; None before the first."""
        return self.cues.cues[self.place] if self.place >= 0 else None

    @property
    def next_cue(self) -> Cue | None:
        """Return the next cue; None at the end."""
        return self.cues.cues[self.place + 1] if self.place + 1 < len(self.cues.cues) else None

    def moved_to(self, place: int) -> "CueRun":
        """Return the run at another cue, which nothing follows yet.

        Raises:
            CueError: there is no such cue.
        """
        count = len(self.cues.cues)
        if place >= count and self.place == count - 1:
            raise CueError("The cue list is at its end", where=self.cues.name)
        if not 0 <= place < count:
            where, remedy = self.cues.name, f"Choose 1 to {count}."
            raise CueError(f"There is no cue {place + 1}", where=where, remedy=remedy)
        return CueRun(self.cues, place)

    def paused(self) -> "CueRun":
        """Return the run with no cue following by itself."""
        return replace(self, follow_ns=None)

    def event(self, at_ns: int) -> CueChanged:
        """Return the event that shows the position."""
        cue, following = self.cue, self.next_cue
        return CueChanged(
            at_ns=at_ns,
            name=self.cues.name,
            number=self.place + 1,
            count=len(self.cues.cues),
            scene=cue.scene if cue is not None else "",
            next_scene=following.scene if following is not None else "",
            follow_ns=self.follow_ns or 0,
            note=cue.note if cue is not None else "",
            path=self.cues.path,
        )


def begin_cues(command: UseCues) -> CueRun:
    """Return a cue list's run where the command has it stand.

    Raises:
        CueError: there is no such cue.
    """
    run = CueRun(command.cues)
    return run.moved_to(command.number - 1) if command.number else run
