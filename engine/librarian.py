"""The thread that reads and writes files while the show goes on: scenes of the user's own, playlists, cue lists."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.clock import NS_PER_SECOND, Clock
from engine.emergency_clip import prepare_clip
from engine.ending import joined
from engine.errors import EngineError, GeneratorError, SceneError
from engine.generators.base import GeneratorSpec
from engine.generators.scenes import load_scenes
from engine.mailbox import Mailbox
from engine.messages.commands import (
    Command,
    DeleteScene,
    PutScene,
    RenameScene,
    UseScenes,
)
from engine.messages.cue_lists import load_cues
from engine.messages.emergency import Emergency, save_emergency
from engine.messages.events import CommandRefused, Event, Level, Notice, SceneCaptured, ScenesChanged
from engine.messages.list_commands import (
    LoadCues,
    LoadPlaylist,
    UseCues,
    UsePlaylist,
)
from engine.messages.output_commands import ChooseEmergency
from engine.messages.picture_format import PictureFormat
from engine.messages.playlists import load_playlist
from engine.messages.reference import ChooseReference, UseReference
from engine.messages.scenes import Scene, SceneLibrary, check_name, free_file, save_scene
from engine.reference_file import read_reference

LONG_NS: Final = 3600 * NS_PER_SECOND
"""A sleeping librarian wakes for work, or to look around once an hour."""

END_S: Final = 10.0
"""How long files may take at the end; a disk that hangs is left behind."""


@dataclass(frozen=True, slots=True)
class _End:
    """Tells the thread to end once everything before it is done."""


class Librarian:
    """Read, save, rename and delete scenes and lists. What it read is posted as a command, applied at a boundary.

    Args:
        spec: the generator that the show is played on.
        user_folder: holds the user's scenes, one folder for each generator; None: they cannot be saved.
        post: the engine's gate.
        emergency_file: where the choice for emergencies is kept; None: nowhere.
    """

    def __init__(
        self,
        spec: GeneratorSpec,
        user_folder: Path | None,
        clock: Clock,
        emit: Callable[[Event], None],
        post: Callable[[Command], None],
        emergency_file: Path | None = None,
    ) -> None:
        self.format = PictureFormat.SQUARE
        """Of the show: clips for emergencies are made in it. Anyone may set it."""
        self._emergency_file = emergency_file
        self._spec = spec
        self._folder = user_folder / spec.scenes_folder if user_folder is not None else None
        self._factory = load_scenes(spec)
        self._scenes = load_scenes(spec, user_folder)
        self._clock = clock
        self._emit = emit
        self._post = post
        self._work: Mailbox[Command | SceneCaptured | Emergency | _End] = Mailbox()
        self._thread = threading.Thread(target=self._run, name="hardcut-librarian", daemon=True)

    @property
    def scenes(self) -> SceneLibrary:
        """Return the current scenes; another object after each change."""
        return self._scenes

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the pending work, and join the thread, for END_S at most."""
        if self._thread.is_alive():
            self._work.put(_End())
            joined(self._thread, END_S)

    def accept(self, command: Command) -> bool:
        """Queue a command that needs files; False if it needs none."""
        match command:
            case PutScene() | RenameScene() | DeleteScene() | LoadPlaylist() | LoadCues() | ChooseReference():
                self._work.put(command)
                return True
            case ChooseEmergency(file=str(), clip=""):
                self._work.put(command)
                return True
            case _:
                return False

    def keep_emergency(self, emergency: Emergency) -> None:
        """Queue the choice for emergencies for saving; nothing where there is no file for it."""
        if self._emergency_file is not None:
            self._work.put(emergency)

    def on_event(self, event: Event) -> None:
        """Queue a captured scene for saving; ignore every other event."""
        if isinstance(event, SceneCaptured):
            self._work.put(event)

    def _run(self) -> None:
        while True:
            self._work.wait(LONG_NS)
            for item in self._work.drain():
                if isinstance(item, _End):
                    return
                try:
                    self._do(item)
                except EngineError as error:
                    self._refuse(item, str(error))
                except BaseException as fault:  # noqa: BLE001 - the top of the thread, and it reports
                    self._refuse(item, f"{type(fault).__name__}: {fault}")

    def _refuse(self, item: Command | SceneCaptured | Emergency, text: str) -> None:
        now_ns = self._clock.now_ns()
        if isinstance(item, Emergency):
            self._emit(Notice(at_ns=now_ns, level=Level.WARNING, text=text))
        else:
            command = item.command if isinstance(item, SceneCaptured) else item
            self._emit(CommandRefused(at_ns=now_ns, command=command, text=text))

    def _do(self, item: Command | SceneCaptured | Emergency) -> None:
        match item:
            case Emergency():
                if self._emergency_file is not None:
                    save_emergency(self._emergency_file, item)
            case SceneCaptured(scene=scene) | PutScene(scene=scene):
                self._write(scene)
            case RenameScene():
                self._rename(item.name, item.new_name)
            case DeleteScene():
                self._delete(item.name)
            case ChooseEmergency():
                self._post(replace(item, clip=str(prepare_clip(Path(item.file or ""), self.format))))
            case ChooseReference():
                self._choose_reference(item)
            case LoadPlaylist():
                playlist = load_playlist(Path(item.path))
                self._post(UsePlaylist(stamp_ns=item.stamp_ns, origin=item.origin, playlist=playlist))
            case LoadCues():
                cues = load_cues(Path(item.path), self._scenes)
                self._post(UseCues(stamp_ns=item.stamp_ns, origin=item.origin, cues=cues))

    def _choose_reference(self, command: ChooseReference) -> None:
        if not self._spec.takes_reference:
            if not command.file:
                return
            raise GeneratorError(
                "This generator begins with no picture of yours",
                where=self._spec.name,
                remedy="Choose a Wan model with a depth branch, or one that goes frame by frame.",
            )
        reference = read_reference(Path(command.file)) if command.file else None
        self._post(UseReference(stamp_ns=command.stamp_ns, origin=command.origin, reference=reference))

    # -- scenes --------------------------------------------------------------------------------

    def _write(self, scene: Scene) -> None:
        name = check_name(scene.name)
        if name in self._scenes:
            name = self._scenes[name].name  # as it is spelled already
        scene = replace(scene, name=name)
        path = self._scenes.own.get(name) or self._free_path(name)
        save_scene(scene, path)
        verb = "Saved" if name in self._scenes.own or name not in self._scenes else "Saved over the factory's"
        self._publish({**self._scenes, name: scene}, {**self._scenes.own, name: path}, f"{verb} {name}")

    def _rename(self, old_name: str, new_name: str) -> None:
        scene, path = self._own(old_name)
        old, new = scene.name, check_name(new_name)
        if new in self._scenes and new.casefold() != old.casefold():
            raise SceneError("There is a scene of this name already", where=new, remedy="Choose another name.")
        renamed = replace(scene, name=new)
        new_path = self._free_path(new)
        save_scene(renamed, new_path)
        self._remove(path)
        scenes = {new if key == old else key: renamed if key == old else one for key, one in self._scenes.items()}
        if old in self._factory and old.casefold() != new.casefold():
            scenes[old] = self._factory[old]
        own = {key: one for key, one in self._scenes.own.items() if key != old} | {new: new_path}
        self._publish(scenes, own, f"{old} is called {new} now", renamed=(old, new))

    def _delete(self, name: str) -> None:
        scene, path = self._own(name)
        self._remove(path)
        scenes = {key: one for key, one in self._scenes.items() if key != scene.name}
        text = f"Deleted {scene.name}"
        if scene.name in self._factory:
            scenes = {key: self._factory[key] if key == scene.name else one for key, one in self._scenes.items()}
            text = f"{scene.name} is the factory's again"
        self._publish(scenes, {key: one for key, one in self._scenes.own.items() if key != scene.name}, text)

    def _publish(
        self, scenes: dict[str, Scene], own: dict[str, Path], text: str, renamed: tuple[str, str] | None = None
    ) -> None:
        self._scenes = SceneLibrary(scenes, self._scenes.faults, own)
        now_ns = self._clock.now_ns()
        # First the engine, then the pads: a scene that a pad shows can be cut to.
        self._post(UseScenes(stamp_ns=now_ns, scenes=self._scenes, renamed=renamed))
        self._emit(ScenesChanged(at_ns=now_ns, scenes=self._scenes, text=text, renamed=renamed))

    def _own(self, name: str) -> tuple[Scene, Path]:
        scene = self._scenes[name]
        path = self._scenes.own.get(scene.name)
        if path is None:
            raise SceneError("Factory scenes stay as they are", where=scene.name, remedy="Save it under a name first.")
        return scene, path

    def _free_path(self, name: str) -> Path:
        """Return a free path for a new scene: its name in plain letters, numbered if that file exists."""
        if self._folder is None:
            raise SceneError("There is no folder for scenes of your own", where=name)
        return free_file(self._folder, name)

    @staticmethod
    def _remove(path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SceneError(f"The scene's file cannot be deleted: {error.strerror}", where=str(path)) from error
