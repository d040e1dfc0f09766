"""The hardcut-streamdeck thread: the one owner of the decks and their pictures."""

from collections.abc import Callable

from app.control.service import ControlService
from app.control.store import ControlStore
from app.control.swatch import Swatch
from app.streamdeck.core import DeckCore, Touched
from app.streamdeck.hid import open_system
from app.streamdeck.scene_pictures import KeyScenePictures
from app.streamdeck.system import DecksState, Picture, SystemFactory, Touch
from engine.clock import Clock
from engine.messages.commands import Command


class DeckService(ControlService[Touched, DecksState]):
    """Stream Decks in, commands and intents out, on a thread named hardcut-streamdeck.

    Args:
        post: takes each command, on that thread; must not block.
        store: what lies in front; takes each intent.
        colours: a scene's colours by its name, asked on that thread.
        programme: the picture on air, asked on that thread.
        brightness: of the keys, 1 to 100 percent.
        system: makes the way to the decks; tests put theirs here.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        store: ControlStore,
        clock: Clock,
        *,
        colours: Callable[[str], Swatch],
        programme: Callable[[], Picture],
        brightness: int,
        system: SystemFactory = open_system,
    ) -> None:
        super().__init__("streamdeck", "Stream Decks", DecksState(), clock)
        self._post = post
        self._store = store
        self._brightness = brightness
        self._system = system
        self._pictures = KeyScenePictures(colours, programme)
        self._core: DeckCore | None = None

    def _touched(self, path: str, touch: Touch) -> None:
        self._put(Touched(path, self._clock.now_ns(), touch))

    # -- the thread ---------------------------------------------------------------------------

    def _failure(self, fault: str) -> DecksState:
        return DecksState(fault=fault)

    def _release(self) -> None:
        if self._core is not None:
            self._core.close()

    def _renew(self) -> DecksState:
        self._core = None
        self._hear_again()
        return DecksState()

    def _work(self) -> None:
        core = DeckCore(self._system(), self._store, self._pictures, self._post, self._touched, self._brightness)
        self._core = core
        while True:
            for item in self._arrived():
                if item is None:
                    return
                core.handle(item)
            now_ns = self._clock.now_ns()
            due_ns = core.tick(now_ns)
            if core.state != self._latest.peek():
                self._publish(core.state)
            self._mailbox.wait(due_ns - now_ns)
