"""The preflight as the window's page asks for it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from app.arguments import Options
from app.commands.doctor.checks import CHECKS, Check, check_outputs, findings
from app.commands.doctor.finding import State
from app.commands.doctor.rehearsal import rehearse
from app.commands.doctor.stage import check_gpus
from app.commands.report import usual_name, write_report
from app.models.checkup import CheckLine, Lamp

_LAMPS: Final = {State.OK: Lamp.GOOD, State.NOTE: Lamp.WATCH, State.PROBLEM: Lamp.BAD}
_NOT_ASKED: Final = ("python", "libraries", "plug-ins", "own files", "link", "osc", "dmx", "models")
"""What does not change between a start and a show; ports: the show holds them, or says why it does not; and what would
keep the show's GPU busy."""


class WindowCheckups:
    """Checks for the show with these options. See app.models.checkup.Checkups."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def look(self) -> Iterator[CheckLine]:
        """Check what may have changed since the start."""
        checks = {name: check for name, check in CHECKS.items() if name not in _NOT_ASKED}
        checks["output"] = lambda: check_outputs(self._options.output_name)
        checks["gpu"] = lambda: check_gpus(self._options.generator)
        yield from _lines(checks)

    def rehearse(self) -> Iterator[CheckLine]:
        """Judge ten seconds with the show's generator, canvas and rate."""
        one = self._options
        show = ["--generator", one.generator, "--fps", str(one.fps), "--canvas", f"{one.width}x{one.height}"]
        show += ["--gpus", str(one.gpus or "all")]
        yield from _lines({"rehearsal": lambda: rehearse(show)})

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
