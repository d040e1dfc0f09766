"""What the performer is told of a fault of a generator."""

from typing import Final

from engine.clock import NS_PER_SECOND
from engine.errors import EngineError
from engine.loop.plan import Fault, Plan, Reaction

BY_HAND: Final = "A pad, Panic or the generator menu tries"


def sentence_of(error: BaseException) -> str:
    """Return what a generator raised, in a sentence."""
    if isinstance(error, EngineError):
        return str(error)
    detail = f": {error}" if str(error) else ""
    return f"{type(error).__name__}{detail}".rstrip(".") + "."


def describe_reaction(plan: Plan, reaction: Reaction, fault: Fault, failed: str, other_knobs: bool) -> str:
    """Describe a fault and the reaction to it, for the performer."""
    stays = "the last picture stays on air."
    match reaction:
        case Reaction.BACK:
            return f"The generator {failed} could not be started. {fault.sentence} {plan.playing} is started again."
        case Reaction.AGAIN:
            return f"The generator failed. {fault.sentence} It is started again; {stays}"
    begin = "The generator failed."
    if fault.no_room:
        begin = f"There is no room for the generator {failed}."
    elif fault.unready:
        begin = f"The generator {failed} cannot play here."
    if reaction is Reaction.IDLE:
        left = f"Nothing smaller is left; {stays}" if fault.no_room else stays.capitalize()
        again = f"{BY_HAND} {plan.waits or failed} again, and it is tried by itself"
        seconds = plan.pause_ns // NS_PER_SECOND
        return f"{begin} {fault.sentence} {left} {again} {f'in {seconds} s' if seconds else 'at once'}."
    scenes = f" It plays the nearest of its own scenes; the knobs of {plan.shown} do not reach it."
    knobs = scenes if other_knobs else ""
    again = f" {BY_HAND} {plan.waits} again." if plan.waits else ""
    return f"{begin} {fault.sentence} {plan.playing} is started in its place; {stays}{knobs}{again}"


def describe_keeping(plan: Plan) -> str:
    """Describe what comes of it that the performer chose what plays in another's place.

    Args:
        plan: before the choice.
    """
    other = plan.waits or plan.shown
    return f"{plan.playing} stays, by your choice; {other} is tried again only if you choose it in the generator menu."
