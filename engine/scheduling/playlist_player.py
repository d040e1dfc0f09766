"""The prompt playlist as the scheduler plays it."""

from collections.abc import Sequence

from engine.errors import PlaylistError
from engine.messages.list_commands import DropPlaylist, GoToPrompt, StepPlaylist, UsePlaylist
from engine.messages.list_events import no_playlist
from engine.messages.prompt import PromptBlend
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.live import LiveState
from engine.scheduling.sequences import PlaylistCommand, PlaylistRun, begin_playlist


class PlaylistPlayer:
    """Morphs the live state's prompt. The scheduler owns both."""

    def __init__(self, live: LiveState) -> None:
        self._live = live
        self._run: PlaylistRun | None = None

    @property
    def prompts(self) -> Sequence[str]:
        """Return all prompts, in the order of the file; () without a playlist."""
        return self._run.playlist.prompts if self._run is not None else ()

    @property
    def next_prompt(self) -> str:
        """Return the prompt that a step leads to, "" without one."""
        return self._run.next_prompt if self._run is not None else ""

    def apply(self, command: PlaylistCommand, here: BoundaryDraft) -> None:
        """Carry out a command.

        Raises:
            PlaylistError: there is no playlist, or no such prompt in it.
        """
        if isinstance(command, DropPlaylist):
            self._run = None
            here.events.append(no_playlist(here.now_ns))
            return
        if isinstance(command, UsePlaylist):
            self._run = begin_playlist(command)
        elif self._run is None:
            raise PlaylistError("There is no playlist", remedy="Load one first.")
        else:
            self._run = self._run.applied(command)
        if isinstance(command, StepPlaylist | GoToPrompt):
            self._live.morph(PromptBlend(((self._run.prompt, 1.0),)), command.chunks)
        here.events.append(self._run.event(here.now_ns))
