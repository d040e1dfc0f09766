"""Decisions about acceleration: skip a tool and report why, or raise where a model card requires it."""

from dataclasses import dataclass

from engine.errors import GeneratorError
from engine.generators.kernel_errors import first_error_line
from engine.generators.wan.cards import ModelCard
from engine.messages.events import BackendChoice, Component


@dataclass(frozen=True, slots=True)
class Missing:
    """A tool that is unavailable; why: in a few words."""

    why: str


def off(component: Component, reason: str, other: str, why_not: str) -> BackendChoice:
    """Report that nothing is used, and why the alternative was rejected."""
    return BackendChoice(component=component, chosen="off", reason=reason, rejected=((other, why_not),))


def demand(met: bool, card: ModelCard, what: str, why: str) -> None:
    """Check what a card requires.

    Raises:
        GeneratorError: it is not met here.
    """
    if not met:
        raise GeneratorError(
            f"The card demands {what}, and that is not to be had here: {why}",
            where=card.name,
            remedy='Write "auto" into the card, or use a device that can.',
        )


def first_line(problem: Exception) -> str:
    """Return an exception's class and first line, for a decision's reason."""
    return f"{type(problem).__name__}: {first_error_line(problem)}"
