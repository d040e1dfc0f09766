"""The thread hardcut-control: follows the engine's events for the store, and keeps the settings in their files.

Neither may happen under a hand: files are slow, and the engine's threads must not wait for the store.
"""

from dataclasses import replace

from app.control.clock_settings import LinkMode
from app.control.service import ControlService
from app.control.settings_folder import SettingsFolder
from app.control.state import ControlState
from app.control.store import ControlStore
from app.errors import ControlError
from engine.clock import NS_PER_SECOND
from engine.messages.events import Event, GeneratorChanged, ScenesChanged
from engine.messages.stats import Stats


def with_settings(
    state: ControlState, folder: SettingsFolder, link: LinkMode | None = None, audio: str | None = None
) -> ControlState:
    """A state with what is kept in a folder; a damaged file is told in the state's troubles.

    Args:
        link: what Ableton Link is to us in this run, whatever is kept; None: as it is kept.
        audio: the sound input of this run; None: as it is kept.
    """
    try:
        state = replace(state, macros=folder.load_macros())
    except ControlError as error:
        state = replace(state, macros_trouble=str(error))
    try:
        state = replace(state, clock=folder.load_clock())
    except ControlError as error:
        state = replace(state, clock_trouble=str(error))
    try:
        state = replace(state, audio=folder.load_audio())
    except ControlError as error:
        state = replace(state, audio_trouble=str(error))
    if audio is not None:
        state = replace(state, audio=replace(state.audio, input=audio))
    return replace(state, link=state.clock.link if link is None else link)


class ControlKeeper(ControlService[ControlState, str]):
    """Its state is why it does not work, a sentence; "" while it does."""

    def __init__(self, store: ControlStore, folder: SettingsFolder | None) -> None:
        """A keeper for a store; folder None: nothing is kept."""
        super().__init__("control", "What lies in front", "")
        self._store = store
        self._folder = folder
        self._kept = store.state

    def hear(self, event: Event) -> None:
        """Take in an engine event; from any thread, returns at once."""
        if isinstance(event, Stats | ScenesChanged | GeneratorChanged):
            super().hear(event)

    def _work(self) -> None:
        while True:
            for item in self._arrived():
                match item:
                    case None:
                        return
                    case Event():
                        self._store.handle(item)
                    case ControlState():
                        self._keep(item)
            self._mailbox.wait(NS_PER_SECOND)

    def _keep(self, state: ControlState) -> None:
        before, self._kept = self._kept, state
        if self._folder is None:
            return
        if state.macros != before.macros:
            try:
                self._folder.save_macros(state.macros)
            except ControlError as error:
                self._store.report(macros_trouble=str(error))
        if state.clock != before.clock:
            try:
                self._folder.save_clock(state.clock)
            except ControlError as error:
                self._store.report(clock_trouble=str(error))
        if state.audio != before.audio:
            try:
                self._folder.save_audio(state.audio)
            except ControlError as error:
                self._store.report(audio_trouble=str(error))

    def _failure(self, fault: str) -> str:
        self._store.report(macros_trouble=fault, clock_trouble=fault)
        return fault

    def _renew(self) -> str:
        self._store.report(macros_trouble="", clock_trouble="")
        return ""
