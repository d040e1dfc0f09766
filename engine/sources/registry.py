"""The sources by scheme: how each is written, found and built. Describing one imports nothing of it.

Other packages add theirs with entry points of the group `hardcut.sources`.
"""

import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.clock import Clock
from engine.errors import SourceError
from engine.registry import AddressedEntry, Registry, guarded, parse_addressed
from engine.sources.base import Source
from engine.sources.spec import SourceSpec

EXTRA_IPS_VARIABLE: Final = "HARDCUT_NDI_IPS"
"""Addresses of NDI senders that multicast discovery does not reach, separated by commas."""


def extra_ips() -> str:
    """Where to look for NDI senders besides multicast discovery."""
    return os.environ.get(EXTRA_IPS_VARIABLE, "")


@dataclass(frozen=True, slots=True)
class FoundSource:
    """One source that can be chosen now.

    Attributes:
        address: what is written behind its scheme, "" for nothing; label: what it is, for people.
    """

    address: str
    label: str


def finds_nothing(_timeout_s: float) -> Iterable[FoundSource]:
    """The search of a kind of source that nobody can look for."""
    return ()


def takes_any(_address: str) -> None:
    """The check of a kind of source whose addresses only show when it is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry(AddressedEntry):
    """A kind of source; its id is its scheme.

    Attributes:
        build: a source for an address ("" if none was written), not yet opened. Must not block. Its clock tells the
            time; once the event is set, open and read must return or raise without delay.
        check: SourceError where an address can be none of its own. Opens nothing.
        look: what there is to choose now; may take about so many seconds. SourceError where it cannot look.
    """

    build: Callable[[str, Clock, threading.Event], Source]
    check: Callable[[str], None] = takes_any
    look: Callable[[float], Iterable[FoundSource]] = finds_nothing


def _stage() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.stage import StageSource
        from engine.sources.stage_sets import parse_set

        return StageSource(clock, halt, chosen=parse_set(address))

    def check(address: str) -> None:
        from engine.sources.stage_sets import parse_set

        parse_set(address)

    def look(_timeout_s: float) -> Iterable[FoundSource]:
        from engine.sources.stage_sets import WORDS

        return [FoundSource(chosen.value, words.what) for chosen, words in WORDS.items()]

    forms = ("stage", "stage:close", "stage:duo", "stage:abstract")
    return SourceEntry(id="stage", label="Stage", forms=forms, build=build, check=check, look=look)


def _file() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.file import FileSource

        return FileSource(Path(address).expanduser(), clock, halt)

    return SourceEntry(id="file", label="Video file or still picture", forms=("file:PATH",), build=build)


def _camera() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.camera import CameraSource

        return CameraSource(address, clock, halt)

    def look(_timeout_s: float) -> Iterable[FoundSource]:
        from engine.sources.camera_search import find_cameras

        return [FoundSource(str(camera.number), camera.label) for camera in find_cameras()]

    return SourceEntry(
        id="camera", label="Camera or stream", forms=("camera:N", "camera:NAME", "camera:URL"), build=build, look=look
    )


def _screen() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.screen import ScreenSource

        return ScreenSource(address, clock, halt)

    def check(address: str) -> None:
        from engine.sources.screen import parse_screen

        parse_screen(address)

    def look(_timeout_s: float) -> Iterable[FoundSource]:
        from engine.sources.screen import hindrance

        if hindrance():
            return []
        found = [FoundSource("", "The whole screen")]
        if sys.platform == "linux":
            from engine.sources.x11_windows import list_windows

            found += [FoundSource(window.title, "Window") for window in list_windows()]
        return found

    def hindrance() -> str:
        from engine.sources.screen import hindrance

        return hindrance()

    return SourceEntry(
        id="screen",
        label="Screen or window",
        forms=("screen", "screen:TITLE", "screen:X,Y,WxH"),
        hindrance=hindrance,
        build=build,
        check=check,
        look=look,
    )


def _ndi() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.ndi import NdiSource

        return NdiSource(address, clock, halt, extra_ips=extra_ips())

    def look(timeout_s: float) -> Iterable[FoundSource]:
        from engine.sources.ndi import list_sources

        return [FoundSource(sender.name, sender.url) for sender in list_sources(timeout_s, extra_ips())]

    def hindrance() -> str:
        from engine.sources.ndi_library import load

        load()
        return ""

    return SourceEntry(
        id="ndi",
        label="NDI source",
        forms=("ndi:NAME",),
        needs="the NDI library, which comes with ndi-python",
        hindrance=hindrance,
        build=build,
        look=look,
    )


def _spout() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.spout import SpoutSource

        return SpoutSource(address, clock, halt)

    def look(_timeout_s: float) -> Iterable[FoundSource]:
        from engine.sources.spout import list_senders

        return [FoundSource(name, "Spout sender on this machine") for name in list_senders()] if is_installed() else ()

    def is_installed() -> bool:
        return sys.platform == "win32" and importlib.util.find_spec("SpoutGL") is not None

    def hindrance() -> str:
        from engine.sources.spout import load

        load()
        return ""

    return SourceEntry(
        id="spout",
        label="Spout sender",
        forms=("spout", "spout:NAME"),
        needs="Windows and the extra spout",
        hindrance=hindrance,
        build=build,
        look=look,
    )


def _syphon() -> SourceEntry:
    def build(address: str, clock: Clock, halt: threading.Event) -> Source:
        from engine.sources.syphon import SyphonSource

        return SyphonSource(address, clock, halt)

    def look(_timeout_s: float) -> Iterable[FoundSource]:
        from engine.sources.syphon import list_servers

        return [FoundSource(name, "Syphon server on this machine") for name in list_servers()] if is_installed() else ()

    def is_installed() -> bool:
        return sys.platform == "darwin" and importlib.util.find_spec("syphon") is not None

    def hindrance() -> str:
        from engine.sources.syphon import load

        load()
        return ""

    return SourceEntry(
        id="syphon",
        label="Syphon server",
        forms=("syphon", "syphon:NAME"),
        needs="macOS and the extra syphon",
        hindrance=hindrance,
        build=build,
        look=look,
    )


_BUILT_IN: Final = {
    "stage": _stage,
    "file": _file,
    "camera": _camera,
    "screen": _screen,
    "ndi": _ndi,
    "spout": _spout,
    "syphon": _syphon,
}

SOURCES: Final = Registry(SourceEntry, "hardcut.sources", lambda: _BUILT_IN)


def parse_source(text: str) -> SourceSpec:
    """Read a source as it is written on the command line.

    Raises:
        SourceError: if the text names no kind of source, lacks the address that the kind needs, or has one that the
            kind does not know.
    """
    spec = SourceSpec(*parse_addressed(SOURCES, text, "source", SourceError))
    if (entry := SOURCES.find(spec.scheme)) is not None:
        guarded(lambda: entry.check(spec.address), entry, SourceError)
    return spec


def build_source(spec: SourceSpec, clock: Clock, halt: threading.Event) -> Source:
    """The source for a spec, not yet opened.

    Raises:
        SourceError: there is no such kind, or its code failed.
    """
    entry = SOURCES.find(spec.scheme)
    if entry is None:
        raise SourceError("There is no such kind of source", where=str(spec), remedy="hardcut sources lists them.")
    return guarded(lambda: entry.build(spec.address, clock, halt), entry, SourceError)
