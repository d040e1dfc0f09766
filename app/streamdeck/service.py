"""The hardcut-streamdeck thread: the one owner of the decks and their pictures."""

import logging
import threading
from collections.abc import Callable

from app.streamdeck.core import DeckCore, News, Put, Touched
from app.streamdeck.hid import open_system
from app.streamdeck.scene_pictures import Colours, KeyScenePictures
from app.streamdeck.stage import Played, Stage
from app.streamdeck.system import DeckError, DecksState, Picture, SystemFactory, Touch
from engine.clock import Clock
from engine.mailbox import Latest, Mailbox
from engine.messages.commands import Command
from engine.messages.events import Event
from engine.messages.parameters import ParameterTable

_LOG = logging.getLogger(__name__)


class DeckService:
    """Stream Decks in, commands out, on a thread named hardcut-streamdeck.

    Args:
        post: takes each command, on that thread; must not block.
        colours: a scene's colours by its name, asked on that thread.
        programme: the picture on air, asked on that thread.
        brightness: of the keys, 1 to 100 percent.
        system: makes the way to the decks; tests put theirs here.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        table: ParameterTable,
        played: Played,
        clock: Clock,
        *,
        colours: Callable[[str], Colours],
        programme: Callable[[], Picture],
        brightness: int,
        system: SystemFactory = open_system,
    ) -> None:
        self._post = post
        self._clock = clock
        self._brightness = brightness
        self._system = system
        self._stage = Stage(table, played)
        self._looks = KeyScenePictures(colours, programme)
        self._mailbox: Mailbox[News | None] = Mailbox()
        self._latest: Latest[DecksState] = Latest()
        self._thread = threading.Thread(target=self._run, name="hardcut-streamdeck", daemon=True)

    def start(self) -> None:
        """Begin; returns at once, decks open in the background."""
        self._thread.start()

    def close(self) -> None:
        """Clear the keys, let the decks go and join the thread. Harmless before start and when repeated."""
        self._mailbox.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def state(self) -> DecksState:
        """The newest state; from any thread."""
        return self._latest.peek() or DecksState()

    def hear(self, event: Event) -> None:
        """Take in an engine event (a subscriber for Engine.subscribe); from any thread, returns at once."""
        self._mailbox.put(event)

    def play(self, played: Played, table: ParameterTable | None = None) -> None:
        """What is in front; from any thread."""
        self._mailbox.put(Put(played, table))

    def _touched(self, path: str, touch: Touch) -> None:
        self._mailbox.put(Touched(path, self._clock.now_ns(), touch))

    # -- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            system = self._system()
        except DeckError as error:
            _LOG.warning("%s", error)
            self._latest.put(DecksState(fault=str(error)))
            return
        desk = DeckCore(system, self._stage, self._looks, self._post, self._touched, self._brightness)
        try:
            self._work(desk)
        except Exception as error:  # noqa: BLE001 - the top of the thread, and it reports
            _LOG.exception("the streamdeck thread has failed")
            fault = f"Stream Decks have stopped: {error}. Restart Hardcut to use them again."
            self._latest.put(DecksState(fault=fault))
        finally:
            desk.close()

    def _work(self, desk: DeckCore) -> None:
        while True:
            for item in self._mailbox.drain():
                if item is None:
                    return
                desk.take(item)
            now_ns = self._clock.now_ns()
            due_ns = desk.tick(now_ns)
            if desk.state != self._latest.peek():
                self._latest.put(desk.state)
            self._mailbox.wait(due_ns - now_ns)
