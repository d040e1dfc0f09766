"""What the depth worker's chip opens."""

from PySide6.QtWidgets import QWidget

from app.models.chain import ChainModel
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover


class DepthMenu(PopoverMenu):
    """Reads the chain when it is opened."""

    def __init__(self, popover: Popover, chain: ChainModel) -> None:
        super().__init__(popover)
        self._chain = chain

    def fill(self, owner: QWidget) -> None:
        depth = self._chain.depth
        self.popover.begin("Depth", owner)
        if depth is None:
            self.popover.add_words("The engine has not spoken of depth yet.")
        else:
            detail = depth.detail or "Beside the hot path: a slow map never delays a chunk."
            choice = Choice(depth.estimator.capitalize(), remark=depth.state.value.upper(), detail=detail, inert=True)
            self.popover.add_choice(choice)
        self.popover.add_words(
            "The number is the age of the newest map when a chunk used it. The stage hands over its true depth;"
            " every other source is estimated."
        )
        self.popover.open_beside(owner, 380)
