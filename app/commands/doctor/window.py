"""The preflight as the window's page asks for it, while its show is live."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from app.commands.doctor.checks import CHECKS, Check, check_files, check_outputs, findings
from app.commands.doctor.finding import State
from app.commands.doctor.live import Subscribe, check_live, judge_live
from app.commands.doctor.mending import ShowMends
from app.commands.doctor.planned import TAKING
from app.commands.doctor.stage import list_gpus
from app.commands.report import usual_name, write_report
from app.models.checkup import CheckLine, Lamp
from app.show.document import Show

_LAMPS: Final = {State.OK: Lamp.GOOD, State.NOTE: Lamp.WATCH, State.PROBLEM: Lamp.BAD}
_NOT_ASKED: Final = ("python", "libraries", "plug-ins", "own files", "link", "osc", "dmx", *TAKING)
"""What does not change between a start and a show; ports: the show holds them, or says why it does not; and what would
take a device from the show, or keep its GPU busy."""


class WindowCheckups:
    """Checks of the show that is live. See app.models.checkup.Checkups.

    Args:
        subscribe: the engine's; show: tells the show as it is now; mends: what can be changed of it, None: nothing.
    """

    def __init__(self, subscribe: Subscribe, show: Callable[[], Show], mends: ShowMends | None = None) -> None:
        self._mends = mends
        self._subscribe = subscribe
        self._show = show

    def look(self) -> Iterator[CheckLine]:
        """Check what may have changed since the start, and how the show stands now."""
        show = self._show()
        about: dict[str, Check] = {
            "show": partial(check_live, self._subscribe, mends=self._mends),
            "output": partial(check_outputs, show.sent.name),
            "gpu": list_gpus,  # the model has its room already, or the show says why not
            "files": partial(check_files, show.playing.generator),
        }
        usual = {name: check for name, check in CHECKS.items() if name not in _NOT_ASKED}
        yield from _lines({"show": about["show"], **usual, **about})

    def rehearse(self) -> Iterator[CheckLine]:
        """Judge the next ten seconds of the show by its own figures."""
        yield from _lines({"rehearsal": partial(judge_live, self._subscribe, mends=self._mends)})

    def write_report(self) -> Path:
        """Write the report into the user's home."""
        return write_report(Path.home() / usual_name())


def _lines(checks: Mapping[str, Check]) -> Iterator[CheckLine]:
    for subject, finding in findings(checks):
        mend = finding.mend
        yield CheckLine(
            subject,
            _LAMPS[finding.state],
            finding.text,
            finding.remedy,
            mend.label if mend is not None else "",
            mend.act if mend is not None else None,
        )
