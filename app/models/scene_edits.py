"""Edits of scenes and of what lies on the pads; each can be taken back, except while what would go is playing."""

from collections.abc import Callable

from app.models.engine_api import EnginePort
from app.models.pads import PadBank
from app.models.undo import Edit
from engine.messages.commands import DeleteScene, PutScene, RenameScene, SaveScene
from engine.messages.scenes import Scene


class SceneEdits:
    """Makes them; remember takes each, so that it can be taken back."""

    def __init__(self, port: EnginePort, pads: PadBank, remember: Callable[[Edit], None]) -> None:
        self._port = port
        self._pads = pads
        self._remember = remember

    def assign(self, index: int, scene: str) -> None:
        """Put a scene on a pad, counted through all banks; "" empties it."""
        pads = self._pads
        before = pads.scene_at(index)
        if scene != before:
            pads.assign(index, scene)
            what = f"putting {scene or 'nothing'} on pad {pads.name_of(index)}"
            self._remember(Edit(what, lambda: pads.assign(index, before), lambda: pads.assign(index, scene)))

    def save(self, name: str, index: int) -> None:
        """Save what plays as a scene of the user's own and put it on a pad."""
        name = " ".join(name.split())
        if not name:
            return
        pads = self._pads
        if name in pads.scenes:
            name = pads.scenes[name].name
        earlier, on_pad = self._own(name), pads.scene_at(index)
        saved: list[Scene] = []

        def undo() -> None:
            scene = self._own(name)
            saved[:] = [scene] if scene is not None else []
            if earlier is not None:
                self._put(earlier)
            else:
                self._delete(name)
            pads.assign(index, on_pad)

        def redo() -> None:
            for scene in saved:
                self._put(scene)
            pads.assign(index, name)

        self._port.post(SaveScene(stamp_ns=self._port.now_ns(), name=name))
        pads.assign(index, name)
        blocked = (lambda: self._in_use(name)) if earlier is None else (lambda: "")
        self._remember(Edit(f"saving {name}", undo, redo, undo_blocked=blocked))

    def rename(self, name: str, new_name: str) -> None:
        """Give a scene of the user's own another name."""
        new_name = " ".join(new_name.split())
        if not new_name or new_name == name:
            return
        edit = Edit(
            f"renaming {name} to {new_name}",
            lambda: self._rename(new_name, name),
            lambda: self._rename(name, new_name),
        )
        edit.redo()
        self._remember(edit)

    def delete(self, name: str) -> None:
        """Delete a scene of the user's own."""
        scene = self._own(name)
        if scene is None:
            return
        edit = Edit(
            f"deleting {name}",
            lambda: self._put(scene),
            lambda: self._delete(name),
            redo_blocked=lambda: self._in_use(name),
        )
        edit.redo()
        self._remember(edit)

    def _in_use(self, name: str) -> str:
        """Why a scene must not go now."""
        if name == self._pads.playing:
            return f"{name} plays now. Cut to another scene first."
        if name in (self._pads.queued, self._pads.asked):
            return f"{name} is about to play. Cancel the cut first."
        return ""

    def _own(self, name: str) -> Scene | None:
        scenes = self._pads.scenes
        return scenes[name] if name in scenes.own else None

    def _put(self, scene: Scene) -> None:
        self._port.post(PutScene(stamp_ns=self._port.now_ns(), scene=scene))

    def _delete(self, name: str) -> None:
        self._port.post(DeleteScene(stamp_ns=self._port.now_ns(), name=name))

    def _rename(self, name: str, new_name: str) -> None:
        self._port.post(RenameScene(stamp_ns=self._port.now_ns(), name=name, new_name=new_name))
