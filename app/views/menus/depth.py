"""What the depth worker's chip opens."""

from PySide6.QtWidgets import QWidget

from app.models.console import Console
from app.models.map_choices import map_choices, second_source
from app.models.text import begun
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.fields import Field
from app.widgets.popover import Choice, Popover
from app.widgets.track import TrackRow
from engine.messages.parameters import MAP_PARAMETERS


class DepthMenu(PopoverMenu):
    """Reads the chain when it is opened."""

    def __init__(self, popover: Popover, models: WindowModels, console: Console) -> None:
        super().__init__(popover)
        self._models = models
        self._console = console
        self._rows: list[TrackRow] = []
        models.chain.map_changed.connect(self._follow)

    def leave(self) -> None:
        super().leave()
        self._rows = []

    def fill(self, owner: QWidget) -> None:
        popover, depth, chosen = self.popover, self._models.chain.depth, self._models.chain.map
        popover.begin("Control map", owner)
        if depth is None:
            popover.add_words("The engine has not spoken of depth yet.")
        else:
            popover.add_choice(Choice(begun(depth.estimator), remark=depth.state.value.upper(), inert=True))
            detail = depth.detail.removeprefix(f"{depth.estimator}: ")
            popover.add_words(begun(detail) or "Beside the hot path: a slow map never delays a chunk.")
        choices, name = [], chosen.name if chosen is not None else ""
        offered = map_choices()
        for one in offered:
            if not one.needs:
                choice = Choice(one.label, current=name == one.name)
                choice.chosen.connect(self.pick(self._console.select_map, one.name))
                choices.append(choice)
        popover.add_grid(choices, 3)
        for one in offered:
            if one.needs:
                popover.add_choice(Choice(one.label, remark="NOT HERE", detail=one.needs, inert=True))
        second = popover.add_field(
            Field(
                None,
                name="Second source",
                placeholder="Second source: ndi:NAME, camera:1",
                help_text="Enter makes its pictures the map.",
            )
        )
        second.entered.connect(lambda text: self.pick(self._console.select_map, second_source(text))())
        self._rows = [self._row(key) for key in MAP_PARAMETERS if key in self._models.knobs.knobs]
        for row in self._rows:
            row.set_unit(popover.unit)
            popover.add_part(row)
        back = popover.add_choice(Choice("As usual", detail="Every control of the map back to where it began"))
        back.chosen.connect(self._console.reset_map)
        popover.open_beside(owner, 480)

    def _row(self, key: str) -> TrackRow:
        row = TrackRow(None, MAP_PARAMETERS[key], self._models.knobs.knobs[key].target)
        row.changed.connect(lambda value: self._console.turn_map(key, value))
        return row

    def _follow(self) -> None:
        chosen = self._models.chain.map
        if chosen is not None and self.is_open:
            for row in self._rows:
                row.follow(chosen.values[row.parameter])
