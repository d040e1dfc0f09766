"""Fetching weights as the window asks for it, beside a show that is live. See app.models.weights."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from app.amounts import Pace
from app.models.weights import WantedFile, WeightsEnded, WeightsPlan, WeightsProgress
from engine.clock import NS_PER_MS, Clock

if TYPE_CHECKING:
    from engine.generators.wan.library.fetching import FetchPlan, Parcel
    from engine.generators.wan.library.hub import HuggingFaceHub

TELL_NS: Final = 250 * NS_PER_MS


class WindowFetcher:
    """Plans and fetches; plan and fetch are called on one thread at a time, stop on any.

    Args:
        clock: what rates are measured by.
        endpoint: base address of the hub; None: HF_ENDPOINT, or huggingface.co.
    """

    def __init__(self, clock: Clock, endpoint: str | None = None) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._stopped = threading.Event()
        self._planned: dict[str, tuple[FetchPlan, HuggingFaceHub]] = {}

    def plan(self, name: str) -> WeightsPlan | None:
        """Ask the hub what is missing of a model, and whether the disk has room; None: nothing is missing.

        Raises:
            EngineError: there is no such model, the hub cannot be reached or refuses, or there is no room.
        """
        from app.commands.models.fetch import find_card
        from engine.folders import models_folder
        from engine.generators.wan.library.fetching import plan_fetch
        from engine.generators.wan.library.hub import HuggingFaceHub

        self._stopped.clear()
        card, folder = find_card(name), models_folder()
        if not card.missing(folder) and not card.broken(folder):
            return None
        hub = HuggingFaceHub(self._endpoint)
        plan = plan_fetch(card, folder, hub)
        self._planned[name] = plan, hub
        return WeightsPlan(
            name, card.label, str(folder), tuple(map(_wanted, plan.parcels)), plan.size, plan.left, plan.free
        )

    def fetch(self, name: str) -> Iterator[WeightsProgress | WeightsEnded]:
        """Fetch what was planned last for this model, and tell four times a second how far it is.

        Raises:
            EngineError: the hub or the disk failed; what has come stays.
        """
        from app.commands.models.fetch import check_whole
        from engine.generators.wan.library.fetching import Fetching, Proving, fetch

        plan, hub = self._planned.pop(name)
        done, told_ns = plan.size - plan.left, self._clock.now_ns() - TELL_NS
        pace = Pace()
        pace.add(self._clock.now_ns(), done)
        for step in fetch(plan, hub):
            if self._stopped.is_set():
                yield WeightsEnded(False, f"{name}: stopped. What has come stays, and the next fetch goes on from it.")
                return
            now_ns = self._clock.now_ns()
            match step:
                case Fetching():
                    done = step.done
                    if now_ns - told_ns >= TELL_NS or done == step.total:
                        told_ns = now_ns
                        pace.add(now_ns, done)
                        yield WeightsProgress(done, step.total, step.file.path, pace.rate)
                case Proving():
                    yield WeightsProgress(done, plan.size, step.file.path, proving=True)
                case _:
                    pass
        check_whole(plan.card, plan.folder)
        yield WeightsEnded(True, f"{name}: every file is there.")

    def stop(self) -> None:
        """End a fetch at its next piece."""
        self._stopped.set()


def _wanted(parcel: "Parcel") -> WantedFile:
    """What people read of a parcel; where card and page name different licences, both."""
    from app.commands.models.fetch import licence_of

    many = f", {len(parcel.files)} files" if len(parcel.files) > 1 else ""
    wanted = parcel.wanted
    return WantedFile(f"{wanted.file}{many}", wanted.repo, licence_of(parcel), parcel.size, parcel.fault)
