"""A source's name as a person says it, which is not always how it is written."""

import re
from pathlib import PurePath
from typing import Final

from engine.errors import SourceError
from engine.sources.registry import SOURCES
from engine.sources.spec import SourceSpec
from engine.sources.stage_sets import WORDS, StageSet, parse_set

_REGION: Final = re.compile(r"(-?\d+),(-?\d+),(\d+)x(\d+)")


def spoken_name(spec: SourceSpec) -> str:
    """Return the set of the stage, the file's or camera's name, the NDI name, the window's title.

    It opens and looks for nothing; of a camera that is chosen by its number it tells that.
    """
    address = spec.address
    match spec.scheme:
        case "stage":
            return _stage(address)
        case "file":
            return PurePath(address).name or address
        case "camera":
            return f"Camera {address}" if address.isdecimal() else address.partition("://")[2] or address
        case "screen":
            return _screen(address)
    entry = SOURCES.find(spec.scheme)
    if entry is None:
        return str(spec)
    return address or entry.label


def _stage(address: str) -> str:
    whole = WORDS[StageSet.STAGE].label
    try:
        chosen = parse_set(address)
    except SourceError:
        return f"{whole}, {address}"
    return whole if chosen is StageSet.STAGE else f"{whole}, {WORDS[chosen].label.lower()}"


def _screen(address: str) -> str:
    if not address:
        return "Screen"
    if (part := _REGION.fullmatch(address.replace(" ", ""))) is None:
        return address
    left, top, width, height = part.groups()
    return f"Screen, {width}×{height} at {left}, {top}"
