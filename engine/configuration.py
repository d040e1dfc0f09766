"""What a performance begins with, and what that means for the engine: its first commands."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.generators.registry import DEFAULT_GENERATOR
from engine.messages.commands import Command, Origin
from engine.messages.cue_lists import load_cues
from engine.messages.emergency import Emergency
from engine.messages.list_commands import UseCues, UsePlaylist
from engine.messages.output_commands import ChooseEmergency
from engine.messages.picture_format import PictureFormat
from engine.messages.playlists import load_playlist
from engine.messages.scenes import SceneLibrary
from engine.output.settings import OutputConfig
from engine.preprocess.registry import DEFAULT_DEPTH
from engine.session.recorder import SessionConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """What a performance begins with.

    Attributes:
        source: as on the command line; scene: "" for the generator's home scene.
        seed: all noise is drawn from it; 0..2**63-1.
        user_scenes: a folder of the user's own scenes, or None.
        playlist, cues: files to be stepped through, or None.
        session: where the show is recorded, or None.
        emergency: what is shown while nothing comes; None: the last picture, or what a running output shows already.
        emergency_file: where what is chosen later is kept, or None.
        notes: sentences to tell the performer at the start: what was left out before the engine was there.
        held_quality: steps of quality to hold from the beginning, 0 for full quality; None: automatic.
        format: of the pictures at first.
        gpus: processes that may share the generator's work, one a GPU; see `engine.generators.ranks`.
    """

    source: str = "stage"
    scene: str = ""
    generator: str = DEFAULT_GENERATOR
    depth: str = DEFAULT_DEPTH
    seed: int = 0
    output: OutputConfig = field(default_factory=OutputConfig)
    user_scenes: Path | None = None
    playlist: Path | None = None
    cues: Path | None = None
    session: SessionConfig | None = None
    emergency: Emergency | None = None
    emergency_file: Path | None = None
    notes: tuple[str, ...] = ()
    held_quality: int | None = None
    format: PictureFormat = PictureFormat.SQUARE
    gpus: int = 1

    def read_lists(self, scenes: SceneLibrary, now_ns: int) -> tuple[Command, ...]:
        """Return the commands that load the playlist and the cue list, stamped with an instant.

        Raises:
            EngineError: a list cannot be read.
        """
        lists = list[Command]()
        if self.playlist is not None:
            playlist = load_playlist(self.playlist)
            lists.append(UsePlaylist(stamp_ns=now_ns, origin=Origin.CLI, playlist=playlist))
        if self.cues is not None:
            lists.append(UseCues(stamp_ns=now_ns, origin=Origin.CLI, cues=load_cues(self.cues, scenes)))
        return tuple(lists)

    def choose_emergency(self, now_ns: int) -> tuple[Command, ...]:
        """Return the command that chooses the emergency, stamped with an instant; none where none is configured."""
        chosen = self.emergency
        if chosen is None:
            return ()
        kind, fade_s, file = chosen.kind, chosen.fade_s, chosen.file or None
        return (ChooseEmergency(kind=kind, fade_s=fade_s, file=file, stamp_ns=now_ns, origin=Origin.CLI),)
