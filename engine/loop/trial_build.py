"""Tell whether a generator can be built, beside another that plays."""

from engine.errors import EngineError, GeneratorError
from engine.generators.registry import GeneratorEntry, build_generator
from engine.loop.fault_words import sentence_of
from engine.messages.picture_format import PictureFormat


def try_build(entry: GeneratorEntry, picture_format: PictureFormat) -> None:
    """Build a generator for a format and let it go.

    Raises:
        EngineError: it cannot be built, for whatever reason.
    """
    try:
        build_generator(entry, picture_format).close()
    except EngineError:
        raise
    except BaseException as fault:
        raise GeneratorError("The generator cannot be built", where=sentence_of(fault).rstrip(".")) from fault
