"""What is asked of the engine and the front, so that a show plays."""

from dataclasses import dataclass

from app.control.intents import UseFront
from engine.messages.commands import Command


@dataclass(frozen=True, slots=True)
class Opening:
    """What to ask for, in order.

    Attributes:
        commands: for the engine, to be posted together: they hold from one boundary on.
        front: what lies in front; None: it stays as it is.
        faults: what is missing, in sentences; the rest plays.
    """

    commands: tuple[Command, ...]
    front: UseFront | None
    faults: tuple[str, ...]
