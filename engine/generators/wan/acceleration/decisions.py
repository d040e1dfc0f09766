"""What becomes of a step that makes a model fast: left out and told, or an error where a card demands it."""

from dataclasses import dataclass

from engine.errors import GeneratorError
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.device.kernel_errors import first_error_line
from engine.messages.events import BackendChoice, Component


@dataclass(frozen=True, slots=True)
class Missing:
    """A tool that is not there, and why, in a few words."""

    why: str


def off(component: Component, reason: str, other: str, why_not: str) -> BackendChoice:
    """The decision to do nothing, and why not the other."""
    return BackendChoice(component=component, chosen="off", reason=reason, rejected=((other, why_not),))


def demand(met: bool, card: ModelCard, what: str, why: str) -> None:
    """Raises GeneratorError: the card demands what is not to be had."""
    if not met:
        raise GeneratorError(
            f"The card demands {what}, and that is not to be had here: {why}",
            where=card.name,
            remedy='Write "auto" into the card, or use a device that can.',
        )


def first_line(problem: Exception) -> str:
    """What went wrong and of what kind it is, short enough for a decision's reason."""
    return f"{type(problem).__name__}: {first_error_line(problem)}"
