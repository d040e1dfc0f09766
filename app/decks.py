"""Stream Decks as the program starts them: only where the extra is installed, or in a sentence where it is missing."""

from typing import TYPE_CHECKING

from app.control.store import ControlStore
from app.control.swatch import Swatch, swatch
from app.errors import AppError
from app.extras import streamdeck_installed
from engine.clock import Clock
from engine.engine import Engine

if TYPE_CHECKING:
    from app.streamdeck.service import DeckService

MISSING = "In Hardcut's folder: .venv/bin/pip install -c constraints.txt -e '.[streamdeck]'."
"""What to do where the extra is not there."""


def deck_service(
    engine: Engine, store: ControlStore, clock: Clock, wanted: bool | None, brightness: int
) -> "DeckService | None":
    """The service, not started; None where Stream Decks are not to be used.

    Args:
        wanted: True, False, or None: where the extra is installed.
        brightness: of the keys, 1 to 100 percent.

    Raises:
        AppError: they are wanted and the extra is missing.
    """
    if wanted is False or (wanted is None and not streamdeck_installed()):
        return None
    if not streamdeck_installed():
        raise AppError("Stream Decks need the extra streamdeck, which is not installed", remedy=MISSING)
    from app.streamdeck.service import DeckService

    def colours(scene: str) -> Swatch:
        scenes = engine.scenes
        return swatch(scene, scenes[scene].prompt if scene in scenes else "")

    return DeckService(
        engine.post,
        store,
        clock,
        colours=colours,
        programme=lambda: engine.preview()[1],
        brightness=brightness,
    )
