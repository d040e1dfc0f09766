"""How many processes dream together, and whether they may: chosen, tried as a show will use them, told."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from engine.errors import GeneratorError
from engine.generators.kernel_errors import first_error_line
from engine.generators.ranks import Ranks
from engine.generators.wan.acceleration.execution import Eager, Execution
from engine.generators.wan.acceleration.probe import worst_error
from engine.generators.wan.assembly import WanParts
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.components import PROCESSES
from engine.generators.wan.memory import free_elsewhere
from engine.generators.wan.model.share import largest_size
from engine.generators.wan.parallel import orders
from engine.generators.wan.parallel.crew import Crew
from engine.generators.wan.parallel.led import Lead
from engine.generators.wan.parallel.proof import TOLERANCE, make_alone, make_shared
from engine.messages.events import BackendChoice


@dataclass(frozen=True, slots=True)
class Muster:
    """Who dreams together.

    Attributes:
        crew: not started yet; None: this process dreams alone.
        free: bytes that are free on the GPUs of the others, as far as the driver says.
        told: the decision; None where nobody asked for more than one.
        warnings: what the performer must be told.
    """

    crew: Crew | None = None
    told: BackendChoice | None = None
    warnings: tuple[str, ...] = ()
    free: tuple[int, ...] = ()


def muster(
    card: ModelCard, folder: Path, device: torch.device, dtype: torch.dtype, ranks: Ranks, *, threads: int = 1
) -> Muster:
    """Choose as many of the processes that were asked for as the model can be split over."""
    gpus = torch.cuda.device_count() if device.type == "cuda" else 0
    numbers = ranks.left(gpus)
    if ranks.asked == 1 or (len(numbers) == 1 and not ranks.lost and not ranks.asked):
        return Muster()
    wanted = ranks.asked or gpus
    rejected: list[tuple[str, str]] = []
    if gpus and wanted > gpus:
        rejected.append((f"{wanted} processes", f"there are {gpus} GPUs"))
    rejected += [(f"rank of {_place(device, number)}", why) for number, why in ranks.lost]
    warnings: tuple[str, ...] = ()
    size = largest_size(card.dims.heads, card.grid.tokens, len(numbers))
    if size < len(numbers):
        rejected.append((f"{len(numbers)} processes", f"{card.dims.heads} heads cannot be split evenly by that"))
    if ranks.lost:
        lost = "; ".join(f"that on {_place(device, number)} {why}" for number, why in ranks.lost)
        warnings = (f"The picture is made by {_count(size)} now: {lost}. Restart Hardcut to use all again.",)
    elif size < wanted:
        warnings = (f"{rejected[-1][0].capitalize()} cannot share this model: {rejected[-1][1]}. It plays on {size}.",)
    if size == 1:
        told = BackendChoice(
            component=PROCESSES, chosen="1, on its own", reason="no more of them can share", rejected=tuple(rejected)
        )
        return Muster(None, told, warnings)
    crew = Crew(card, folder, device, dtype, ranks, numbers[:size], threads=threads)
    told = BackendChoice(
        component=PROCESSES,
        chosen=f"{size}: {', '.join(crew.devices)}",
        reason="asked for",
        shapes=crew.share.sentence(),
        rejected=tuple(rejected),
    )
    free = [free_elsewhere(number) for number in numbers[1:size]] if gpus else []
    return Muster(crew, told, warnings, tuple(one for one in free if one is not None))


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of bringing them together.

    Attributes:
        lead: of the others; None: they were wrong and have ended, this process dreams alone.
        warnings: what the performer must be told.
    """

    lead: Lead | None
    told: BackendChoice
    warnings: tuple[str, ...] = ()


def join(crew: Crew, parts: WanParts, ranks: Ranks, told: BackendChoice) -> Generator[float, None, Joined]:
    """Wait for the others, and hold what all make together against what one makes; yields progress in 0..1.

    Raises:
        GeneratorError: one of them has failed.
    """
    for progress in crew.built():
        yield 0.8 * progress
    exchange = parts.exchange
    if exchange is None:
        raise GeneratorError("The model was not built to be shared", where=parts.card.name)
    crew.meet()
    exchange.use(crew.transport.swaps(exchange.crossings))
    yield 0.9
    model, card = parts.model, parts.card
    alone = make_alone(model, card, exchange)
    limit, rejected = TOLERANCE[model.dtype], [*told.rejected, *crew.transport.rejected]
    for execution in _ways(crew, parts, ranks, rejected):
        replayed = not isinstance(execution, Eager)
        crew.tries_graphs = replayed
        try:
            crew.tell(orders.Prove(replayed))
            with crew.guarded():
                error = worst_error(make_shared(model, card, execution), alone)
            crew.settle()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as problem:
            if not replayed:
                raise
            ranks.plain = first_error_line(problem)
            raise GeneratorError(
                "Passes that are shared could not be replayed from graphs", where=card.name
            ) from problem
        crew.tries_graphs = False
        if error <= limit:
            reason = f"relative error {error:.1e} against one alone (limit {limit:g}), over {crew.transport.name}"
            lead = Lead(crew, execution, parts.live)
            done = replace(told, reason=reason, shapes=_shapes(crew, replayed), rejected=tuple(rejected))
            return Joined(lead, done, _strangers(crew, parts))
        why = f"wrong: relative error {error:.1e} against one alone (limit {limit:g})"
        rejected.append(("graphs between the exchanges" if replayed else told.chosen, why))
    crew.close()
    model.share_by(None)
    done = replace(told, chosen="1, on its own", reason="it is right", shapes="", rejected=tuple(rejected))
    return Joined(None, done, (f"The other GPUs are not used: what they made together came out {why}.",))


def _ways(crew: Crew, parts: WanParts, ranks: Ranks, rejected: list[tuple[str, str]]) -> list[Execution]:
    """How passes might be run, the fastest first."""
    plain: list[Execution] = [Eager()]
    if isinstance(parts.execution, Eager):
        return plain
    behind = [device for device, built in crew.answers() if not built.replays]
    why = ranks.plain or (f"{', '.join(behind)} has none" if behind else "")
    if why:
        rejected.append(("graphs between the exchanges", why))
        return plain
    return [parts.execution, *plain]


def _shapes(crew: Crew, replayed: bool) -> str:
    graphs = "graphs, exchanges in them" if crew.transport.recordable else "graphs between the exchanges"
    how = graphs if replayed else "plain launches"
    return f"{crew.share.sentence()}; {how}"


def _strangers(crew: Crew, parts: WanParts) -> tuple[str, ...]:
    """Sentences on what the others compute by other means than this process."""
    own = {choice.component: choice.chosen for choice in parts.choices}
    return tuple(
        f"{device} computes by other means ({choice.component}: {choice.chosen}, not {own[choice.component]})."
        for device, built in crew.answers()
        for choice in built.choices
        if choice.component in own and own[choice.component] != choice.chosen
    )


def _count(size: int) -> str:
    return "one process" if size == 1 else f"{size} processes"


def _place(device: torch.device, number: int) -> str:
    return f"cuda:{number}" if device.type == "cuda" else f"process {number}"
