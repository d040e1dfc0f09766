"""The part of the generator's menu that rules over the steps of quality."""

from collections.abc import Callable
from functools import partial

from app import theme
from app.models import quality as words
from app.models.console import Console
from app.widgets.popover import Choice, Popover
from engine.messages.quality import QualityChanged


def add_quality(popover: Popover, quality: QualityChanged, console: Console, again: Callable[[], None]) -> None:
    """Add how simplified the picture is, and a line for each step; a press goes on to its next rule.

    Args:
        again: fills the menu anew.
    """
    popover.add_heading("Quality")
    popover.add_words(f"{quality.sentence()}.", strong=words.is_forced(quality))
    automatic = popover.add_choice(
        Choice("Automatic", detail="Simpler while the machine is too slow", current=words.is_automatic(quality))
    )
    automatic.chosen.connect(_then(partial(console.hold_quality, None), again))
    full = popover.add_choice(Choice("Full", detail="Never simpler, whatever the rate", current=words.is_full(quality)))
    full.chosen.connect(_then(partial(console.hold_quality, 0), again))
    for one in quality.steps:
        tint = theme.AMBER if one.taken else theme.FAINT
        title = f"{one.step.label[:1].upper()}{one.step.label[1:]}"
        choice = popover.add_choice(Choice(title, remark=words.state(one), tint=tint))
        rule = words.NEXT_RULE[one.rule]
        choice.chosen.connect(_then(partial(console.rule_quality, one.step.id, rule), again))


def _then(act: Callable[[], None], again: Callable[[], None]) -> Callable[[], None]:
    def both() -> None:
        act()
        again()

    return both
