"""What can be set of one modulator, as parts of a popover."""

from collections.abc import Callable

from app.models.modulator_settings import Amount, Levels, Options, settings_of
from app.widgets.amount import AmountRow
from app.widgets.levels import LevelsField
from app.widgets.popover import Choice, Popover
from engine.messages.audio import AudioFeatures
from engine.messages.modulation import Modulator


class ModulatorParts:
    """Fills a popover; a hand on any of it holds off filling it anew.

    Args:
        change: takes the modulator as it is to be.
    """

    def __init__(self, popover: Popover, change: Callable[[Modulator], None]) -> None:
        self._popover = popover
        self._change = change
        self._held: list[AmountRow | LevelsField] = []
        self._heard: list[tuple[AmountRow, Amount]] = []

    @property
    def held(self) -> bool:
        """A hand is on it."""
        return any(part.held for part in self._held)

    def show_sound(self, heard: AudioFeatures | None) -> None:
        """Show on its track what is heard of a feature."""
        for row, amount in self._heard:
            row.show_level(heard.value(amount.feature) / amount.most if heard is not None else 0.0)

    def fill(self, modulator: Modulator) -> None:
        """Add everything that can be set of a modulator."""
        popover = self._popover
        for setting in settings_of(modulator):
            match setting:
                case Options(title, options, columns):
                    if title:
                        popover.add_heading(title)
                    popover.add_grid([self._choice(one.label, one.modulator, one.current) for one in options], columns)
                case Amount() as amount:
                    row = AmountRow(None, amount.label, amount.share, amount.words)
                    row.chosen.connect(lambda share, made=amount.made: self._change(made(share)))
                    self._add(row)
                    if amount.feature:
                        self._heard.append((row, amount))
                case Levels() as levels:
                    field = LevelsField(None, levels.levels, joined=levels.joined)
                    field.drawn.connect(lambda drawn, made=levels.made: self._change(made(drawn)))
                    self._add(field)

    def _add(self, part: AmountRow | LevelsField) -> None:
        part.set_unit(self._popover.unit)
        self._popover.add_part(part)
        self._held.append(part)

    def _choice(self, label: str, modulator: Modulator, current: bool) -> Choice:
        choice = Choice(label, current=current)
        choice.chosen.connect(lambda: self._change(modulator))
        return choice
