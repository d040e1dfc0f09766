"""What the generator's chip opens: the generators, how the one in use computes and why, and what is armed."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.bridge import Finder
from app.models import text as words
from app.models.console import Console
from app.models.quality import is_automatic
from app.models.weights import WeightsFetcher
from app.models.window_models import WindowModels
from app.views.file_chooser import STILL_FILES, FileChooser
from app.views.menus.menu import PopoverMenu
from app.views.menus.quality import add_quality
from app.views.menus.weights import WeightsPart
from app.widgets.popover import Choice, Popover
from engine.messages.events import BackendChoice, ComponentState
from engine.messages.offers import GeneratorOffer
from engine.messages.stats import GpuShared

WIDTH: Final = 480


class GeneratorMenu(PopoverMenu):
    """Observes the finder of generators, quality and the fetch of weights; reads the rest when it is opened.

    Nothing is shortened here.

    Args:
        fetcher: fetches weights; None: it is said how they are fetched in a terminal.
    """

    def __init__(
        self,
        popover: Popover,
        models: WindowModels,
        console: Console,
        finder: Finder,
        fetcher: WeightsFetcher | None = None,
    ) -> None:
        super().__init__(popover)
        self.weights = WeightsPart(popover, console, fetcher, finder.search)
        self.weights.model.changed.connect(self.refill)
        self._models = models
        self._console = console
        self._finder = finder
        self._offers: tuple[GeneratorOffer, ...] = ()
        self._trouble = ""
        self._pictures = FileChooser("Choose a picture that cuts begin with", STILL_FILES, console.choose_reference)
        finder.found.connect(self._take_found)
        finder.failed.connect(self._take_failed)
        models.chain.quality_changed.connect(self.refill)

    def open(self, owner: QWidget) -> None:
        self._finder.search()  # weights may have come since
        super().open(owner)

    def leave(self) -> None:
        super().leave()
        self.weights.forget()

    def _take_found(self, offers: tuple[GeneratorOffer, ...]) -> None:
        if offers != self._offers or self._trouble:
            self._offers, self._trouble = offers, ""
            self.refill()

    def _take_failed(self, trouble: str) -> None:
        self._trouble = trouble
        self.refill()

    def fill(self, owner: QWidget) -> None:
        generator = self._models.chain.generator
        popover = self.popover
        popover.begin(self.weights.title if self.weights.asks else "Generator", owner)
        if self.weights.asks:
            self.weights.add_page()
            popover.open_beside(owner, WIDTH)
            return
        self.weights.add_progress()
        quality = self._models.chain.quality
        simplified = quality is not None and (bool(quality.taken) or not is_automatic(quality))
        if quality is not None and simplified:  # it is what the menu was opened for
            add_quality(popover, quality, self._console, self.refill)
            popover.add_heading("Which plays")
        if not self._offers:
            popover.add_choice(Choice(self._trouble or "Looking…", inert=True))
        self._add_offers()
        if generator is not None and generator.name not in {offer.name for offer in self._offers} and generator.detail:
            popover.add_words(generator.detail, strong=generator.state is ComponentState.FAILED)
        shared = GpuShared(at_ns=0, gpus=self._models.chain.shared_gpus)
        if shared.gpus:
            popover.add_words(shared.sentence(), strong=True)
        self._add_reference(owner)
        if quality is not None and not simplified:
            add_quality(popover, quality, self._console, self.refill)
        if generator is not None and generator.backends:
            popover.add_heading("How it computes")
            for backend in generator.backends:
                self._add_backend(backend)
        self._add_armed()
        popover.open_beside(owner, WIDTH)

    def _add_offers(self) -> None:
        """What can be played comes first; what several lack is said once."""
        for offer in self._offers:
            if not offer.hindrance:
                self._add_offer(offer)
        hindered = [offer for offer in self._offers if offer.hindrance]
        for lack in sorted({offer.lack for offer in hindered}):
            if lack:
                self.popover.add_heading("Not on this machine")
                self.popover.add_words(lack, strong=True)
            for offer in hindered:
                if offer.lack == lack:
                    self._add_offer(offer)

    def _add_offer(self, offer: GeneratorOffer) -> None:
        generator, popover = self._models.chain.generator, self.popover
        current = generator is not None and generator.name == offer.name
        title = offer.name.capitalize()
        if current and generator is not None:
            instead = generator.state is ComponentState.READY and bool(generator.detail)
            remark = "KEEP IT" if instead else generator.state.value.upper()
            choice = popover.add_choice(Choice(title, remark=remark, current=True, inert=not instead))
            if instead:  # chosen, it plays in nobody's place
                choice.chosen.connect(self.pick(self._console.select_generator, offer.name))
            if generator.detail:
                popover.add_words(generator.detail, strong=generator.state is ComponentState.FAILED)
        elif offer.hindrance:
            popover.add_choice(Choice(title, remark="NOT READY", tint=theme.AMBER, inert=True))
            command = f"hardcut models fetch {offer.name}"
            copied = command in offer.hindrance  # what the key below says is not said twice
            fetched = copied and self.weights.can_fetch  # once it is there the list says what is next
            restart = f"Then start Hardcut with {_option(offer.name)}." if offer.needs_restart and not fetched else ""
            own = offer.hindrance.removesuffix(offer.lack).strip()
            told = " ".join(filter(None, (own.replace(f": {command}", "") if copied else own, restart)))
            if told:
                popover.add_words(told)
            if fetched:
                if not self.weights.model.busy or self.weights.model.name != offer.name:
                    self.weights.add_offer(offer.name)
            elif copied:
                copy = popover.add_choice(
                    Choice("Copy the command that fetches it", detail=f"{command}, in a terminal")
                )
                copy.chosen.connect(self.pick(self._copy, command))
        elif offer.needs_restart:
            popover.add_choice(Choice(title, remark="NEEDS A RESTART", tint=theme.AMBER, inert=True))
            popover.add_words(f"It has other knobs and scenes. Start Hardcut with {_option(offer.name)}.")
        else:
            choice = popover.add_choice(Choice(title, detail=offer.label))
            choice.chosen.connect(self.pick(self._console.select_generator, offer.name))

    def _add_reference(self, owner: QWidget) -> None:
        reference = self._models.chain.reference
        if reference is None:
            return
        popover, file = self.popover, reference.file or ""
        popover.add_heading("A cut begins with")
        dream = popover.add_choice(Choice("The dream", current=not file, inert=not file))
        dream.chosen.connect(self.pick(self._console.choose_reference, ""))
        words = Path(file).name if file else "A picture …"
        picture = popover.add_choice(Choice(words, current=bool(file), detail="another …" if file else ""))
        picture.chosen.connect(self.pick(partial(self._pictures.choose, owner)))

    def _copy(self, command: str) -> None:
        QApplication.clipboard().setText(command)
        self._console.note(f"On the clipboard: {command}. It tells sizes and licences before anything comes.")

    def _add_backend(self, backend: BackendChoice) -> None:
        self.popover.add_words(f"{backend.component}: {backend.chosen}", strong=True)
        shapes = f"Shapes: {backend.shapes}." if backend.shapes else ""
        self.popover.add_words(" ".join(part for part in (_sentence(backend.reason), shapes) if part))
        for other, reason in backend.rejected:
            self.popover.add_words(f"Not {other}: {reason}")

    def _add_armed(self) -> None:
        lines = words.armed_lines(self._models.pads.arming.values(), self._models.pads.opening_bytes)
        if lines:
            self.popover.add_heading("Instant cuts")
            for line in lines:
                self.popover.add_words(line)


def _option(name: str) -> str:
    """What is typed, with hyphens at which no line breaks."""
    return f"--generator {name}".replace("-", "\N{NON-BREAKING HYPHEN}")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""
