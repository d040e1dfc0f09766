"""Which generators can be chosen beside the one that plays, and what keeps the others from it."""

from engine.generators.base import GeneratorSpec
from engine.generators.registry import GeneratorEntry, find_generator, generator_names, lack_of
from engine.loop.fallback import is_compatible
from engine.messages.offers import GeneratorOffer
from engine.registry import hindrance_of


def generator_offers(shown: GeneratorSpec) -> tuple[GeneratorOffer, ...]:
    """Return every generator, and whether it could be chosen now. May import a lot: call it on a worker.

    Args:
        shown: of the generator whose knobs and scenes the performance has.
    """
    return tuple(_offer(find_generator(name), shown) for name in generator_names())


def _offer(entry: GeneratorEntry, shown: GeneratorSpec) -> GeneratorOffer:
    return GeneratorOffer(
        name=entry.id,
        label=entry.label,
        hindrance=hindrance_of(entry),
        needs_restart=not is_compatible(entry.describe(), shown),
        lack=lack_of(entry),
    )
