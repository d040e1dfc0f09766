"""Saving and opening a show by hand. Reads and writes files: call it on a worker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from app.control.intents import UseMacros
from app.control.store import ControlStore
from app.midi.learning.learner import ReadAgain
from app.midi.profiles.library import profiles_again
from app.midi.service import MidiService
from app.show.asked import Opening
from app.show.beginning import checked
from app.show.both import tag_of
from app.show.carried import with_carried
from app.show.confined import confined
from app.show.document import Beneath, Show
from app.show.file import SUFFIX, ShowError, read_show, save_show
from app.show.keeper import ShowKeeper
from app.show.opening import open_over
from app.show.outputs import Switched, switched
from app.show.references import located
from app.show.taking import Here, Taken, take_in
from engine.errors import EngineError
from engine.generators.registry import find_generator
from engine.messages.commands import Command, Origin, PutScene, SelectGenerator
from engine.messages.events import Event, ScenesChanged
from engine.messages.offers import GeneratorOffer
from engine.messages.output_commands import SwitchSink
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.sinks import SinkReport

SCENES_PATIENCE_S: Final = 3.0


class Stage(Protocol):
    """The engine as the desk needs it."""

    def post(self, command: Command) -> None: ...

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]: ...

    def now_ns(self) -> int: ...

    def generator_offers(self) -> tuple[GeneratorOffer, ...]: ...

    @property
    def parameters(self) -> ParameterTable: ...

    @property
    def scenes(self) -> SceneLibrary: ...


@dataclass(frozen=True, slots=True)
class Saved:
    """A show was saved; told: where, and what it does not carry."""

    path: Path
    told: str


class ShowDesk:
    """Saves the show as it is, and opens another in its place.

    Args:
        folder: the user's; front: what lies in front; controllers: None where none are used.
    """

    def __init__(
        self,
        engine: Stage,
        keeper: ShowKeeper,
        folder: Path,
        front: ControlStore,
        controllers: MidiService | None = None,
    ) -> None:
        self._front = front
        self._controllers = controllers
        self._engine = engine
        self._keeper = keeper
        self._folder = folder

    @property
    def fault(self) -> str:
        """Why the show is not kept, a sentence; "" while it is."""
        return self._keeper.state().fault

    def save(self, path: Path) -> Saved:
        """Save the show as one file that can be carried to another machine.

        Raises:
            ShowError: it cannot be written.
        """
        path = path if path.suffix else path.with_suffix(SUFFIX)
        show = self._keeper.state().show
        carried = with_carried(show, self._folder, _scenes_folder(show.playing.generator))
        save_show(replace(carried, given=(), beneath=Beneath()), path)
        besides = "; ".join(carried.carried.refers)
        needs = f" It needs besides: {besides}." if besides else ""
        return Saved(path, f"Saved the show as {path.name}.{needs}")

    def open(self, path: Path) -> Opening:
        """Read a show, take in the scenes that came with it, and say what makes it play.

        Raises:
            ShowError: it cannot be read, or plays on a generator with other knobs.
        """
        read, left_out = read_show(path)
        told = list(left_out)
        sinks = self._reports()
        on = frozenset(one.sink for one in sinks)
        show, missing = located(confined(checked(read, told), told, on), path.absolute().parent)
        told += missing
        generator, sent = self._generator(show.playing.generator, path), switched(show.sent.sinks, sinks)
        told += sent.told
        instead = (*generator, *self._switches(sent))
        taken = self._take_in(show, path)
        show, told = taken.show, [*told, *taken.told]
        opening = open_over(show, self._engine.parameters, self._engine.scenes, self._engine.now_ns())
        self._keeper.put_aside()
        return replace(opening, commands=(*instead, *opening.commands), faults=(*told, *opening.faults))

    def _generator(self, name: str, path: Path) -> tuple[Command, ...]:
        """What changes to a generator; () where it plays already."""
        if name == self._keeper.state().show.playing.generator:
            return ()
        offer = next((one for one in self._engine.generator_offers() if one.name == name), None)
        if offer is None or offer.needs_restart:
            raise ShowError(
                f"This show plays on {name}, which has other knobs and scenes",
                where=path.name,
                remedy=f"Start Hardcut with it: hardcut --show {path}.",
            )
        return (SelectGenerator(stamp_ns=self._engine.now_ns(), name=name),)

    def _reports(self) -> tuple[SinkReport, ...]:
        """Every sink that is switched on now."""
        found: list[SinkReport] = []

        def hear(event: Event) -> None:
            if isinstance(event, OutputChanged):
                found[:] = event.sinks

        self._engine.subscribe(hear)()  # who comes late hears how things stand, before this returns
        return tuple(found)

    def _switches(self, sinks: Switched) -> tuple[Command, ...]:
        now_ns = self._engine.now_ns()
        on = tuple(SwitchSink(stamp_ns=now_ns, sink=sink, on=True) for sink in sinks.on)
        return (*on, *(SwitchSink(stamp_ns=now_ns, sink=sink, on=False) for sink in sinks.off))

    def _take_in(self, show: Show, path: Path) -> Taken:
        """Take in what came with the show; its new scenes are there for the engine when this returns."""
        taken = take_in(
            show,
            tag_of(path),
            Here(
                folder=self._folder,
                scenes_folder=_scenes_folder(show.playing.generator),
                table=self._engine.parameters,
                scenes=self._engine.scenes,
                macros=self._front.state.macros,
                put_scenes=self._put,
                put_macros=lambda macros: self._front.send(UseMacros(macros), Origin.CLI),
            ),
        )
        if taken.controllers and self._controllers is not None:
            self._controllers.give(ReadAgain(profiles_again().profiles))
        return taken

    def _put(self, scenes: tuple[Scene, ...]) -> None:
        """Have scenes saved here, and wait until they can be cut to."""
        there, names = threading.Event(), {scene.name for scene in scenes}

        def hear(event: Event) -> None:
            if isinstance(event, ScenesChanged) and all(name in event.scenes for name in names):
                there.set()

        unsubscribe = self._engine.subscribe(hear)
        try:
            for scene in scenes:
                self._engine.post(PutScene(stamp_ns=self._engine.now_ns(), scene=scene))
            there.wait(SCENES_PATIENCE_S)
        finally:
            unsubscribe()


def _scenes_folder(generator: str) -> str:
    try:
        return find_generator(generator).describe().scenes_folder
    except EngineError:
        return generator
