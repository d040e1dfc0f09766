"""From a source as written down to the object that captures it."""

import threading

from engine.clock import Clock
from engine.errors import SourceError
from engine.sources.base import Source
from engine.sources.spec import SourceKind, SourceSpec
from engine.sources.stage import StageSource


def build_source(spec: SourceSpec, clock: Clock, halt: threading.Event) -> Source:
    """The source for a spec, not yet opened.

    Raises:
        SourceError: the address makes no sense for its kind.
    """
    match spec.kind:
        case SourceKind.STAGE:
            return StageSource(clock, halt)
        case _:
            raise SourceError("This kind of source is not available yet", where=str(spec))
