"""The weights of a model, fetched from its menu: what would come and under which licences, how far it is, a stop."""

from collections.abc import Callable, Iterator
from functools import partial

from app.amounts import size
from app.bridge import Gatherer
from app.models.console import Console
from app.models.weights import (
    Stage,
    WeightsEnded,
    WeightsFetcher,
    WeightsModel,
    progress_words,
)
from app.widgets.popover import Choice, Popover
from app.widgets.progress import ProgressRow


class WeightsPart:
    """Lines that a menu puts into its popover; owns the worker that fetches, which goes on while the menu is closed.

    Args:
        fetcher: asks and fetches; None: nothing can be fetched here.
        came: called when weights have come.
    """

    def __init__(
        self, popover: Popover, console: Console, fetcher: WeightsFetcher | None, came: Callable[[], None]
    ) -> None:
        self.model = WeightsModel()
        self._popover = popover
        self._console = console
        self._fetcher = fetcher
        self._came = came
        self._row: ProgressRow | None = None
        self._worker = Gatherer("weights")
        self._worker.found.connect(self._take)
        self._worker.ended.connect(self._end)
        self.model.moved.connect(self._show_progress)

    @property
    def can_fetch(self) -> bool:
        """Whether anything can be fetched here."""
        return self._fetcher is not None

    @property
    def asks(self) -> bool:
        """A page of its own stands before the performer: what would come, or that it is asked for."""
        return self.model.stage in (Stage.ASKING, Stage.OFFERED)

    def add_offer(self, name: str) -> None:
        """Offer to fetch a model's weights."""
        model = self.model
        if model.busy:
            self._popover.add_choice(Choice("Fetch it …", remark="AFTER THE OTHER ONE", inert=True))
            return
        fetch = self._popover.add_choice(Choice("Fetch it …", detail="Shows size and licences, and asks"))
        fetch.chosen.connect(partial(self.ask, name))

    @property
    def title(self) -> str:
        """Of that page."""
        plan = self.model.plan
        return f"Fetch {plan.label if plan is not None else self.model.name}"

    def add_page(self) -> None:
        """What would come, from whom, under which licence, and two keys."""
        popover, plan = self._popover, self.model.plan
        if plan is None:
            popover.add_words("Asking where its files are published …")
            return
        there = f", of which {size(plan.size - plan.left)} are there" if plan.left < plan.size else ""
        popover.add_words(
            f"{size(plan.size)} in all{there}, into {plan.folder}, which has {size(plan.free)} free.",
            strong=True,
        )
        for one in plan.files:
            popover.add_words(f"{one.file}: {size(one.size)}", strong=True)
            instead = f". In place of one that {one.fault}" if one.fault else ""
            popover.add_words(f"Licence {one.licence}. From huggingface.co/{one.repository}{instead}.")
        agree = Choice("Agree and fetch", detail="The show goes on meanwhile")
        popover.add_choice(agree).chosen.connect(self.fetch)
        popover.add_choice(Choice("Not now")).chosen.connect(self.model.put_away)

    def add_progress(self) -> None:
        """How far the fetch is, if one is under way, and a stop; why the last one failed."""
        self._row = None
        if self.model.stage not in (Stage.FETCHING, Stage.STOPPING):
            if self.model.trouble:
                self._popover.add_words(f"{self.model.name} was not fetched. {self.model.trouble}", strong=True)
            return
        self._popover.add_words(f"{self.model.name} is being fetched", strong=True)
        self._row = ProgressRow(None, name="Fetch")
        self._row.set_unit(self._popover.unit)
        self._popover.add_part(self._row)
        self._show_progress()
        if self.model.stage is Stage.FETCHING:
            stop = Choice("Stop", detail="What has come stays; the next fetch goes on from it")
            self._popover.add_choice(stop).chosen.connect(self.stop)

    def forget(self) -> None:
        """The menu shows nothing of it any more."""
        self._row = None

    def ask(self, name: str) -> None:
        """Find out what would come."""
        fetcher = self._fetcher
        if fetcher is None or self.model.busy:
            return

        def plan() -> Iterator[object]:
            found = fetcher.plan(name)
            yield found if found is not None else WeightsEnded(True, f"{name}: every file is there.")

        self.model.ask(name)
        self._worker.gather(plan)

    def fetch(self) -> None:
        """Fetch what was offered."""
        fetcher, plan = self._fetcher, self.model.plan
        if fetcher is not None and plan is not None and self.model.stage is Stage.OFFERED:
            self.model.begin()
            self._worker.gather(partial(fetcher.fetch, plan.name))

    def stop(self) -> None:
        """Stop the fetch at its next piece."""
        if self._fetcher is not None and self.model.stage is Stage.FETCHING:
            self._fetcher.stop()
            self.model.stop()

    def close(self) -> None:
        """End a fetch under way."""
        if self._fetcher is not None:
            self._fetcher.stop()
        self._worker.close()

    def _take(self, found: object) -> None:
        if isinstance(found, WeightsEnded):
            (self._console.note if found.whole else self._console.warn)(found.text)
            if found.whole:
                self._came()
        else:
            self.model.take(found)

    def _end(self, trouble: str) -> None:
        if trouble:
            doing = "be looked up" if self.model.stage is Stage.ASKING else "be fetched"
            self._console.warn(f"{self.model.name} could not {doing}. {trouble}")
        self.model.end(trouble)

    def _show_progress(self) -> None:
        progress = self.model.progress
        if self._row is None:
            return
        if progress is None:
            self._row.show_progress("It begins …", 0.0)
            return
        stopping = self.model.stage is Stage.STOPPING
        self._row.show_progress(progress_words(progress, stopping=stopping), progress.done / max(progress.total, 1))
