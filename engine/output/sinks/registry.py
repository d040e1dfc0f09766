"""The sinks by id: how each is written, which formats it takes, how it is built. Carries neither torch nor Qt.

Other packages add theirs with entry points of the group `hardcut.sinks`; a plug-in's sink is loaded in the output
process, which plays on while the program is restarted, so its module must be as light.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.errors import OutputError, PluginError
from engine.output.settings import SinkSpec, WireFormat
from engine.output.sinks.base import Sink
from engine.output.sinks.outside import no_address
from engine.registry import AddressedEntry, Registry, guarded, parse_addressed


@dataclass(frozen=True, slots=True)
class SinkRequest:
    """Arguments for building a sink.

    Attributes:
        name: of the output, as receivers are to see it; address: what was written behind the sink's id, or "".
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkEntry(AddressedEntry):
    """A kind of sink.

    Attributes:
        formats: the layouts of pixels that it takes, the one it likes best first.
        alpha_formats: those with an alpha that it takes where the matte is to go along.
        build: a new sink, not yet opened; called in the output process, or in its own where it is isolated. Must not
            block.
        systems: where it can be, as in sys.platform; (): everywhere.
        isolated: it lives in a process of its own (engine.output.sinks.isolated), so that whatever its driver does
            ends neither the show nor another sink, and it keeps its own time.
        niceness: of an isolated sink, 0 to 19: how far it steps back where processors are scarce.
        linger_s: how long an isolated sink stays with its last picture when the output process has died.
        outside: the address to use for one that a show of somebody else or the network names; raises OutputError where
            it is not for them to say (engine.output.sinks.outside).
    """

    formats: tuple[WireFormat, ...]
    build: Callable[[SinkRequest], Sink]
    alpha_formats: tuple[WireFormat, ...] = ()
    systems: tuple[str, ...] = ()
    isolated: bool = False
    niceness: int = 0
    linger_s: float = 0.0
    outside: Callable[[str], str] = no_address


def _built_in() -> Mapping[str, Callable[[], SinkEntry]]:
    from engine.output.sinks.built_in import BUILT_IN

    return BUILT_IN


def _check(entry: SinkEntry) -> None:
    if not entry.formats:
        raise PluginError("It takes no format of pixels", where=entry.id)


SINKS: Final = Registry(SinkEntry, "hardcut.sinks", _built_in, check=_check)


def parse_sink(text: str) -> SinkSpec:
    """Parse a sink as written on the command line.

    Raises:
        OutputError: there is no such sink, or an address is missing or too much.
    """
    return SinkSpec(*parse_addressed(SINKS, text, "sink", OutputError))


def find_sink(spec: SinkSpec) -> SinkEntry:
    """Return a sink's entry by id.

    Raises:
        OutputError: there is none of that id.
    """
    entry = SINKS.find(spec.id)
    if entry is None:
        raise OutputError("There is no such sink", where=str(spec), remedy=f"Known are: {', '.join(SINKS.ids())}.")
    return entry


def confined_sink(spec: SinkSpec) -> SinkSpec:
    """Return what a sink is that was named from outside: one that writes files does so in its own folder only.

    Raises:
        OutputError: there is no such sink, or the address is not for a show or the network to say.
    """
    entry = find_sink(spec)
    return SinkSpec(spec.id, guarded(lambda: entry.outside(spec.address), entry, OutputError))


def build_sink(spec: SinkSpec, name: str) -> Sink:
    """Build a sink for this process, not yet opened; imports only that one.

    Args:
        name: of the output, as receivers are to see it.

    Raises:
        OutputError: there is no such sink, or its code failed.
    """
    entry = find_sink(spec)
    return guarded(lambda: entry.build(SinkRequest(name, spec.address)), entry, OutputError)


def make_sink(spec: SinkSpec, name: str) -> Sink:
    """Build a sink, or a stand-in that starts the process of an isolated one when it is opened.

    Raises:
        OutputError: there is no such sink, or its code failed.
    """
    if find_sink(spec).isolated:
        from engine.output.sinks.isolated import IsolatedSink

        return IsolatedSink(spec, name)
    return build_sink(spec, name)
