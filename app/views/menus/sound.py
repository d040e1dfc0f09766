"""What the sound's chip opens: the input, its gain, and whether its beat is ours."""

from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.bridge import Finder
from app.control.audio_settings import NONE, SOURCE
from app.control.intents import FollowSound, HearInput, SetGain
from app.models.text import audio_words
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover

GAINS_DB: Final = (None, 0.0, 6.0, 12.0, 24.0)
WIDTH: Final = 400

JACKS_CARD: Final = "system"
CARD: Final = "The sound card, by way of JACK"
"""JACK's own name for it tells nobody."""


class SoundMenu(PopoverMenu):
    """Observes the finder of inputs; reads the models when it is opened."""

    def __init__(self, popover: Popover, models: WindowModels, finder: Finder) -> None:
        super().__init__(popover)
        self._models = models
        self._finder = finder
        self._found: tuple[str, ...] | None = None
        self._trouble = ""
        finder.found.connect(self._take_found)
        finder.failed.connect(self._take_failed)

    def open(self, owner: QWidget) -> None:
        self._finder.search()
        super().open(owner)

    def fill(self, owner: QWidget) -> None:
        popover, settings, audio = self.popover, self._models.front.audio, self._models.chain.audio
        popover.begin("Sound", owner)
        words = self._models.front.audio_trouble or self._trouble or audio_words(audio)
        if words:
            popover.add_words(words, strong=True)
        self._add(NONE, "None", "Nothing is heard")
        self._add(SOURCE, "Source", "The sound of the file or NDI that plays")
        popover.add_heading("Inputs")
        names = self._found or ()
        if self._found is None:
            popover.add_words("Looking …")
        elif not names:
            popover.add_words("No sound input is there.")
        for name in names:
            self._add(name, name, CARD if name == JACKS_CARD else "")
        if settings.input not in (NONE, SOURCE, *names):
            self._add(settings.input, settings.input, "Heard as soon as it is there")
        popover.add_heading("Gain, dB")
        gains = [Choice(_gain_words(gain), current=gain == settings.gain_db) for gain in GAINS_DB]
        for gain, choice in zip(GAINS_DB, gains, strict=True):
            choice.chosen.connect(self.pick(self._models.send, SetGain(gain)))
        popover.add_grid(gains, len(gains))
        popover.add_heading("Tempo")
        follow = Choice("Follow the beat", detail="MIDI clock and Link go first", current=settings.beat)
        popover.add_choice(follow).chosen.connect(self.pick(self._models.send, FollowSound(not settings.beat)))
        popover.open_beside(owner, WIDTH)

    def _add(self, name: str, label: str, detail: str) -> None:
        current = self._models.front.audio.input == name
        choice = Choice(label, detail=detail, current=current, tint=theme.ACCENT)
        self.popover.add_choice(choice).chosen.connect(self.pick(self._models.send, HearInput(name)))

    def _take_found(self, names: tuple[object, ...]) -> None:
        self._found, self._trouble = tuple(map(str, names)), ""
        self.refill()

    def _take_failed(self, sentence: str) -> None:
        self._found, self._trouble = (), sentence
        self.refill()


def _gain_words(gain_db: float | None) -> str:
    if gain_db is None:
        return "Auto"
    return f"{gain_db:+g}" if gain_db else "0"
