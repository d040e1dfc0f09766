"""What the pages of the output's menu share."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app.models.console import Console
from app.models.window_models import WindowModels
from app.widgets.popover import Choice, Popover
from app.widgets.track import TrackRow
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import DESK_PARAMETERS


class OutputPage:
    """One page. It is filled each time it is shown; what is chosen there leaves it open.

    Args:
        again: shows it anew.
    """

    title = ""

    def __init__(self, popover: Popover, models: WindowModels, console: Console, again: Callable[[], None]) -> None:
        self.popover = popover
        self.models = models
        self.console = console
        self._again = again
        self._rows: list[TrackRow] = []

    @property
    def output(self) -> OutputChanged | None:
        """How the output stands."""
        return self.models.chain.output

    @property
    def words(self) -> str:
        """What stands there, in a few words."""
        raise NotImplementedError

    def fill(self, owner: QWidget) -> None:
        """Put its lines into the popover."""
        raise NotImplementedError

    def show(self, owner: QWidget) -> None:
        """Fill it."""
        self._rows = []
        self.fill(owner)

    @property
    def held(self) -> bool:
        """A hand is on one of its tracks."""
        return any(row.held for row in self._rows)

    def follow(self) -> None:
        """Show values that came from elsewhere."""
        for row in self._rows:
            row.follow(self.models.knobs.knobs[row.parameter].target)

    def forget(self) -> None:
        """Its rows are gone."""
        self._rows = []

    def choice(self, choice: Choice, act: Callable[[], object]) -> Choice:
        """Return a line that acts and leaves the page open."""
        choice.chosen.connect(partial(self._act, act))
        return choice

    def _act(self, act: Callable[[], object]) -> None:
        act()
        self._again()

    def add_tracks(self, *parameters: str) -> None:
        """Add a track for each of these of DESK_PARAMETERS."""
        for key in parameters:
            knob = self.models.knobs.knobs.get(key)
            if knob is None:
                continue
            row = TrackRow(None, DESK_PARAMETERS[key], knob.target)
            row.changed.connect(partial(self.console.output.turn_desk, key))
            row.set_unit(self.popover.unit)
            self.popover.add_part(row)
            self._rows.append(row)
